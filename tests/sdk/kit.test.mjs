// The kit of the package: the plugin for test runners, the arbitraries, the contract of every door.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import fc from "fast-check";

// Installed as a project would have it, with fast-check beside it.
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const project = mkdtempSync(join(tmpdir(), "rehearsal-kit-"));
mkdirSync(join(project, "node_modules"));
cpSync(here("../../pkg"), join(project, "node_modules/rehearsal"), { recursive: true });
symlinkSync(here("./node_modules/fast-check"), join(project, "node_modules/fast-check"));
after(() => rmSync(project, { recursive: true }));
const installed = createRequire(join(project, "test.mjs"));
const load = (name) => import(pathToFileURL(installed.resolve(name)));
const { contractViolations, createMock } = await load("rehearsal");
const { conversations, cuts, faults, invariants, texts, tools, usages } = await load("rehearsal/property");
const { expectNoFindings, setupBedrock } = await load("rehearsal/vitest");

const modelId = "us.anthropic.claude-sonnet-5";
const folder = join(project, "fixtures");
mkdirSync(folder);
writeFileSync(join(folder, "a.json"), JSON.stringify({ version: 1, fixture_id: "a", prompt: "hello", answer: "hi" }));

const bedrock = setupBedrock({ fixtures: folder, fallback: "echo" });
const client = new BedrockRuntimeClient({ region: "us-east-1", requestHandler: bedrock.requestHandler, credentials: { accessKeyId: "x", secretAccessKey: "x" } });
const ask = async (text) => {
  const answer = await client.send(new ConverseCommand({ modelId, messages: [{ role: "user", content: [{ text }] }] }));
  return answer.output.message.content[0].text;
};
const file = join(folder, "snapshots", "one.json");

test("fixtures come from a folder, and a snapshot is written once", async () => {
  assert.equal(await ask("hello"), "hi");
  assert.equal(bedrock.mock.log().length, 1);
  bedrock.expectNoFindings();
  await bedrock.expectSnapshot(file, { update: true });
  assert.ok(existsSync(file));
});

test("the next test begins anew, and the same run fits the snapshot", async () => {
  assert.equal(bedrock.mock.log().length, 0);
  await ask("hello");
  const before = readFileSync(file, "utf8");
  await bedrock.expectSnapshot(file);
  assert.equal(readFileSync(file, "utf8"), before);
});

test("another run does not, and says what differs", async () => {
  await ask("hello there");
  await assert.rejects(bedrock.expectSnapshot(file), /differences; REHEARSAL_UPDATE=1 takes them over/);
});

test("what a client does wrong fails it", () => {
  const mock = createMock();
  assert.doesNotThrow(() => expectNoFindings(mock));
  const found = { report: () => ({ findings: [{ rule: "retried", calls: [1, 2], message: "no use" }], unknown: [] }) };
  assert.throws(() => expectNoFindings(found), /retried \(calls 1, 2\): no use/);
  mock.free();
  assert.throws(() => setupBedrock({ findings: "often" }), /expected "fail" or "ignore"/);
});

test("whatever is said, the mock keeps the contract and loses no character", async () => {
  const mock = createMock({ fallback: "echo" });
  await fc.assert(
    fc.asyncProperty(conversations(), tools(), faults(), async (messages, toolConfig, fault) => {
      mock.faults([fault]);
      await mock.converse({ modelId, messages, toolConfig }).catch(() => {});
      mock.faults([]);
      invariants.contract("Converse", await mock.converse({ modelId, messages, toolConfig }));
    }),
    { numRuns: 40 },
  );
  await fc.assert(
    fc.asyncProperty(texts({ longest: 5_000 }), async (text) => {
      const own = createMock({ fixtures: [{ version: 1, fixture_id: "a", prompt: "q", answer: text }] });
      const events = [];
      for await (const event of own.converseStream({ modelId, messages: [{ role: "user", content: [{ text: "q" }] }] })) events.push(event);
      own.free();
      invariants.concatenation(events, text);
    }),
    { numRuns: 40 },
  );
  fc.assert(fc.property(usages(), invariants.usage));
  fc.assert(fc.property(fc.uint8Array().chain((bytes) => cuts(bytes).map((parts) => [bytes, parts])), ([bytes, parts]) => {
    assert.deepEqual(Buffer.concat(parts), Buffer.from(bytes));
  }));
  mock.free();
});

test("violations are found in the forms of every door", () => {
  assert.match(contractViolations("ChatCompletions", { id: "x" })[0], /missing/);
  assert.match(contractViolations("Messages", { type: "message" }).join("\n"), /stop_reason: missing/);
  assert.match(contractViolations("Responses", {}).join("\n"), /status: missing/);
  assert.match(contractViolations("InvokeModel", {})[0], /form of no model's answer/);
  assert.throws(() => contractViolations("Converze", {}), /ChatCompletions/);
});
