// The AWS SDK's own request handler, which begins with HTTP/2, against `rehearsal serve`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";

const program = process.env.REHEARSAL ?? fileURLToPath(new URL("../../target/debug/rehearsal", import.meta.url));
const modelId = "us.anthropic.claude-sonnet-5";
const messages = [{ role: "user", content: [{ text: "hello" }] }];
let server, client;

before(async () => {
  server = spawn(program, ["serve", "--port", "0", "--fallback", "echo"], { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = await once(createInterface(server.stdout), "line");
  const credentials = { accessKeyId: "x", secretAccessKey: "x" };
  client = new BedrockRuntimeClient({ region: "us-east-1", endpoint: JSON.parse(line).listening, credentials });
});

after(() => {
  client.destroy();
  server.kill();
});

test("a whole answer", async () => {
  const answer = await client.send(new ConverseCommand({ modelId, messages }));
  assert.equal(answer.output.message.content[0].text, "[Mock claude] Response to: hello...");
});

test("a stream", async () => {
  const { stream } = await client.send(new ConverseStreamCommand({ modelId, messages }));
  let text = "";
  for await (const event of stream) text += event.contentBlockDelta?.delta?.text ?? "";
  assert.equal(text, "[Mock claude] Response to: hello...");
});

test("an exception, by its name", async () => {
  await assert.rejects(client.send(new ConverseCommand({ modelId: "nothing", messages })), { name: "ValidationException" });
});
