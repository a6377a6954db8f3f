// What JavaScript may hand over by mistake: every export refuses what it does not take, by name, and
// nothing traps, hangs or is taken for something else.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as api from "../../pkg/index.node.js";
import { HAIKU } from "./matrix.mjs";

const { createLogImport, createMock, createRecorder, estimate, hostileTexts, promptHash } = api;
const ask = { modelId: HAIKU, messages: [{ role: "user", content: [{ text: "hello" }] }] };
const WRONG = [5, NaN, true, 1n, Symbol("x"), () => 1, [], {}, new Map([["a", 1]]), new Uint8Array(3), new Date(NaN), null];

test("a text that is none is refused by name", () => {
  const hash = promptHash("あ");
  for (const wrong of [...WRONG, undefined]) {
    assert.throws(() => promptHash(wrong), /^TypeError: promptHash: prompt: expected a text, found /, String(typeof wrong));
    for (const call of [
      () => api.compareSnapshots(wrong, "{}"),
      () => api.compareSnapshots("{}", wrong),
      () => api.contractViolations(wrong, "{}"),
      () => api.renderReport({}, wrong ?? 7),
      () => hostileTexts(wrong === 5 ? "x" : wrong ?? "x", 1),
      () => hostileTexts(1, wrong === 5 ? "x" : wrong ?? "x"),
      () => createMock().setResponseOverride(wrong, "x"),
      () => createMock().forceError(wrong),
    ]) assert.throws(call, (error) => error instanceof TypeError && error.message.length < 300);
  }
  assert.equal(promptHash("あ"), hash, "the module goes on");
});

test("documents and options that are none are refused by name", async () => {
  const documents = ["simulate", "capacity", "estimate", "compare", "describe", "trend", "compareRuns"];
  for (const name of documents) {
    for (const wrong of [5, true, 1n, () => 1, Symbol("x"), new Map(), new Uint8Array(2)]) {
      assert.throws(() => api[name](wrong, wrong), new RegExp(`^TypeError: ${name}: `), name);
    }
  }
  for (const [name, options] of [["simulate", { messages: "x" }], ["simulate", { messages: NaN }], ["capacity", { max_ms: "1" }], ["capacity", { knob: 4 }]]) {
    const key = Object.keys(options)[0];
    assert.throws(() => api[name]({}, options), (error) => error.message.includes(key) && error.message.startsWith(`${name}: `), `${name} ${key}`);
  }
  assert.throws(() => api.simulate({}, { mesages: 1 }), /mesages/);
  assert.throws(() => api.simulate({}, 5), /simulate: options: expected an object/);
  for (const wrong of [...WRONG, undefined]) assert.throws(() => api.price(wrong), /price: /);
  assert.throws(() => api.price({ model: HAIKU, input: -1 }), /price: input: expected a whole number/);
  assert.throws(() => api.price({ model: HAIKU, input: NaN }), /`input` is NaN/);
  await assert.rejects(api.benchmark(5), /benchmark: suite: expected/);
  await assert.rejects(api.benchmark("verdict", 5), /benchmark: client: expected/);
  await assert.rejects(api.benchmark("verdict", "simulator", { signal: 5 }), /benchmark: signal: expected/);
  await assert.rejects(api.benchmark("verdict", "simulator", { lable: "x" }), /unknown option `lable`/);
  for (const wrong of [5, undefined, {}]) assert.throws(() => createRecorder().fetch(wrong), /fetch: real: expected a function/);
  assert.throws(() => createRecorder().requestHandler({}), /requestHandler: handle: expected a function/);
});

test("a number that is none is an error, wherever it stands", () => {
  for (const wrong of [NaN, Infinity, -Infinity]) {
    assert.throws(() => estimate({ daily_messages: wrong }), /estimate: scenario: `daily_messages` is (NaN|-?Infinity)/);
    assert.throws(() => api.simulate({ types: [{ name: "a", share_pct: wrong }] }), /`share_pct` is/);
    assert.throws(() => api.compareRuns({ runs: [[wrong]] }, { runs: [[1]] }), /compareRuns: baseline: /);
  }
  assert.throws(() => estimate({ types: [undefined] }), /undefined, which JSON cannot say/);
  assert.throws(() => estimate("{\"daily_messages\": 1, \"daily_messages\": 2}"), /“daily_messages” stands here a second time/);
  const cyclic = {};
  cyclic.self = cyclic;
  assert.throws(() => estimate(cyclic), /estimate: scenario: this refers to itself/);
});

test("what is long is not repeated", () => {
  const long = "x".repeat(1_000_000);
  for (const call of [
    () => estimate({ [long]: NaN }), () => estimate(long), () => estimate({ daily_messages: long }), () => api.price({ model: HAIKU, tier: long }),
    () => createMock({ [long]: 1 }), () => createMock({ fallback: long }), () => api.contractViolations(long, "{}"), () => api.renderReport({}, long),
    () => createLogImport({ [long]: 1 }), () => api.simulate({}, { [long]: 1 }),
  ]) assert.throws(call, (error) => error.message.length < 700, String(call));
});

test("a misspelt fixture field is refused", () => {
  const fixture = { version: 1, fixture_id: "a", prompt: "p", answer: "x", latncy_ms: 5 };
  assert.throws(() => createMock({ fixtures: [fixture] }), /a: latncy_ms: The field `latncy_ms` is not known. Did you mean `latency_ms`/);
});

test("memory is given back", async () => {
  const mock = createMock({ fallback: "echo" });
  assert.ok(await mock.converse(ask));
  mock.free();
  mock.free();
  await assert.rejects(mock.converse(ask), /was freed/);
  assert.throws(() => mock.report(), /was freed/);
  mock[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();
  const before = process.memoryUsage().rss;
  for (let index = 0; index < 12_000; index += 1) createMock({ fallback: "echo" }).free();
  const grown = (process.memoryUsage().rss - before) / 2 ** 20;
  assert.ok(grown < 200, `${grown} MiB for 12,000 mocks`);
  createRecorder().free();
  const log = createLogImport();
  log.free();
  assert.throws(() => log.push("x"), /is finished/);
});

const slow = { fallback: "echo", speed: 1, faults: [{ kind: "slow_first_token", ms: 3000, forever: true }] };
const timed = async (call) => {
  const begun = performance.now();
  await assert.rejects(call, (error) => /Abort|Timeout/.test(error.name));
  return performance.now() - begun;
};

test("an abort acts at once", async () => {
  const mock = createMock(slow);
  const signal = () => AbortSignal.timeout(200);
  const body = JSON.stringify({ messages: ask.messages });
  const path = `/model/${encodeURIComponent(HAIKU)}/converse`;
  const handled = { method: "POST", path, headers: {}, body };
  for (const call of [
    () => mock.converse(ask, { signal: signal() }),
    () => mock.fetch(path, { method: "POST", body, signal: signal() }),
    () => mock.requestHandler.handle(handled, { abortSignal: signal() }),
    () => mock.requestHandler.handle(handled, { requestTimeout: 200 }),
    async () => {
      for await (const _ of mock.converseStream(ask, { signal: signal() }));
    },
  ]) {
    const took = await timed(call());
    assert.ok(took >= 150 && took < 1200, `${took} ms: ${call}`);
  }
  const stalled = createMock({ fallback: "echo", speed: 1, latency: "none", faults: [{ kind: "stall", ms: 3000, after_events: 1, forever: true }] });
  const took = await timed((async () => {
    for await (const _ of stalled.converseStream(ask, { signal: signal() }));
  })());
  assert.ok(took < 1200, `${took} ms inside a stream`);
});

test("an error frame has its name", async () => {
  const faults = [{ kind: "error_frame", code: "InternalFailure", message: "it broke", after_events: 1 }];
  const mock = createMock({ fallback: "echo", faults });
  await assert.rejects(
    (async () => {
      for await (const _ of mock.converseStream(ask));
    })(),
    { name: "InternalFailure", message: "it broke" },
  );
});
