// The four kinds of test that a chatbot needs, each as short as a team would write it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";

import { compareSnapshots, contractViolations, createMock, createRecorder, hostileTexts } from "../../pkg/index.node.js";

const modelId = "anthropic.claude-3-haiku-20240307-v1:0";
const messages = (text) => [{ role: "user", content: [{ text }] }];
const clientOf = (requestHandler) =>
  new BedrockRuntimeClient({ region: "us-east-1", credentials: { accessKeyId: "x", secretAccessKey: "x" }, requestHandler });

/** The function under test: a team's own. */
async function answer(client, text) {
  const { output } = await client.send(new ConverseCommand({ modelId, messages: messages(text) }));
  return output.message.content[0].text;
}

/** A Japanese template: a fixture for each order of its table. */
const ORDERS = {
  version: 1,
  template: "order_status",
  variables: { order: { type: "string" }, days: { type: "integer", default: 1 } },
  table: [{ order: "MNG-2024-78432" }, { order: "MNG-2024-90001", days: 3 }],
  fixture: {
    version: 1,
    fixture_id: "order_{{order}}",
    prompt: "注文番号{{order}}の配送状況を教えてください",
    answer: "ご注文{{order}}は発送済みです。{{days}}日以内にお届けします。",
  },
};

test("unit: one function against a known answer", async () => {
  const fixtures = [{ version: 1, fixture_id: "hello", prompt: "こんにちは", answer: "いらっしゃいませ。" }];
  assert.equal(await answer(clientOf(createMock({ fixtures }).requestHandler), "こんにちは"), "いらっしゃいませ。");
});

test("integration: a chain of services, fed by a Japanese template", async () => {
  const mock = createMock({ fixtures: { "orders.json": ORDERS } });
  const client = clientOf(mock.requestHandler);
  const session = (order) => `注文番号${order}の配送状況を教えてください`;
  const page = (said) => `<p>${said}</p>`;
  for (const { order, days = 1 } of ORDERS.table) {
    assert.equal(page(await answer(client, session(order))), `<p>ご注文${order}は発送済みです。${days}日以内にお届けします。</p>`);
  }
  assert.deepEqual([mock.report().total.calls, mock.report().total.errors], [2, 0]);
});

/** What a client got, kept as a snapshot: by the SDK's handler, whole and streamed. */
async function record(said) {
  const mock = createMock({ fixtures: [{ version: 1, fixture_id: "stock", prompt: "在庫は?", answer: said }] });
  const recorder = createRecorder();
  const client = clientOf(recorder.requestHandler(mock.requestHandler));
  await answer(client, "在庫は?");
  const { stream } = await client.send(new ConverseStreamCommand({ modelId, messages: messages("在庫は?") }));
  let streamed = "";
  for await (const event of stream) streamed += event.contentBlockDelta?.delta.text ?? "";
  assert.equal(streamed, said, "what is recorded also arrives");
  return recorder.snapshot();
}

test("contract: a recorded snapshot is kept, and every answer has the service's form", async () => {
  const recorded = await record("第1巻は在庫がございます。");
  const { entries } = JSON.parse(recorded);
  assert.equal(entries.length, 2);
  assert.deepEqual(compareSnapshots(recorded, await record("第1巻は在庫がございます。")), []);

  const changed = compareSnapshots(recorded, await record("第2巻は在庫がございます。"));
  assert.equal(changed[0].path, "body.output.message.content[0].text");
  assert.deepEqual(changed[0].text.slice(0, 3), [{ same: "第" }, { gone: "1" }, { new: "2" }]);

  // The recorded body feeds the contract check; the times that a snapshot leaves out are put back.
  const { body } = entries[0].response;
  assert.deepEqual(contractViolations("Converse", { ...body, metrics: { latencyMs: 1 } }), []);
  assert.deepEqual(contractViolations("Converse", body), ["metrics.latencyMs: missing"]);
});

test("contract: the bytes of every operation", async () => {
  const mock = createMock({ fallback: "echo" });
  const converse = JSON.stringify({ messages: messages("鬼滅の刃") });
  const claude = JSON.stringify({ anthropic_version: "bedrock-2023-05-31", max_tokens: 99, messages: [{ role: "user", content: "鬼滅の刃" }] });
  for (const [operation, segment, body] of [
    ["Converse", "converse", converse],
    ["ConverseStream", "converse-stream", converse],
    ["InvokeModel", "invoke", claude],
    ["InvokeModelWithResponseStream", "invoke-with-response-stream", claude],
  ]) {
    const response = await mock.fetch(`/model/${modelId}/${segment}`, { method: "POST", body });
    const bytes = await response.arrayBuffer();
    assert.deepEqual(contractViolations(operation, bytes), [], operation);
    assert.notDeepEqual(contractViolations(operation, bytes.slice(0, -3)), [], `${operation}, cut off`);
  }
  assert.throws(() => contractViolations("Invoke", "{}"), /no operation “Invoke”/);
});

test("property: what holds for every input", async () => {
  for (const text of hostileTexts(42, 50)) {
    const mock = createMock({ fixtures: [{ version: 1, fixture_id: "q", prompt: "q", answer: text }] });
    let said = "";
    for await (const event of mock.converseStream({ modelId, messages: messages("q") })) said += event.contentBlockDelta?.delta.text ?? "";
    assert.equal(said, text, "no character is lost");
  }
  assert.deepEqual(hostileTexts(7, 3), hostileTexts(7, 3));
});

test("a fetch can be recorded, broken streams included", async () => {
  const mock = createMock({ fallback: "echo", faults: [{ kind: "cut_frame", after_events: 2 }] });
  const recorder = createRecorder();
  const recording = recorder.fetch(mock.fetch);
  const ask = () => recording(`/model/${modelId}/converse-stream`, { method: "POST", body: JSON.stringify({ messages: messages("q") }) });
  await assert.rejects(async () => (await ask()).arrayBuffer());
  await (await ask()).arrayBuffer();
  const { entries } = JSON.parse(await recorder.snapshot());
  assert.match(entries[0].response.body.broken, /byte/);
  assert.equal(entries[1].response.body.content[0].text, "[Mock claude] Response to: q...");
});
