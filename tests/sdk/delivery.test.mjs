// The last leg to the browser: what the SDK's stream says arrives over a WebSocket, whatever the network does.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BedrockRuntimeClient, ConverseStreamCommand, InvokeModelWithResponseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import fc from "fast-check";

import { closeMarkdown, createAssembler, createDelivery, createMock, deliver, socketFrames } from "../../pkg/index.node.js";

const modelId = "anthropic.claude-3-haiku-20240307-v1:0";
const said = "**鬼滅の刃** 👨‍👩‍👧\n\n- 第1巻\n- 𠮷田";
const clientOf = (mock) =>
  new BedrockRuntimeClient({ region: "us-east-1", credentials: { accessKeyId: "x", secretAccessKey: "x" }, requestHandler: mock.requestHandler, maxAttempts: 1 });
const mockOf = (answer = said) => createMock({ fixtures: [{ version: 1, fixture_id: "a", prompt: "q", answer }] });
const converse = new ConverseStreamCommand({ modelId, messages: [{ role: "user", content: [{ text: "q" }] }] });
const invoke = new InvokeModelWithResponseStreamCommand({
  modelId,
  body: JSON.stringify({ anthropic_version: "bedrock-2023-05-31", max_tokens: 4096, messages: [{ role: "user", content: "q" }] }),
});

const all = async (stream) => {
  const messages = [];
  for await (const message of deliver(stream)) messages.push(message);
  return messages;
};
/** A message written by hand. */
const delta = (seq, text = `${seq},`) => JSON.stringify({ seq, type: "delta", text });

test("what the SDK streams arrives whole, by both operations and however it is cut", async () => {
  const client = clientOf(mockOf());
  for (const messages of [await all((await client.send(converse)).stream), await all((await client.send(invoke)).body)]) {
    assert.deepEqual(messages.map((message) => JSON.parse(message).seq), messages.map((_, index) => index));
    assert.equal(messages.map((message) => JSON.parse(message).text ?? "").join(""), said);
    const assembler = createAssembler();
    for (const data of messages.toReversed()) assembler.message({ data });
    assert.deepEqual(assembler.progress(), { text: said, end: { stop_reason: "end_turn" }, next: messages.length, held: 0, missing: 0, doubled: 0, dropped: 0 });
    const raw = createAssembler();
    const bytes = Buffer.concat(messages.flatMap(socketFrames));
    for (let at = 0; at < bytes.length; at += 3) raw.bytes(bytes.subarray(at, at + 3));
    assert.equal(raw.close().text, said);
    assembler.free();
    raw.free();
  }
});

test("ten thousand messages in the wrong order are all there, and what has no room is said", () => {
  const assembler = createAssembler();
  for (let index = 1; index <= 10_000; index++) assembler.message(delta((index * 7_919) % 10_000));
  const expected = Array.from({ length: 10_000 }, (_, seq) => `${seq},`).join("");
  const { text, ...rest } = assembler.progress();
  assert.equal(text, expected);
  assert.deepEqual(rest, { end: null, next: 10_000, held: 0, missing: 0, doubled: 0, dropped: 0 });

  const full = createAssembler();
  let last;
  for (let seq = 65_546; seq >= 1; seq--) last = full.message(delta(seq, "x"));
  assert.deepEqual([last.held, last.dropped, last.missing, last.text], [65_536, 10, 11, ""]);
  assert.equal(full.message(delta(0, "x")).next, 65_537);
});

test("lost and doubled messages are counted, and a lost end is no end", () => {
  const assembler = createAssembler();
  for (const seq of [0, 1, 1, 4, 4, 5, 0]) assembler.message(delta(seq, String(seq)));
  assert.deepEqual(assembler.progress(), { text: "01", end: null, next: 2, held: 2, missing: 2, doubled: 3, dropped: 0 });
  assert.deepEqual(assembler.close().end, { error: "truncated" });
});

test("a stream that breaks off tells the browser", async () => {
  const mock = mockOf("一二三四五六七八九十");
  const client = clientOf(mock);
  mock.faults([{ kind: "exception_frame", code: "ThrottlingException", after_events: 3 }]);
  const messages = await all((await client.send(converse)).stream);
  const { type, error } = JSON.parse(messages.at(-1));
  assert.deepEqual([type, error], ["error", "throttlingException"]);
  mock.faults([{ kind: "early_end", after_events: 3 }]);
  assert.equal(JSON.parse((await all((await client.send(converse)).stream)).at(-1)).error, "truncated");
  const delivery = createDelivery();
  assert.deepEqual(delivery.end().map((message) => JSON.parse(message).type), ["start", "error"]);
});

test("who leaves a stream early leaves nothing open", async () => {
  let closed = false;
  async function* endless() {
    try {
      for (;;) yield { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "x" } } };
    } finally {
      closed = true;
    }
  }
  for await (const message of deliver(endless())) if (JSON.parse(message).seq === 3) break;
  assert.equal(closed, true);
});

test("what is no message is refused by name", async () => {
  const assembler = createAssembler();
  assert.throws(() => assembler.message("{}"), /`seq` is no whole number.*\[socket_message\]/s);
  assert.throws(() => assembler.message(5), /message: expected a text, found number 5/);
  assert.throws(() => assembler.message(delta(0, "x".repeat(200_000))), /\[socket_message_long\]/);
  assert.throws(() => assembler.bytes("text"), /give whole messages to message\(\)/);
  assert.throws(() => assembler.bytes(new Uint8Array([0x83, 0])), /\[socket_frame\]/);
  assert.throws(() => createDelivery().push("text"), /push: event: expected an object, found the text/);
  await assert.rejects(deliver(5).next(), /deliver: stream: expected the events/);
  assembler.free();
  assert.throws(() => assembler.progress(), /assembler: this was freed/);
  assert.equal(closeMarkdown("**鬼滅"), "**鬼滅**");
});

test("whatever the network does, the beginning is true", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30), { maxLength: 80 }), (order) => {
      const assembler = createAssembler();
      for (const seq of order) assembler.message(delta(seq));
      const there = new Set(order);
      let expected = "";
      for (let seq = 0; there.has(seq); seq++) expected += `${seq},`;
      const progress = assembler.progress();
      assert.equal(progress.text, expected);
      assert.equal(progress.doubled, order.length - there.size);
      assembler.free();
    }),
  );
});
