// The kit of the package: the plugin for test runners, the arbitraries, the contract of every door.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import fc from "fast-check";

// Installed as a project would have it, with fast-check beside it.
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const project = mkdtempSync(join(tmpdir(), "rehearsal-kit-"));
mkdirSync(join(project, "node_modules"));
cpSync(here("../../pkg"), join(project, "node_modules/rehearsal"), { recursive: true });
for (const beside of ["fast-check", "@aws-sdk"]) symlinkSync(here(`./node_modules/${beside}`), join(project, "node_modules", beside));
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

/** What the snapshot of a test's calls holds of their answers. */
const recorded = async (name) => {
  const at = join(folder, "snapshots", name);
  await bedrock.expectSnapshot(at, { update: true });
  return JSON.parse(readFileSync(at, "utf8")).entries.map(({ response: { body } }) => body.content?.[0].text ?? body.output?.message.content[0].text ?? body);
};
const said = (text) => ({ modelId, messages: [{ role: "user", content: [{ text }] }] });
const post = (text, segment) => bedrock.fetch(`/model/${modelId}/${segment}`, { method: "POST", body: JSON.stringify({ messages: said(text).messages }) });

test("the mock's plain calls are in the snapshot, too", async () => {
  await bedrock.mock.converse(said("hello"));
  for await (const event of bedrock.mock.converseStream(said("hello"))) void event;
  await bedrock.mock.countTokens({ modelId: "anthropic.claude-haiku-4-5-20251001-v1:0", input: { converse: { messages: said("hello").messages } } });
  const answers = await recorded("plain.json");
  assert.deepEqual(answers.filter((answer) => answer === "hi"), ["hi", "hi"]);
  assert.equal(answers.length, 3);
});

test("an answer that nobody read to its end is in the snapshot as a whole", { timeout: 20_000 }, async () => {
  const unread = await post("hello", "converse");
  await post("hello there", "converse-stream");
  const { stream } = await client.send(new ConverseStreamCommand(said("and how are you today?")));
  for await (const event of stream) if (event.contentBlockDelta) break;
  // A plain call is over when it is left: it was answered as far as it came.
  for await (const event of bedrock.mock.converseStream(said("and you there?"))) if (event.contentBlockDelta) break;
  const echo = (text) => `[Mock claude] Response to: ${text}...`;
  assert.deepEqual((await recorded("unread.json")).sort(), ["[M", echo("and how are you today?"), echo("hello there"), "hi"]);
  // Whoever reads it later still gets all of it.
  assert.equal((await unread.json()).output.message.content[0].text, "hi");
});

test("a fault that is nothing but time says so where there is none", async (context) => {
  const warn = context.mock.method(console, "warn", () => {});
  const mock = createMock({ fallback: "echo", faults: [{ kind: "stall", ms: 50 }] });
  mock.faults([{ kind: "stall", ms: 50 }, { kind: "slow_first_token", ms: 50 }]);
  assert.deepEqual(warn.mock.calls.map(({ arguments: [text] }) => /the fault (\w+) does nothing.*speed: 1/.exec(text)?.[1]), ["stall", "slow_first_token"]);
  mock.free();
  const slow = setupSlow();
  slow.faults([{ kind: "stall", ms: 300 }]);
  const begun = performance.now();
  for await (const event of slow.converseStream(said("hello"))) void event;
  assert.ok(performance.now() - begun > 250);
  assert.equal(warn.mock.callCount(), 2);
  slow.free();
});
const setupSlow = () => createMock({ fallback: "echo", speed: 1, latency: "none" });

test("what is given in place of a folder or a mock is named", () => {
  assert.throws(() => createMock({ fixtures: join(folder, "none") }), /createMock: fixtures: expected a folder of fixtures \(.*none is none\)/);
  mkdirSync(join(folder, "empty"), { recursive: true });
  assert.throws(() => createMock({ fixtures: join(folder, "empty") }), /expected a folder with .json, .yaml or .yml files/);
  for (const none of [undefined, {}, bedrock]) {
    assert.throws(() => expectNoFindings(none), /expectNoFindings: mock: expected what createMock\(\) returned/);
  }
  assert.doesNotThrow(() => expectNoFindings(bedrock.mock));
});

test("the types have every option that the mock takes", () => {
  const options = {
    error_rate: 0.1, throttle_rate: 0.1, cold_start_ms: 100, speed: 1,
    quotas: { "*": { rpm: 60 } },
    guardrail: {
      words: ["kit"],
      pii: [{ type: "EMAIL", action: "BLOCKED" }, { type: "PHONE", action: "ANONYMIZED" }],
      denied_topics: [{ name: "stocks", phrases: ["stock tips"] }],
    },
    faults: [
      { kind: "gateway", status: 504, html: "<p>gone</p>" },
      { kind: "http", code: "ModelErrorException", fields: { originalStatusCode: 500 } },
      { kind: "slow_first_token", ms: 20 },
    ],
  };
  createMock(options).free();
  const source = `import { createMock, type MockOptions } from "rehearsal";
import { faults, invariants } from "rehearsal/property";
import { setupBedrock } from "rehearsal/vitest";
const options: MockOptions = ${JSON.stringify(options)};
createMock(options); setupBedrock({ ...options, findings: "fail" }).mock.converse({ modelId: "m" });
invariants.usage({ totalTokens: 0 }); faults();
// @ts-expect-error No option of this name.
createMock({ errorrate: 0.1 });
createMock({ errorRate: 0.1 });
`;
  writeFileSync(join(project, "types.mts"), source);
  const tsc = here("./node_modules/typescript/bin/tsc");
  const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom,dom.iterable,esnext.disposable"];
  try {
    execFileSync(process.execPath, [tsc, ...flags, "types.mts"], { cwd: project, encoding: "utf8" });
  } catch ({ stdout }) {
    assert.fail(stdout);
  }
});

test("what the documents print runs in a fresh folder", () => {
  for (const [document, said] of [["docs/start.md", "store hours"], ["npm/package/README.md", "hello"]]) {
    const [, program] = /^```js\n(.*?)^```/ms.exec(readFileSync(here(`../../${document}`), "utf8"));
    writeFileSync(join(project, "printed.mjs"), program);
    const printed = execFileSync(process.execPath, ["--no-warnings", "printed.mjs"], { cwd: project, encoding: "utf8" });
    assert.match(printed, new RegExp(`Response to: .*${said}.* 0\\.0\\d+`), document);
  }
});

test("counts of tokens and faults are drawn and held to what they may be", () => {
  for (const usage of [{ inputTokens: -1, outputTokens: 1, totalTokens: 0 }, { inputTokens: 0.5, outputTokens: 0.5, totalTokens: 1 }, { inputTokens: NaN, totalTokens: NaN }]) {
    assert.throws(() => invariants.usage(usage), /inputTokens is .*, and a count of tokens is a whole number from 0 on/);
  }
  const drawn = new Set(fc.sample(faults(), { numRuns: 2000, seed: 1 }).map(({ kind }) => kind));
  const documented = readFileSync(here("../../docs/configuration.md"), "utf8").split("## Faults of the mock")[1].split("\n## ")[0];
  assert.deepEqual([...drawn].sort(), [...documented.matchAll(/^\| `(\w+)` \| [A-Z]/gm)].map(([, kind]) => kind).sort());
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
