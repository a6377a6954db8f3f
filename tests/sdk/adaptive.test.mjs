// Adaptive retries in overload: the newest AWS SDK for JavaScript, whole, on a clock of events, beside the simulation.
//
// The client, its rate limiter and its retry quota are the SDK's own; written again are the quota of the service, the
// time that an answer takes and the order of events. A limiter that heard of an answer when its call begins would fail
// more than twice as many.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";

const REHEARSAL = process.env.REHEARSAL ?? fileURLToPath(new URL("../../target/debug/rehearsal", import.meta.url));
const MESSAGES = 2_000;
const MODEL = "anthropic.claude-3-haiku-20240307-v1:0";
const ANSWER = JSON.stringify({
  output: { message: { role: "assistant", content: [{ text: "yes" }] } },
  stopReason: "end_turn",
  usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
  metrics: { latencyMs: 1 },
});

/** Numbers from 0 to 1, the same for the same seed. */
function chance(seed) {
  let state = BigInt(seed) * 2n + 1n;
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
    return Number(state >> 11n) / 2 ** 53;
  };
}

/** Runs `work` in a time that jumps from timer to timer; everything else of the program waits for it. */
async function inVirtualTime(from, random, work) {
  const real = { now: Date.now, setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, random: Math.random };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  // Timers of one moment keep their order, and none takes less than a millisecond, as in Node.js.
  const timers = [];
  let now = from;
  let made = 0;
  const earlier = (a, b) => a.at < b.at || (a.at === b.at && a.number < b.number);
  const at = (index) => timers[index];
  const swap = (a, b) => ([timers[a], timers[b]] = [timers[b], timers[a]]);
  const push = (timer) => {
    let index = timers.push(timer) - 1;
    for (let up = (index - 1) >> 1; index > 0 && earlier(at(index), at(up)); index = up, up = (index - 1) >> 1) swap(index, up);
  };
  const pop = () => {
    const first = timers[0];
    const last = timers.pop();
    if (timers.length > 0) {
      timers[0] = last;
      for (let index = 0; ; ) {
        const below = [2 * index + 1, 2 * index + 2].filter((child) => child < timers.length);
        const least = below.sort((a, b) => (earlier(at(a), at(b)) ? -1 : 1))[0];
        if (least === undefined || earlier(at(index), at(least))) break;
        swap(index, least);
        index = least;
      }
    }
    return first;
  };
  Date.now = () => now;
  Math.random = random;
  globalThis.setTimeout = (action, delay = 0) => {
    const timer = { at: now + Math.max(1, Math.ceil(delay)), number: made++, action, unref: () => timer, ref: () => timer };
    push(timer);
    return timer;
  };
  globalThis.clearTimeout = (timer) => {
    if (timer) timer.action = null;
  };
  try {
    work();
    await settled();
    while (timers.length > 0) {
      const timer = pop();
      if (!timer.action) continue;
      now = Math.max(now, timer.at);
      timer.action();
      await settled();
    }
  } finally {
    Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
    Date.now = real.now;
    Math.random = real.random;
  }
}

/** What a client meets that is asked so often a minute, and what becomes of its messages. */
async function real({ offered, rpm, latency_s, attempts, seed }) {
  const random = chance(seed);
  const counts = { failed: 0, throttled: 0 };
  let level = rpm;
  let levelAt = 0;
  const began = 1_800_000_000_000;
  const requestHandler = {
    handle: () => {
      const at = Date.now();
      level = Math.min(rpm, level + ((at - levelAt) * rpm) / 60_000);
      levelAt = at;
      const admitted = level >= 1;
      if (admitted) level -= 1;
      else counts.throttled++;
      const body = admitted ? ANSWER : JSON.stringify({ message: "Too many requests" });
      const headers = { "content-type": "application/json", ...(admitted ? {} : { "x-amzn-errortype": "ThrottlingException" }) };
      const response = { statusCode: admitted ? 200 : 429, headers, body: new Uint8Array(Buffer.from(body)) };
      return new Promise((resolve) => setTimeout(() => resolve({ response }), admitted ? latency_s * 1000 : 0));
    },
    destroy() {},
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
  await inVirtualTime(began, random, () => {
    levelAt = began;
    const client = new BedrockRuntimeClient({
      region: "us-east-1",
      credentials: { accessKeyId: "x", secretAccessKey: "x" },
      retryMode: "adaptive",
      maxAttempts: attempts,
      requestHandler,
    });
    const command = { modelId: MODEL, messages: [{ role: "user", content: [{ text: "hello" }] }] };
    let at = 0;
    for (let message = 0; message < MESSAGES; message++) {
      at += (-Math.log(1 - random()) * 60_000) / offered;
      setTimeout(() => client.send(new ConverseCommand(command)).catch(() => counts.failed++), at);
    }
  });
  return counts;
}

function simulated({ offered, rpm, latency_s, attempts, seed }) {
  const scenario = {
    seed,
    daily_messages: offered * 1440,
    types: [{ name: "a", share_pct: 100, model: "m" }],
    models: { m: { latency: latency_s * 1000 } },
    capacity: { rpm },
    retry: { mode: "adaptive", max_attempts: attempts },
  };
  const run = ["simulate", "--scenario", "-", "--messages", String(MESSAGES), "--json"];
  return JSON.parse(execFileSync(REHEARSAL, run, { input: JSON.stringify(scenario), maxBuffer: 1 << 26 })).counts;
}

const SEEDS = [0, 1, 2];
for (const [offered, rpm, latency_s, attempts] of [
  [78, 70, 0.3, 3],
  [78, 70, 2.0, 3],
  [150, 120, 0.5, 4],
]) {
  test(`${offered} messages a minute against a quota of ${rpm}, answered after ${latency_s} s`, async () => {
    const sum = (all, name) => all.reduce((sum, counts) => sum + counts[name], 0) / SEEDS.length;
    const theirs = [];
    for (const seed of SEEDS) theirs.push(await real({ offered, rpm, latency_s, attempts, seed }));
    const ours = SEEDS.map((seed) => simulated({ offered, rpm, latency_s, attempts, seed }));
    for (const name of ["failed", "throttled"]) {
      const [a, b] = [sum(theirs, name), sum(ours, name)];
      assert.ok(Math.abs(b - a) < 0.25 * a + 12, `${name}: ${b}, the SDK ${a}`);
    }
  });
}
