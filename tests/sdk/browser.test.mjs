// @aws-sdk/client-bedrock-runtime in Chromium, by request handler and by a patched fetch.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { launch } from "../e2e/site.mjs";
import { FIXTURES } from "./matrix.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const pkg = fileURLToPath(new URL("../../pkg/", import.meta.url));

const PAGE = `
import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { createMock } from "/pkg/index.js";

const settings = { region: "us-east-1", credentials: { accessKeyId: "x", secretAccessKey: "x" } };
const request = { modelId: "anthropic.claude-3-haiku-20240307-v1:0", messages: [{ role: "user", content: [{ text: "text" }] }] };

async function both(client) {
  const whole = await client.send(new ConverseCommand(request));
  let streamed = "";
  for await (const event of (await client.send(new ConverseStreamCommand(request))).stream) {
    streamed += event.contentBlockDelta?.delta.text ?? "";
  }
  return [whole.output.message.content[0].text, streamed];
}

window.run = async (fixtures) => {
  const mock = createMock({ fixtures });
  const byHandler = await both(new BedrockRuntimeClient({ ...settings, requestHandler: mock.requestHandler }));
  const real = window.fetch;
  window.fetch = mock.fetch;
  const byFetch = await both(new BedrockRuntimeClient(settings));
  let thrown;
  mock.faults([{ kind: "exception_frame", code: "ThrottlingException", after_events: 1 }]);
  try {
    await both(new BedrockRuntimeClient(settings));
  } catch (error) {
    thrown = error.name;
  }
  window.fetch = real;
  return { byHandler, byFetch, thrown, calls: mock.log().length };
};
`;

test("the SDK in Chromium cannot tell the mock from the service", async () => {
  const bundle = await build({
    stdin: { contents: PAGE, resolveDir: here, loader: "js" },
    bundle: true,
    format: "esm",
    platform: "browser",
    external: ["/pkg/*"],
    write: false,
  });
  const server = createServer(async (request, response) => {
    if (request.url === "/") return response.writeHead(200, { "content-type": "text/html" }).end('<script type="module" src="/page.js"></script>');
    if (request.url === "/page.js") return response.writeHead(200, { "content-type": "text/javascript" }).end(bundle.outputFiles[0].text);
    const type = request.url.endsWith(".wasm") ? "application/wasm" : "text/javascript";
    try {
      const content = await readFile(pkg + request.url.replace("/pkg/", ""));
      response.writeHead(200, { "content-type": type }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => globalThis.run);
    const { answer } = FIXTURES[0];
    const result = await page.evaluate((fixtures) => globalThis.run(fixtures), FIXTURES);
    assert.deepEqual(result.byHandler, [answer, answer]);
    assert.deepEqual(result.byFetch, [answer, answer]);
    assert.equal(result.thrown, "ThrottlingException");
    assert.equal(result.calls, 6);
  } finally {
    await browser.close();
    server.close();
  }
});
