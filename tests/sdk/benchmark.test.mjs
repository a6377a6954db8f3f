// The benchmark suite from JavaScript: any async function, the simulator, verdicts and reports.

import assert from "node:assert/strict";
import { test } from "node:test";

import { benchmark, compareRuns, createMock, describe, renderReport, trend } from "../../pkg/index.node.js";

const HAIKU = "anthropic.claude-3-haiku-20240307-v1:0";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const suite = (benchmark, prompts = ["hello"]) => ({ prompts, benchmarks: [{ name: "mine", warm_up: 0, runs: 1, ...benchmark }] });

test("an async function is measured in real time", async () => {
  const seen = [];
  const client = async ({ prompt, phase, model, signal }) => {
    assert.ok(signal instanceof AbortSignal && model === HAIKU);
    seen.push(`${phase} ${prompt}`);
    await pause(12);
    return { ttft_ms: 4, usage: { inputTokens: 1000, outputTokens: 5 }, stages: [{ name: "cache", ms: 2 }] };
  };
  const steps = [];
  const document = await benchmark(suite({ warm_up: 1, measured: 6, runs: 2, model: HAIKU, load: { kind: "closed", workers: 3 } }), client, {
    label: "abc",
    onProgress: (progress) => steps.push(progress),
  });
  assert.deepEqual([document.kind, document.version, document.environment.clock, document.environment.client], ["rehearsal-benchmark", 1, "real", "function"]);
  assert.equal(document.environment.label, "abc");
  const { runs } = document.benchmarks[0];
  assert.equal(runs.length, 2);
  for (const run of runs) {
    assert.deepEqual([run.requests, run.completed, run.timeouts], [6, 6, 0]);
    assert.ok(run.e2e_ms.every((ms) => ms >= 10 && ms < 2000), `${run.e2e_ms}`);
    assert.ok(run.cold_start_ms >= 10);
    assert.equal(run.inter_token_ms.length, 6);
    assert.deepEqual(run.stages.cache, [2, 2, 2, 2, 2, 2]);
    // 1,000 tokens in at 0.25 and 5 out at 1.25 dollars a million.
    assert.ok(run.cost_usd.every((usd) => Math.abs(usd - 0.00025625) < 1e-12));
  }
  assert.equal(seen.filter((call) => call.startsWith("warm_up")).length, 2);
  assert.deepEqual([steps.at(-1).answered, steps.at(-1).total], [14, 14]);
});

test("a client that hangs meets the timeout, one that throws is counted by name", async () => {
  let aborted = 0;
  const client = ({ prompt, signal }) => {
    if (prompt === "hang") {
      signal.addEventListener("abort", () => aborted++);
      return new Promise(() => {});
    }
    if (prompt === "throw") throw Object.assign(new Error("slow down"), { name: "ThrottlingException" });
  };
  const document = await benchmark(suite({ measured: 6, timeout_ms: 60 }, ["fine", "hang", "throw"]), client);
  const run = document.benchmarks[0].runs[0];
  assert.deepEqual([run.completed, run.timeouts, run.errors, aborted], [2, 2, { ThrottlingException: 2 }, 2]);
  assert.equal(run.cancelled, false);
});

test("a cancelled benchmark keeps what it measured and says so", async () => {
  const stop = new AbortController();
  const client = async ({ id }) => {
    if (id === 9) stop.abort();
    await pause(1);
  };
  const document = await benchmark(suite({ measured: 10_000, runs: 3 }), client, { signal: stop.signal });
  const { runs } = document.benchmarks[0];
  assert.equal(runs.length, 1);
  assert.ok(runs[0].cancelled && runs[0].completed >= 9 && runs[0].completed < 20, `${runs[0].completed}`);
  const before = new AbortController();
  before.abort();
  assert.deepEqual((await benchmark(suite({}), client, { signal: before.signal })).benchmarks, []);
  assert.deepEqual((await benchmark(suite({}), "simulator", { signal: before.signal })).benchmarks, []);
});

test("an open load counts from when a request was due", async () => {
  let first = true;
  const client = async () => {
    // The first answer blocks everything, as a stalled event loop would.
    if (first) for (const until = performance.now() + 200; performance.now() < until; );
    first = false;
  };
  const document = await benchmark(suite({ measured: 8, load: { kind: "open", rate_per_s: 50 } }), client);
  const { start_ms, e2e_ms } = document.benchmarks[0].runs[0];
  assert.deepEqual(start_ms, [0, 20, 40, 60, 80, 100, 120, 140]);
  // Who was due 20 ms after a stall of 200 ms waited some 180.
  assert.ok(e2e_ms[1] > 120 && e2e_ms[7] < e2e_ms[1], `${e2e_ms}`);
});

test("the mock is measured by its own fetch", async () => {
  const mock = createMock({ fallback: "echo", speed: 0 });
  const client = ({ prompt, model }) => mock.converse({ modelId: model, messages: [{ role: "user", content: [{ text: prompt }] }] });
  const document = await benchmark(suite({ measured: 20, model: HAIKU }, ["one", "two"]), client);
  const run = document.benchmarks[0].runs[0];
  assert.ok(run.completed === 20 && run.output_tokens > 0 && run.cost_usd.length === 20);
});

test("virtual time gives the same bytes for the same seed", async () => {
  const run = (seed, client) => benchmark({ preset: "verdict", seed }, client).then(JSON.stringify);
  assert.equal(await run(1, "simulator"), await run(1, "simulator"));
  assert.notEqual(await run(1, "simulator"), await run(2, "simulator"));
  assert.equal(JSON.parse(await run(1, "mock")).environment.client, "mock");
});

test("verdicts, reports, descriptions and trends", async () => {
  const slower = { models: { [HAIKU]: { latency: { kind: "simple", mean_ms: 600, sd_ms: 100 } } } };
  const before = await benchmark("verdict");
  const after = await benchmark({ preset: "verdict", seed: 7 }, "simulator", { scenario: slower });
  const verdict = compareRuns(before, after, { gate: true });
  assert.deepEqual([verdict.verdict, verdict.severity, verdict.benchmark], ["regression", "failure", "latency_haiku"]);
  assert.match(verdict.sentence, /^latency_haiku: P95 latency rose by/);
  // Two percentiles, and for each benchmark what was lost.
  assert.deepEqual([...new Set(verdict.comparisons.map(({ metric }) => metric))].sort(), ["error_rate", "goodput", "p95", "timeouts"]);
  assert.equal(compareRuns(null, after).verdict, "baseline");
  assert.equal(compareRuns(before, before).verdict, "pass");
  assert.match(compareRuns(before, after, { naive: true }).sentence, /of 100 unchanged builds/);

  const html = renderReport(after, "html", { baseline: before });
  assert.match(html, /^<!doctype html>[^]*REGRESSION[^]*<svg/);
  assert.match(renderReport(after, "github", { baseline: before, gate: true }), /^::error title=REGRESSION latency_haiku::/m);
  for (const format of ["markdown", "csv", "text", "slack", "json", "original"]) assert.ok(renderReport(after, format).length > 100, format);
  assert.deepEqual(JSON.parse(renderReport(after, "json")), after);

  const series = [312, 287, 455, 390, 1210, 333, 298, 402, 365, 341, 510, 277, 620, 350, 318, 299, 431, 388, 360, 329];
  const described = describe({ unit: "ms", runs: [series] });
  assert.ok(Math.abs(described.quantiles.p95["hyndman-fan-7"] - 649.5) < 1e-9);
  assert.ok(Math.abs(described.quantiles.p95["harrell-davis"] - 968.321139624) < 1e-8);
  const history = { unit: "ms", runs: Array.from({ length: 20 }, (_, i) => (i < 12 ? 500 : 600) + ((i * 7) % 5)) };
  assert.equal(trend(history).change_points[0].index, 12);
});

test("what cannot be used is refused with the reason", async () => {
  await assert.rejects(benchmark({ benchmarks: [{ measurd: 5 }] }), /Did you mean `measured`/);
  await assert.rejects(benchmark("verdict", "wires"), /choose simulator or mock/);
  await assert.rejects(benchmark(suite({ measured: 1 }), () => ({ ttft_ms: "soon" })), /ttft_ms|invalid type/);
  assert.throws(() => compareRuns({ unit: "ms", runs: [[1, -2]] }, { unit: "ms", runs: [[1]] }), /runs\[0\]\[1\]: -2 is below zero/);
  assert.throws(() => compareRuns({ unit: "s", runs: [[1]] }, { unit: "ms", runs: [[1]] }), /The units differ/);
  assert.throws(() => compareRuns({ unit: "ms", runs: [[1]] }, { unit: "ms", runs: [[1]] }, { metrics: ["speed"] }), /“speed” is not a choice/);
  assert.throws(() => renderReport({ unit: "ms", runs: [[1]] }), /A report needs a result document/);
  assert.throws(() => renderReport("{", "html"), /This is not JSON/);
});
