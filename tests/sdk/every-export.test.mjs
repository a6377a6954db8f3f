// Every argument of every export times a list of wrong values: what comes is a documented success, or a
// RehearsalError with a code and the argument's name; never an error from inside, and never a default without
// a word. An export or a method that has no row here is named by the first test.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as api from "../../pkg/index.node.js";
import { HAIKU } from "./matrix.mjs";

class Instance {
  daily_messages = 5;
}

const nested = (depth, list) => {
  let whole = list ? [] : {};
  for (let level = 0; level < depth; level += 1) whole = list ? [whole] : { a: whole };
  return whole;
};
const cyclic = () => {
  const whole = { a: {} };
  whole.a.b = whole;
  return whole;
};
const detached = () => {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
};
const viewOfDetached = () => {
  const view = new Uint8Array(8);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
};
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const endless = () => {
  const proxy = new Proxy({}, { get: (_, key) => (typeof key === "symbol" || key === "toJSON" ? undefined : proxy), ownKeys: () => ["a", "b"], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) });
  return proxy;
};
const laughs = () => {
  let whole = { a: 1 };
  for (let level = 0; level < 30; level += 1) whole = { a: whole, b: whole };
  return whole;
};
const sparse = () => {
  const list = [];
  list.length = 2 ** 32 - 1;
  return list;
};
const thrower = () => {
  throw new Error("thrown by the test");
};

/** What no argument is, but where a row says so. */
const ODD = {
  map: () => new Map([["daily_messages", 5]]),
  set: () => new Set(["a"]),
  "weak map": () => new WeakMap(),
  "weak set": () => new WeakSet(),
  promise: () => Promise.resolve({}),
  error: () => new Error("x"),
  date: () => new Date(0),
  "no date": () => new Date(NaN),
  pattern: () => /x/,
  instance: () => new Instance(),
  "text object": () => new String("x"),
  "number object": () => new Number(5),
  bigint: () => 1n,
  symbol: () => Symbol("x"),
  NaN: () => NaN,
  infinity: () => Infinity,
  "a negative number": () => -1,
  true: () => true,
  cyclic,
  "deep object": () => nested(20_000, false),
  "deep list": () => nested(20_000, true),
  "list with holes": () => [, 1],
  "list of nothing": sparse,
  "throwing getter": () => ({ get a() { return thrower(); } }),
  "throwing proxy": () => new Proxy({}, { get: thrower, ownKeys: thrower, getPrototypeOf: thrower }),
  "revoked proxy": revoked,
  "endless proxy": endless,
  "an object of itself many times": laughs,
  "throwing toJSON": () => ({ toJSON: thrower }),
  "object with a bigint": () => ({ a: 1n }),
  "object with NaN": () => ({ a: NaN }),
  "detached buffer": detached,
  "view of a detached buffer": viewOfDetached,
};
/** What some take. */
const PLAIN = {
  number: () => 5,
  "large number": () => 2 ** 60,
  text: () => "x",
  "long text": () => "x".repeat(1_000_000),
  "half a character": () => "\ud800",
  "empty text": () => "",
  "empty list": () => [],
  "empty object": () => ({}),
  function: () => () => 1,
  bytes: () => new Uint8Array([123]),
  shared: () => new Uint8Array(new SharedArrayBuffer(4)),
  null: () => null,
  nothing: () => undefined,
};
const WRONG = { ...ODD, ...PLAIN };

const ask = { modelId: HAIKU, messages: [{ role: "user", content: [{ text: "hello" }] }] };
const path = `/model/${HAIKU}/converse`;
const body = JSON.stringify({ messages: ask.messages });
const all = async (events) => {
  for await (const _ of events);
};
const mock = () => api.createMock({ fallback: "echo" });
const log = () => api.createLogImport();
const answer = async () => new Response("{}");
const handled = { method: "POST", path, headers: {}, body };

/** Rows: what is called, the argument, the call, and the odd values that it takes all the same. */
const ROWS = [
  ["createMock", "options", (x) => api.createMock(x).free()],
  ["createMock", "fixtures", (x) => api.createMock({ fixtures: x }).free()],
  ["createMock", "fixtures", (x) => api.createMock({ fixtures: [x] }).free()],
  ["createMock", "fixtures", (x) => api.createMock({ fixtures: { a: x } }).free()],
  ["createMock", "speed", (x) => api.createMock({ speed: x }).free(), ["true"]],
  ["createMock", "now", (x) => api.createMock({ now: x }).free()],
  ["createMock", "models", (x) => api.createMock({ models: x }).free()],
  ["createMock", "quotas", (x) => api.createMock({ quotas: { "*": { rpm: x } } }).free()],
  ["createMock", "guardrail", (x) => api.createMock({ guardrail: x }).free()],
  ["createMock", "today", (x) => api.createMock({ today: x }).free()],
  ["createLogImport", "options", (x) => api.createLogImport(x).free()],
  ["createLogImport", "types", (x) => api.createLogImport({ types: x }).free()],
  ["createLogImport", "model", (x) => api.createLogImport({ model: x }).free()],
  ["createLogImport", "counts", (x) => api.createLogImport({ counts: x }).free()],
  ["createLogImport", "timeZone", (x) => api.createLogImport({ timeZone: x }).free()],
  ["createLogImport", "profiles", (x) => api.createLogImport({ profiles: x }).free()],
  ["importLog", "log", (x) => api.importLog(x)],
  ["importLog", "options", (x) => api.importLog("", x)],
  ["upgrade", "log", (x) => api.upgrade(x, { to: HAIKU })],
  ["upgrade", "options", (x) => api.upgrade(ask, x)],
  ["upgrade", "to", (x) => api.upgrade(ask, { to: x })],
  ["upgrade", "today", (x) => api.upgrade(ask, { to: HAIKU, today: x })],
  ["cache", "log", (x) => api.cache(x)],
  ["cache", "options", (x) => api.cache({}, x)],
  ["cache", "think_s", (x) => api.cache({}, { think_s: x })],
  ["quota", "log", (x) => api.quota(x)],
  ["quota", "options", (x) => api.quota({}, x)],
  ["quota", "rpm", (x) => api.quota({}, { rpm: x })],
  ["quota", "tpm", (x) => api.quota({}, { tpm: x })],
  ["quota", "max_tokens", (x) => api.quota({}, { max_tokens: x })],
  ["quota", "default_quotas", (x) => api.quota({}, { default_quotas: x }), ["true"]],
  ["createDelivery", undefined, () => api.createDelivery().free()],
  ["deliver", "stream", (x) => all(api.deliver(x)), ["list of nothing"]],
  ["deliver", "event", (x) => all(api.deliver([x]))],
  ["createAssembler", undefined, () => api.createAssembler().free()],
  ["socketFrames", "message", (x) => api.socketFrames(x)],
  ["closeMarkdown", "partial", (x) => api.closeMarkdown(x)],
  ["createRecorder", undefined, () => api.createRecorder().free()],
  ["compareSnapshots", "before", (x) => api.compareSnapshots(x, "{}")],
  ["compareSnapshots", "after", (x) => api.compareSnapshots("{}", x)],
  ["contractViolations", "operation", (x) => api.contractViolations(x, "{}")],
  ["contractViolations", "body", (x) => api.contractViolations("Converse", x), ["true", "a negative number", "date"]],
  ["contractViolations", "status", (x) => api.contractViolations("Converse", "{}", x)],
  ["benchmark", "suite", (x) => api.benchmark(x, "nothing")],
  ["benchmark", "client", (x) => api.benchmark("verdict", typeof x === "function" || x === undefined ? "nothing" : x)],
  ["benchmark", "options", (x) => api.benchmark("verdict", "nothing", x)],
  ["benchmark", "signal", (x) => api.benchmark("verdict", "nothing", { signal: x })],
  ["benchmark", "onProgress", (x) => api.benchmark("verdict", "nothing", { onProgress: x })],
  ["benchmark", "now", (x) => api.benchmark("verdict", "nothing", { now: x })],
  ["benchmark", "label", (x) => api.benchmark("verdict", "nothing", { label: x })],
  ["benchmark", "scenario", (x) => api.benchmark("verdict", "nothing", { scenario: x })],
  ["renderReport", "document", (x) => api.renderReport(x)],
  ["renderReport", "format", (x) => api.renderReport({}, x)],
  ["renderReport", "options", (x) => api.renderReport({}, "text", x)],
  ["renderReport", "baseline", (x) => api.renderReport({}, "text", { baseline: x })],
  ["simulate", "scenario", (x) => api.simulate(x, { messages: 100 })],
  ["simulate", "options", (x) => api.simulate({ daily_messages: 100 }, x)],
  ["simulate", "messages", (x) => api.simulate({ daily_messages: 100 }, { messages: x === 5 ? 5 : Number.isInteger(x) && x > 0 ? -x : x })],
  ["capacity", "scenario", (x) => api.capacity(x, { messages: 100 })],
  ["capacity", "options", (x) => api.capacity({ daily_messages: 100 }, x)],
  ["capacity", "knob", (x) => api.capacity({}, { messages: 100, knob: x })],
  ["capacity", "max_ms", (x) => api.capacity({}, { messages: 100, max_ms: x })],
  ["capacity", "percentile", (x) => api.capacity({}, { messages: 100, percentile: x })],
  ["capacity", "max_lost_pct", (x) => api.capacity({}, { messages: 100, max_lost_pct: x })],
  ["estimate", "scenario", (x) => api.estimate(x)],
  ["estimate", "today", (x) => api.estimate({}, x)],
  ["compare", "a", (x) => api.compare(x, {})],
  ["compare", "b", (x) => api.compare({}, x)],
  ["price", "request", (x) => api.price(x)],
  ["price", "model", (x) => api.price({ model: x })],
  ["price", "input", (x) => api.price({ model: HAIKU, input: x })],
  ["price", "tier", (x) => api.price({ model: HAIKU, tier: x })],
  ["compareRuns", "baseline", (x) => api.compareRuns(x, { unit: "ms", runs: [[1, 2]] })],
  ["compareRuns", "candidate", (x) => api.compareRuns({ unit: "ms", runs: [[1, 2]] }, x)],
  ["compareRuns", "options", (x) => api.compareRuns({ unit: "ms", runs: [[1, 2]] }, { unit: "ms", runs: [[1, 2]] }, x)],
  ["compareRuns", "policies", (x) => api.compareRuns({ unit: "ms", runs: [[1, 2]] }, { unit: "ms", runs: [[1, 2]] }, { policies: x })],
  ["compareRuns", "replicates", (x) => api.compareRuns({ unit: "ms", runs: [[1, 2]] }, { unit: "ms", runs: [[1, 2]] }, { replicates: x })],
  ["describe", "measurements", (x) => api.describe(x)],
  ["trend", "history", (x) => api.trend(x)],
  ["trend", "options", (x) => api.trend({ unit: "ms", runs: [[1], [2]] }, x)],
  ["promptHash", "prompt", (x) => api.promptHash(x)],
  ["hostileTexts", "seed", (x) => api.hostileTexts(x, 1)],
  ["hostileTexts", "count", (x) => api.hostileTexts(1, x)],
  ["RehearsalError", undefined, () => assert.ok(new api.RehearsalError("a", "b: c", "d") instanceof Error)],

  ["mock.requestHandler", "request", (x) => mock().requestHandler.handle(x)],
  ["mock.requestHandler", "path", (x) => mock().requestHandler.handle({ ...handled, path: x })],
  ["mock.requestHandler", "headers", (x) => mock().requestHandler.handle({ ...handled, headers: x }), Object.keys(ODD)],
  ["mock.requestHandler", "body", (x) => mock().requestHandler.handle({ ...handled, body: x })],
  ["mock.requestHandler", "options", (x) => mock().requestHandler.handle(handled, x), Object.keys(ODD)],
  ["mock.requestHandler", "abortSignal", (x) => mock().requestHandler.handle(handled, { abortSignal: x })],
  ["mock.requestHandler", "requestTimeout", (x) => mock().requestHandler.handle(handled, { requestTimeout: x })],
  ["mock.fetch", "input", (x) => mock().fetch(x)],
  ["mock.fetch", "init", (x) => mock().fetch(path, x), Object.keys(ODD)],
  ["mock.fetch", "method", (x) => mock().fetch(path, { method: x })],
  ["mock.fetch", "headers", (x) => mock().fetch(path, { headers: x }), Object.keys(ODD)],
  ["mock.fetch", "body", (x) => mock().fetch(path, { method: "POST", body: x })],
  ["mock.fetch", "signal", (x) => mock().fetch(path, { signal: x })],
  ["mock.converse", "request", (x) => mock().converse(x)],
  ["mock.converse", "modelId", (x) => mock().converse({ ...ask, modelId: x })],
  ["mock.converse", "request", (x) => mock().converse({ ...ask, messages: x })],
  ["mock.converse", "options", (x) => mock().converse(ask, x)],
  ["mock.converse", "signal", (x) => mock().converse(ask, { signal: x })],
  ["mock.converseStream", "request", (x) => all(mock().converseStream(x))],
  ["mock.converseStream", "options", (x) => all(mock().converseStream(ask, x))],
  ["mock.invokeModel", "request", (x) => mock().invokeModel(x)],
  ["mock.invokeModel", "body", (x) => mock().invokeModel({ modelId: HAIKU, body: x })],
  ["mock.invokeModelWithResponseStream", "body", (x) => all(mock().invokeModelWithResponseStream({ modelId: HAIKU, body: x }))],
  ["mock.countTokens", "request", (x) => mock().countTokens(x)],
  ["mock.countTokens", "input", (x) => mock().countTokens({ modelId: HAIKU, input: x })],
  ["mock.forceError", "code", (x) => mock().forceError(x)],
  ["mock.forceError", "message", (x) => mock().forceError("ThrottlingException", x)],
  ["mock.forceError", "count", (x) => mock().forceError("ThrottlingException", "x", x)],
  ["mock.faults", "faults", (x) => mock().faults(x)],
  ["mock.faults", "faults", (x) => mock().faults([{ kind: "stall", ms: x }])],
  ["mock.setResponseOverride", "promptHash", (x) => mock().setResponseOverride(x, "x")],
  ["mock.setResponseOverride", "response", (x) => mock().setResponseOverride("x", x)],
  ...["report", "log", "models", "reset", "free"].map((name) => [`mock.${name}`, undefined, () => mock()[name]()]),
  ["recorder.fetch", "real", (x) => api.createRecorder().fetch(x)],
  ["recorder.fetch", "input", (x) => api.createRecorder().fetch(answer)(x)],
  ["recorder.fetch", "body", (x) => api.createRecorder().fetch(answer)(path, { method: "POST", body: x })],
  ["recorder.requestHandler", "real", (x) => api.createRecorder().requestHandler(x)],
  ["recorder.snapshot", undefined, () => api.createRecorder().snapshot()],
  ["recorder.free", undefined, () => api.createRecorder().free()],
  ["log.beginFile", "name", (x) => log().beginFile(x)],
  ["log.push", "piece", (x) => log().push(x)],
  ...["endFile", "free", "requests"].map((name) => [`log.${name}`, undefined, () => (name === "requests" ? log().requests : log()[name]())]),
  ["log.finish", undefined, () => log().finish()],
  ["delivery.push", "event", (x) => api.createDelivery().push(x)],
  ["delivery.push", "bytes", (x) => api.createDelivery().push({ chunk: { bytes: x } })],
  ["delivery.fail", "error", (x) => api.createDelivery().fail(x), ["error"]],
  ["delivery.end", undefined, () => api.createDelivery().end()],
  ["delivery.free", undefined, () => api.createDelivery().free()],
  ["assembler.message", "message", (x) => api.createAssembler().message(x)],
  ["assembler.message", "message", (x) => api.createAssembler().message({ data: x })],
  ["assembler.bytes", "bytes", (x) => api.createAssembler().bytes(x)],
  ...["progress", "close", "free"].map((name) => [`assembler.${name}`, undefined, () => api.createAssembler()[name]()]),
];

test("every export and every method has a row", () => {
  const made = { mock: mock(), recorder: api.createRecorder(), log: log(), delivery: api.createDelivery(), assembler: api.createAssembler() };
  const methods = Object.entries(made).flatMap(([name, object]) => Object.keys(object).map((method) => `${name}.${method}`));
  const missing = [...Object.keys(api), ...methods].filter((name) => !ROWS.some(([row]) => row === name));
  assert.deepEqual(missing, []);
});

/** What a call came to: undefined for a success. */
async function outcome(call, value) {
  try {
    await call(value);
  } catch (error) {
    return error ?? new Error("nothing was thrown");
  }
}

test("what is not taken is refused by its name, everywhere", { timeout: 240_000 }, async () => {
  const wrong = [];
  for (const [name, argument, call, taken = []] of ROWS) {
    for (const [kind, make] of Object.entries(WRONG)) {
      const value = make();
      const error = await outcome(call, value);
      const say = (what) => wrong.push(`${name}(${argument ?? ""}) of ${kind}: ${what}`);
      if (!error) {
        if (argument && kind in ODD && !taken.includes(kind)) say("taken");
        continue;
      }
      // What the service itself refuses, with its own name.
      if (typeof error.status === "number" && error.name.endsWith("Exception")) continue;
      if (!(error instanceof api.RehearsalError)) say(String(error).slice(0, 200));
      else if (!/^[a-z][a-z0-9_]*$/.test(error.code ?? "")) say(`the code ${error.code}`);
      else if (["internal", "unreadable"].includes(error.code) && !/thrown by the test|revoked|scandir|detached/.test(error.message)) say(error.message);
      else if (error.message.length > 700) say(`${error.message.length} characters`);
      else if (kind in ODD && !error.message.includes(argument)) say(`does not name the argument: ${error.message}`);
    }
  }
  assert.equal(wrong.length, 0, `of ${ROWS.length * Object.keys(WRONG).length}:\n${wrong.slice(0, 80).join("\n")}`);
});

test("codes do not change", async () => {
  const codes = [
    [() => api.estimate(new Map()), "wrong_type", "scenario"],
    [() => api.estimate({}, "x"), "out_of_range", "today"],
    [() => api.estimate({}, "2026-02-30"), "out_of_range", "today"],
    [() => api.estimate(nested(200)), "too_deep", "scenario"],
    [() => api.estimate(cyclic()), "cyclic", "scenario"],
    [() => api.estimate({ a: 1n }), "not_json", "scenario"],
    [() => api.estimate(laughs()), "too_large", "scenario"],
    [() => api.estimate({ get a() { return thrower(); } }), "unreadable", "scenario"],
    [() => api.importLog(detached()), "detached", "log"],
    [() => api.importLog(new Uint8Array(2 ** 30 + 1)), "too_large", "log"],
    [() => api.promptHash("x".repeat(2 ** 27 + 1)), "too_large", "prompt"],
    [() => api.simulate({}, { mesages: 1 }), "unknown_option", "options"],
    [() => api.quota({}, { rpm: -1 }), "out_of_range", "rpm"],
    [() => api.capacity({}, { max_ms: -1 }), "out_of_range", "max_ms"],
    [() => mock().converse(ask, 5), "wrong_type", "options"],
    [() => mock().converse(ask, { signal: 5 }), "wrong_type", "signal"],
    [() => {
      const one = mock();
      one.free();
      one.report();
    }, "freed", "mock"],
    // The core's own problems keep their codes.
    [() => api.estimate('{"daily_messages": 1, "daily_messages": 2}'), "key_twice", "estimate"],
    [() => api.estimate({ daily_messages: -1 }), "out_of_range", "estimate"],
  ];
  for (const [call, code, argument] of codes) {
    const error = await outcome(call);
    assert.deepEqual([error?.code, error?.argument], [code, argument], `${call}: ${error}`);
    assert.equal(error.name, "RehearsalError");
    assert.ok(error instanceof TypeError, "as before");
  }
  assert.ok((await mock().fetch("http://localhost/nowhere", null)) instanceof Response, "null is no options, as with any fetch");
});
