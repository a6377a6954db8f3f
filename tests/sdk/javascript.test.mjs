// @aws-sdk/client-bedrock-runtime and @anthropic-ai/bedrock-sdk against the npm package.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { AnthropicBedrock } from "@anthropic-ai/bedrock-sdk";
import * as sdk from "@aws-sdk/client-bedrock-runtime";

import { capacity, createMock, promptHash, simulate } from "../../pkg/index.node.js";
import { EXCEPTIONS, FIXTURES, HAIKU, IN_STREAM, NOVA } from "./matrix.mjs";

const rehearsal = process.env.REHEARSAL ?? fileURLToPath(new URL("../../target/debug/rehearsal", import.meta.url));
const credentials = { accessKeyId: "x", secretAccessKey: "x" };
const text = (bytes) => new TextDecoder().decode(bytes);
const claudeBody = (prompt) =>
  JSON.stringify({ anthropic_version: "bedrock-2023-05-31", max_tokens: 500, messages: [{ role: "user", content: prompt }] });
const converseBody = (prompt) => ({ messages: [{ role: "user", content: [{ text: prompt }] }] });

/** A command of an operation that asks one prompt. */
const command = (operation, prompt, modelId = HAIKU) => {
  const body = { modelId, contentType: "application/json", body: claudeBody(prompt) };
  const conversation = { modelId, ...converseBody(prompt) };
  return {
    InvokeModel: () => new sdk.InvokeModelCommand(body),
    InvokeModelWithResponseStream: () => new sdk.InvokeModelWithResponseStreamCommand(body),
    Converse: () => new sdk.ConverseCommand(conversation),
    ConverseStream: () => new sdk.ConverseStreamCommand(conversation),
    CountTokens: () => new sdk.CountTokensCommand({ modelId, input: { converse: converseBody(prompt) } }),
  }[operation]();
};

const setUp = (options = {}) => {
  const mock = createMock({ fixtures: FIXTURES, ...options });
  const client = new sdk.BedrockRuntimeClient({ region: "us-east-1", credentials, requestHandler: mock.requestHandler });
  return { mock, client };
};

const streamed = async (events) => {
  const all = [];
  for await (const event of events) all.push(event);
  return all;
};

test("one declared answer serves all five operations", async () => {
  const { mock, client } = setUp();
  const { answer } = FIXTURES[0];

  const converse = await client.send(command("Converse", "text"));
  assert.equal(converse.output.message.content[0].text, answer);
  assert.deepEqual([converse.stopReason, converse.usage.inputTokens, converse.usage.outputTokens], ["end_turn", 12, 21]);

  const events = await streamed((await client.send(command("ConverseStream", "text"))).stream);
  assert.equal(events.map((event) => event.contentBlockDelta?.delta.text ?? "").join(""), answer);
  assert.ok(!events.some((event) => event.contentBlockStart), "no contentBlockStart for text");
  assert.equal(events.at(-1).metadata.usage.totalTokens, 33);

  const invoked = JSON.parse(text((await client.send(command("InvokeModel", "text"))).body));
  assert.equal(invoked.content[0].text, answer);
  assert.match(invoked.id, /^msg_bdrk_01\w{22}$/);

  const chunks = (await streamed((await client.send(command("InvokeModelWithResponseStream", "text"))).body)).map((event) =>
    JSON.parse(text(event.chunk.bytes)),
  );
  assert.equal(chunks.map((chunk) => chunk.delta?.text ?? "").join(""), answer);
  assert.deepEqual(
    [chunks[0].type, chunks.at(-1).type, chunks.at(-1)["amazon-bedrock-invocationMetrics"].outputTokenCount],
    ["message_start", "message_stop", 21],
  );

  assert.equal((await client.send(command("CountTokens", "text"))).inputTokens, 12);
  const { total } = mock.report();
  assert.deepEqual([total.calls, total.input_tokens, total.output_tokens], [5, 60, 84]);
  assert.equal(total.cost_usd, 4 * (12 * 0.25e-6 + 21 * 1.25e-6));
});

test("tools, thinking, refusals and caches have their forms in every operation", async () => {
  const { client } = setUp();
  const tool = await client.send(command("Converse", "tool"));
  const { toolUse } = tool.output.message.content[1];
  assert.equal(tool.stopReason, "tool_use");
  assert.deepEqual([toolUse.name, toolUse.input], ["stock", { title: "進撃の巨人", volume: 1 }]);
  assert.match(toolUse.toolUseId, /^tooluse_\w{22}$/);

  const events = await streamed((await client.send(command("ConverseStream", "tool"))).stream);
  const start = events.find((event) => event.contentBlockStart);
  assert.equal(start.contentBlockStart.start.toolUse.name, "stock");
  const input = events.map((event) => event.contentBlockDelta?.delta.toolUse?.input ?? "").join("");
  assert.deepEqual(JSON.parse(input), { title: "進撃の巨人", volume: 1 });

  const thinking = await client.send(command("Converse", "thinking"));
  assert.equal(thinking.output.message.content[0].reasoningContent.reasoningText.text, "棚を思い浮かべる。");
  assert.equal((await client.send(command("Converse", "refusal"))).stopReason, "content_filtered");
  const refused = JSON.parse(text((await client.send(command("InvokeModel", "refusal"))).body));
  assert.equal(refused.stop_reason, "refusal");
  const cached = await client.send(command("Converse", "cached"));
  assert.deepEqual([cached.usage.cacheWriteInputTokens, cached.usage.totalTokens], [1322, 1329]);
});

test("Nova answers in its own form", async () => {
  const { client } = setUp();
  const body = JSON.stringify({ messages: [{ role: "user", content: [{ text: "text" }] }], inferenceConfig: { max_new_tokens: 300 } });
  const whole = JSON.parse(text((await client.send(new sdk.InvokeModelCommand({ modelId: NOVA, body }))).body));
  assert.equal(whole.output.message.content[0].text, FIXTURES[0].answer);
  const response = await client.send(new sdk.InvokeModelWithResponseStreamCommand({ modelId: NOVA, body }));
  const chunks = (await streamed(response.body)).map((event) => JSON.parse(text(event.chunk.bytes)));
  assert.equal(chunks.map((chunk) => chunk.contentBlockDelta?.delta.text ?? "").join(""), FIXTURES[0].answer);
  const deltas = chunks.filter((chunk) => chunk.contentBlockDelta).length;
  assert.equal(chunks.filter((chunk) => chunk.contentBlockStop).length, deltas, "a stop after every delta");
  assert.equal(chunks.at(-1)["amazon-bedrock-invocationMetrics"].inputTokenCount, 12);
});

for (const [name, status, operations, attempts] of EXCEPTIONS) {
  test(`${name}: ${status}, ${attempts} attempts`, async () => {
    for (const operation of operations) {
      const { mock, client } = setUp();
      mock.forceError(name, "told to fail", 10);
      await assert.rejects(client.send(command(operation, "text")), (error) => {
        assert.ok(error instanceof sdk[name], `${operation}: ${error.name}`);
        assert.deepEqual([error.message, error.$metadata.httpStatusCode], ["told to fail", status]);
        return true;
      });
      assert.equal(mock.log().length, attempts, operation);
      assert.equal(mock.log().at(-1).attempt, attempts, "the attempt the SDK says it is");
      assert.deepEqual(mock.report().findings.filter(({ rule }) => rule === "retried-non-retryable"), []);
    }
  });
}

test("exceptions inside a stream arrive as themselves, without a retry", async () => {
  for (const [operation, names] of Object.entries(IN_STREAM)) {
    for (const name of names) {
      const { mock, client } = setUp({ faults: [{ kind: "exception_frame", code: name, message: "inside", after_events: 2 }] });
      const response = await client.send(command(operation, "text"));
      const events = [];
      await assert.rejects(
        async () => {
          for await (const event of response.stream ?? response.body) events.push(event);
        },
        (error) => error instanceof sdk[name] && error.message === "inside",
        `${operation} ${name}`,
      );
      assert.deepEqual([events.length, mock.log().length], [2, 1]);
    }
  }
});

test("every fault reaches the client as it would from the service", async () => {
  const broken = async (fault, operation = "ConverseStream") => {
    const { client } = setUp({ faults: [{ after_events: 2, ...fault }] });
    const response = await client.send(command(operation, "text"));
    return streamed(response.stream ?? response.body);
  };
  await assert.rejects(broken({ kind: "cut_frame" }), /Truncated event message received|network error/);
  await assert.rejects(broken({ kind: "cut_character" }), /Truncated event message received|network error/);
  await assert.rejects(broken({ kind: "crc_flip" }), /checksum/);
  await assert.rejects(broken({ kind: "error_frame", code: "SomethingElse", message: "unmodelled" }), (error) => error.name === "SomethingElse");
  assert.equal((await broken({ kind: "early_end" })).length, 2);
  const skipped = await broken({ kind: "unknown_event" });
  assert.equal(skipped.map((event) => event.contentBlockDelta?.delta.text ?? "").join(""), FIXTURES[0].answer);
});

test("fail twice, then succeed: the SDK's retries are seen as one call", async () => {
  const { mock, client } = setUp({ faults: [{ kind: "http", code: "ThrottlingException", times: 2 }] });
  const answer = await client.send(command("Converse", "text"));
  assert.equal(answer.$metadata.attempts, 3);
  const log = mock.log();
  assert.equal(new Set(log.map((call) => call.invocation_id)).size, 1);
  assert.deepEqual(log.map((call) => call.attempt), [1, 2, 3]);
});

test("what the service refuses is refused", async () => {
  const { client } = setUp();
  const refused = (request, message) => assert.rejects(client.send(request), { name: "ValidationException", message });
  await refused(command("Converse", "text", "no.such-model"), "The provided model identifier is invalid.");
  // Converse takes a conversation that begins with the assistant, as the service does today.
  await refused(new sdk.ConverseCommand({ modelId: HAIKU, messages: [{ role: "assistant", content: [{ text: "x" }] }] }), /No fixture answers/);
  await refused(new sdk.ConverseCommand({ modelId: HAIKU, ...converseBody("text"), inferenceConfig: { maxTokens: 9000 } }), /model limit of 4096/);
  const invoke = (body) => new sdk.InvokeModelCommand({ modelId: HAIKU, body: JSON.stringify(body) });
  await refused(invoke({ max_tokens: 1, messages: [] }), /anthropic_version/);
  await refused(invoke({ ...JSON.parse(claudeBody("text")), stream: true }), /extraneous key \[stream\]/);
  await refused(new sdk.CountTokensCommand({ modelId: NOVA, input: { converse: converseBody("x") } }), /counting tokens/);
  await refused(command("Converse", "never heard of"), /No fixture answers this request/);
});

test("the Anthropic SDK reads messages, streams and errors", async () => {
  const mock = createMock({ fixtures: FIXTURES });
  const client = new AnthropicBedrock({ awsAccessKey: "x", awsSecretKey: "x", awsRegion: "us-east-1", fetch: mock.fetch, maxRetries: 0 });
  // Its first major version speaks API version 2026-10-21, which only Claude 4.7 and later take.
  const request = { model: "anthropic.claude-sonnet-5", max_tokens: 500, messages: [{ role: "user", content: "text" }] };
  const message = await client.messages.create(request);
  assert.equal(message.content[0].text, FIXTURES[0].answer);
  assert.equal(message.usage.output_tokens, 21);
  let said = "";
  for await (const event of await client.messages.create({ ...request, stream: true })) {
    said += event.delta?.text ?? "";
  }
  assert.equal(said, FIXTURES[0].answer);
  mock.forceError("ThrottlingException");
  await assert.rejects(client.messages.create(request), { status: 429 });
  mock.faults([{ kind: "exception_frame", code: "ThrottlingException", after_events: 3 }]);
  await assert.rejects(async () => {
    for await (const event of await client.messages.create({ ...request, stream: true })) void event;
  });
});

test("plain calls need no SDK", async () => {
  const mock = createMock({ fixtures: FIXTURES });
  const answer = await mock.converse({ modelId: HAIKU, ...converseBody("text"), requestMetadata: { query_type: "greeting", cache: "miss" } });
  assert.equal(answer.output.message.content[0].text, FIXTURES[0].answer);
  let said = "";
  for await (const event of mock.converseStream({ modelId: HAIKU, ...converseBody("text") })) said += event.contentBlockDelta?.delta.text ?? "";
  assert.equal(said, FIXTURES[0].answer);
  assert.equal(mock.report().by_query_type.greeting.cache_misses, 1);
  mock.setResponseOverride(promptHash("text"), "overridden");
  const overridden = await mock.converse({ modelId: HAIKU, ...converseBody("text") });
  assert.equal(overridden.output.message.content[0].text, "overridden");
  await assert.rejects(mock.converse({ modelId: "x", ...converseBody("text") }), { name: "ValidationException", status: 400 });
  assert.throws(() => createMock({ fallbak: "echo" }), /Did you mean `fallback`/);
});

test("an abort arrives at once, before an answer and inside a stream", async () => {
  const begun = async (call) => {
    const abort = new AbortController();
    const at = performance.now();
    setTimeout(() => abort.abort(), 200);
    await assert.rejects(call(abort.signal), (error) => /abort/i.test(`${error.name} ${error.message}`));
    const took = performance.now() - at;
    assert.ok(took >= 190 && took < 1000, `${took} ms`);
  };
  const asked = (segment, signal, mock) => mock.fetch(`/model/${HAIKU}/${segment}`, { method: "POST", body: JSON.stringify(converseBody("text")), signal });
  for (const fault of [{ kind: "slow_first_token", ms: 3000, forever: true }, { kind: "stall", after_events: 2, ms: 3000, forever: true }]) {
    const { mock, client } = setUp({ speed: 1, latency: "none", faults: [fault] });
    const late = fault.kind === "slow_first_token";
    if (late) {
      await begun((signal) => asked("converse", signal, mock));
      await begun((abortSignal) => client.send(command("Converse", "text"), { abortSignal }));
    }
    await begun(async (signal) => (await asked("converse-stream", signal, mock)).arrayBuffer());
    await begun(async (abortSignal) => streamed((await client.send(command("ConverseStream", "text"), { abortSignal })).stream));
  }
});

test("the control plane's lists take their queries", async () => {
  const { mock } = setUp();
  const listed = async (path, name) => (await (await mock.fetch(path)).json())[name];
  const some = await listed("/foundation-models?byProvider=Anthropic", "modelSummaries");
  const all = await listed("/foundation-models", "modelSummaries");
  assert.ok(some.length > 3 && some.length < all.length);
  assert.ok(some.every((model) => model.providerName === "Anthropic"));
});

test("the same seed gives the same bytes", async () => {
  const bytes = async () => {
    const { mock } = setUp({ seed: 7 });
    const response = await mock.fetch(`/model/${HAIKU}/converse-stream`, { method: "POST", body: JSON.stringify(converseBody("text")) });
    return Buffer.from(await response.arrayBuffer()).toString("hex");
  };
  assert.equal(await bytes(), await bytes());
});

test("a day is what the command line says, to the last figure and its cost", () => {
  for (const scenario of [{}, { traffic: { curve: "noon-peak" }, capacity: { concurrency: 2, rpm: 40 } }]) {
    const said = execFileSync(rehearsal, ["simulate", "--json", "--messages", "60000", "--scenario", "-"], {
      input: JSON.stringify(scenario),
      encoding: "utf8",
    });
    for (let turn = 0; turn < 2; turn++) assert.deepEqual(simulate(scenario, { messages: 60_000 }), JSON.parse(said));
  }
});

test("a day is the same whatever was simulated before", () => {
  const day = (rpm) => {
    const scenario = { daily_messages: 500_000, traffic: { curve: "noon-peak" }, capacity: { rpm, concurrency: 20 } };
    return simulate(scenario, { messages: 60_000 }).digest;
  };
  const seen = new Map();
  for (const rpm of [5, 10, 10, 20, 5, 10, 20, 20, 5]) {
    const digest = day(rpm);
    assert.equal(digest, seen.get(rpm) ?? digest);
    seen.set(rpm, digest);
  }
  assert.equal(new Set(seen.values()).size, 3);
  assert.throws(() => simulate({ daily_messages: -1 }), /daily_messages/);
});

test("a service level is turned into the capacity it needs", () => {
  const scenario = { daily_messages: 1_000_000, traffic: { curve: "noon-peak" } };
  const { value, tried } = capacity(scenario, { max_ms: 3000, messages: 60_000 });
  assert.ok(value >= 1 && value < 200, `${value}`);
  const met = simulate({ ...scenario, capacity: { concurrency: value } }, { messages: 60_000 });
  assert.ok(met.overall.e2e_ms.p95 <= 3000);
  assert.ok(tried.some((trial) => !trial.met) && tried.some((trial) => trial.met));
  assert.throws(() => capacity(scenario, { knob: "speed" }), /choose concurrency, rpm or tpm/);
});
