// createMock with what no type checker would let through: a clear error, and the mock goes on.

import assert from "node:assert/strict";
import { test } from "node:test";

import { createMock } from "../../pkg/index.node.js";
import { HAIKU } from "./matrix.mjs";

const cyclic = {};
cyclic.self = cyclic;

/** Every mock answers after whatever was done to it. */
async function answers(mock) {
  const answer = await mock.converse({ modelId: HAIKU, messages: [{ role: "user", content: [{ text: "hello" }] }] });
  assert.match(answer.output.message.content[0].text, /hello/);
}

test("options that cannot be used are refused by name", () => {
  const refused = (options, message) => assert.throws(() => createMock(options), message, String(message));
  refused(null, /createMock: options: expected an object/);
  refused("echo", /createMock: options: expected an object/);
  refused([], /createMock: options: expected an object/);
  refused({ speed: "fast" }, /speed: expected a (finite )?number/);
  refused({ speed: NaN }, /speed: expected a (finite )?number/);
  refused({ speed: -1 }, /speed: expected a (finite )?number/);
  refused({ now: 3 }, /now: expected a function/);
  // Earlier spellings are read, and refused beside the newer one.
  refused({ errorRate: 0.5, error_rate: 0.5 }, /errorRate: expected nothing beside `error_rate`/);
  refused({ errorRate: 2 }, /error_rate: 2 is out of range/);
  refused({ errorRate: undefined, error_rate: 2 }, /error_rate: 2 is out of range/);
  refused({ errorRate: 2, error_rate: undefined }, /error_rate: 2 is out of range/);
  refused({ fixtures: "" }, /fixtures: expected a folder of fixtures, found the text ""/);
  refused({ error_rate: NaN }, /`error_rate` is NaN/);
  refused({ error_rate: 1n }, /`error_rate` is bigint 1/);
  refused({ error_rate: "x" }, /error_rate/);
  refused({ error_rate: 2 }, /error_rate: 2 is out of range/);
  refused({ fallback: () => "echo" }, /`fallback` is/);
  refused({ fallback: Symbol("echo") }, /`fallback` is/);
  refused({ fallbak: "echo" }, /Did you mean `fallback`/);
  refused({ seed: -1 }, /seed/);
  refused({ guardrail: cyclic }, TypeError);
  refused({ faults: 7 }, /faults/);
  refused({ faults: [{ kind: "meteor" }] }, /meteor/);
  refused({ get seed() { throw new Error("thrown by a getter"); } }, /thrown by a getter/);
  refused({ quotas: { "*": { rpm: 0 } } }, /rpm/);
  for (const fixtures of [7, true, () => []]) refused({ fixtures }, /fixtures: expected/);
  refused({ fixtures: [null] }, /fixtures\[0\].json: expected a fixture/);
  refused({ fixtures: [undefined] }, /fixtures\[0\].json: expected a fixture/);
  refused({ fixtures: { "a.json": undefined } }, /a.json: expected a fixture/);
  refused({ fixtures: [{ fixture_id: 7 }] }, /fixtures\[0\].json/);
  refused({ fixtures: [cyclic] }, TypeError);
  const twice = { version: 1, fixture_id: "a", prompt: "p", answer: "x" };
  refused({ fixtures: [twice, { ...twice, answer: "y" }] }, /a/);
});

test("a proxy, inherited and odd names are options like others", async () => {
  await answers(createMock(new Proxy({ fallback: "echo" }, {})));
  assert.throws(() => createMock(Object.assign(Object.create({ fallback: "strict" }), { seed: 1 })), /expected a plain object/, "what is inherited would be lost");
  const name = "進撃の巨人👨‍👩‍👧 __proto__.json";
  const fixture = { version: 1, fixture_id: "__proto__", prompt: "p", answer: "x" };
  await answers(createMock({ fallback: "echo", fixtures: { [name]: fixture } }));
  await answers(createMock({ fallback: "echo", fixtures: [fixture] }));
});

test("calls of the mock itself take nothing else than they say", async () => {
  const mock = createMock({ fallback: "echo" });
  for (const count of [-1, 1.5, NaN, 2 ** 32, "2", null]) {
    assert.throws(() => mock.forceError("ThrottlingException", undefined, count), /count: expected a whole number/, String(count));
  }
  assert.throws(() => mock.forceError(), /code: expected a text/);
  assert.throws(() => mock.forceError("ThrottlingException", 7), /message: expected a text/);
  assert.throws(() => mock.faults(), /faults: expected a value/);
  assert.throws(() => mock.faults(cyclic), TypeError);
  assert.throws(() => mock.faults([{ kind: "stall", ms: Infinity }]), /`\[0\].ms` is Infinity/);
  assert.throws(() => mock.setResponseOverride(1, "x"), /promptHash: expected a text/);
  assert.throws(() => mock.setResponseOverride("x", null), /response: expected a text/);
  await answers(mock);
});

test("requests of any shape are answered, and the next one too", async () => {
  const mock = createMock({ fallback: "echo" });
  const { handle } = mock.requestHandler;
  await assert.rejects(handle({}), /request.method: expected a text/);
  await assert.rejects(handle({ method: "POST" }), /request.path: expected a text/);
  const path = `/model/${HAIKU}/converse`;
  const body = JSON.stringify({ messages: [{ role: "user", content: [{ text: "hello" }] }] });
  // SDKs write numbers as header values, and undefined for what is not sent.
  const headers = { "content-length": body.length, "amz-sdk-request": undefined, "x-list": ["a", "b"] };
  assert.equal((await handle({ method: "POST", path, headers, body })).response.statusCode, 200);
  assert.equal((await handle({ method: "POST", path: "/".repeat(1e6), body })).response.statusCode, 200); // UnknownOperationException, as the service has it
  assert.equal((await handle({ method: "POST", path, body: new Uint8Array(26e6) })).response.statusCode, 413);
  for (const odd of ["", "[]", "null", "3", '"x"', "[".repeat(1e5), "\ud800", '{"messages":'.repeat(1e3)]) {
    assert.equal((await handle({ method: "POST", path, body: odd })).response.statusCode, 400, odd.slice(0, 20));
    assert.equal((await handle({ method: "POST", path: `/model/${HAIKU}/count-tokens`, body: odd })).response.statusCode, 400);
  }
  await assert.rejects(mock.converse({ modelId: HAIKU, ...cyclic }), TypeError);
  await assert.rejects(mock.converse({ modelId: undefined }), { name: "RehearsalError", code: "wrong_type" });
  await assert.rejects(mock.converse({ modelId: "\ud800" }), { code: "out_of_range" });
  const controller = new AbortController();
  controller.abort(new Error("stopped"));
  await assert.rejects(mock.fetch(path, { method: "POST", body, signal: controller.signal }), /stopped/);
  const clockless = createMock({ fallback: "echo", now: () => "never", quotas: { "*": { rpm: 60 } } });
  await answers(clockless);
  await answers(mock);
});
