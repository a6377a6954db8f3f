// What JavaScript may hand over by mistake: every export refuses what it does not take, by name, and
// nothing traps, hangs or is taken for something else.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import * as api from "../../pkg/index.node.js";
import { HAIKU } from "./matrix.mjs";

const { createLogImport, createMock, createRecorder, estimate, hostileTexts, promptHash } = api;
const ask = { modelId: HAIKU, messages: [{ role: "user", content: [{ text: "hello" }] }] };
const WRONG = [5, NaN, true, 1n, Symbol("x"), () => 1, [], {}, new Map([["a", 1]]), new Uint8Array(3), new Date(NaN), null];

test("a text that is none is refused by name", () => {
  const hash = promptHash("あ");
  for (const wrong of [...WRONG, undefined]) {
    assert.throws(() => promptHash(wrong), /^RehearsalError: promptHash: prompt: expected a text, found /, String(typeof wrong));
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
      assert.throws(() => api[name](wrong, wrong), new RegExp(`^RehearsalError: ${name}: `), name);
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
  assert.throws(() => api.price({ model: HAIKU, input: NaN }), /price: input: expected a whole number/);
  await assert.rejects(api.benchmark(5), /benchmark: suite: expected/);
  await assert.rejects(api.benchmark("verdict", 5), /benchmark: client: expected/);
  await assert.rejects(api.benchmark("verdict", "simulator", { signal: 5 }), /benchmark: signal: expected/);
  await assert.rejects(api.benchmark("verdict", "simulator", { lable: "x" }), /unknown option `lable`/);
  for (const wrong of [5, undefined, {}]) assert.throws(() => createRecorder().fetch(wrong), /fetch: real: expected a function/);
  assert.throws(() => createRecorder().requestHandler({}), /requestHandler: real.handle: expected a function/);
});

test("a number that is none is an error, wherever it stands", () => {
  for (const wrong of [NaN, Infinity, -Infinity]) {
    assert.throws(() => estimate({ daily_messages: wrong }), /estimate: scenario: `daily_messages` is (NaN|-?Infinity)/);
    assert.throws(() => api.simulate({ types: [{ name: "a", share_pct: wrong }] }), /`types\[0\].share_pct` is/);
    assert.throws(() => api.compareRuns({ runs: [[wrong]] }, { runs: [[1]] }), /compareRuns: baseline: /);
  }
  assert.throws(() => estimate({ types: [undefined] }), /undefined, which JSON cannot say/);
  assert.throws(() => estimate("{\"daily_messages\": 1, \"daily_messages\": 2}"), /“daily_messages” stands here a second time/);
  const cyclic = {};
  cyclic.self = cyclic;
  assert.throws(() => estimate(cyclic), /estimate: scenario: `self` refers to itself/);
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

test("an abort ends what was read ahead, and a body that still comes", async () => {
  const body = JSON.stringify({ messages: [{ role: "user", content: [{ text: "word ".repeat(400) }] }] });
  const path = `/model/${encodeURIComponent(HAIKU)}/converse-stream`;
  const mock = createMock({ fallback: "echo" });
  const stopped = new Error("stopped");

  // In the middle of a stream that takes no time: the next pieces are there already.
  const middle = new AbortController();
  const reader = (await mock.fetch(path, { method: "POST", body, signal: middle.signal })).body.getReader();
  assert.equal((await reader.read()).done, false);
  middle.abort(stopped);
  await assert.rejects(reader.read(), stopped);

  // While the request is still being sent.
  const sending = new AbortController();
  const endless = new ReadableStream({ pull: () => new Promise(() => {}) });
  const asked = mock.fetch(path, { method: "POST", body: endless, signal: sending.signal });
  setTimeout(() => sending.abort(stopped), 20);
  await assert.rejects(asked, stopped);
  const handled = { method: "POST", path, headers: {}, body: new ReadableStream({ pull: () => new Promise(() => {}) }) };
  const late = new AbortController();
  setTimeout(() => late.abort(), 20);
  await assert.rejects(mock.requestHandler.handle(handled, { abortSignal: late.signal }), { name: "AbortError" });

  // Before anything: nothing is asked.
  const before = mock.report().total.calls;
  await assert.rejects(mock.fetch(path, { method: "POST", body, signal: AbortSignal.abort(stopped) }), stopped);
  await assert.rejects(mock.converse(ask, { signal: AbortSignal.abort(stopped) }), stopped);
  assert.equal(mock.report().total.calls, before);
});

test("a signal that outlives its streams holds none of them", async () => {
  const added = new Map();
  const signal = Object.assign(new EventTarget(), { aborted: false, reason: undefined });
  const count = (by) => (type, ...rest) => {
    added.set(rest[0], (added.get(rest[0]) ?? 0) + by);
    return EventTarget.prototype[by > 0 ? "addEventListener" : "removeEventListener"].call(signal, type, ...rest);
  };
  signal.addEventListener = count(1);
  signal.removeEventListener = count(-1);
  const mock = createMock({ fallback: "echo", speed: 1000 });
  for await (const _ of mock.converseStream(ask, { signal }));
  for await (const _ of mock.converseStream(ask, { signal })) break;
  await (await mock.requestHandler.handle({ method: "POST", path: `/model/${HAIKU}/converse-stream`, headers: {}, body: JSON.stringify({ messages: ask.messages }) }, { abortSignal: signal })).response.body.cancel();
  assert.ok(added.size > 0);
  assert.deepEqual([...added.values()].filter((left) => left > 0), []);
});

test("a cancelled stream frees what it held", async () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc");
  const answer = "word ".repeat(60_000);
  const mock = createMock({ fixtures: [{ version: 1, fixture_id: "long", prompt: "p", answer }] });
  const body = JSON.stringify({ messages: [{ role: "user", content: [{ text: "p" }] }] });
  const held = async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return process.memoryUsage().arrayBuffers;
  };
  const before = await held();
  const response = await mock.fetch("/model/us.amazon.nova-pro-v1:0/converse-stream", { method: "POST", body });
  const full = (await held()) - before;
  assert.ok(full > 1e5, `${full} bytes wait`);
  await response.body.cancel();
  const left = (await held()) - before;
  assert.ok(left < full / 4, `${left} of ${full} bytes are left`);
  assert.ok(response.bodyUsed);
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

test("a scenario's field that is not understood is told, as on the command line", () => {
  const told = [];
  const { warn } = console;
  console.warn = (text) => told.push(text);
  try {
    api.estimate({ daily_mesages: 1 });
    api.estimate({ daily_messages: 1 });
  } finally {
    console.warn = warn;
  }
  assert.equal(told.length, 1);
  assert.match(told[0], /daily_mesages/);
});
