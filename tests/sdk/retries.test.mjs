// The retry rules of the newest AWS SDK for JavaScript beside the simulation's: attempts, delays and the retry quota.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";

const REHEARSAL = process.env.REHEARSAL ?? fileURLToPath(new URL("../../target/debug/rehearsal", import.meta.url));
const FAULTS = { throttle_rate: "ThrottlingException", error_rate: "InternalServerException" };
let server;
let url;

before(async () => {
  server = spawn(REHEARSAL, ["serve", "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: server.stdout }), "line");
  url = JSON.parse(line).listening;
});

after(() => server.kill());

const control = (verb, body) =>
  fetch(`${url}/_rehearsal/${verb}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

const client = () =>
  new BedrockRuntimeClient({ region: "us-east-1", endpoint: url, credentials: { accessKeyId: "x", secretAccessKey: "x" }, retryMode: "standard" });

// Asks in vain; gives how often the client tried and for how long it waited in between, in milliseconds.
async function fail(from) {
  try {
    await from.send(new ConverseCommand({ modelId: "anthropic.claude-3-haiku-20240307-v1:0", messages: [{ role: "user", content: [{ text: "hello" }] }] }));
  } catch (error) {
    return { attempts: error.$metadata.attempts, delay: error.$metadata.totalRetryDelay };
  }
  return assert.fail("it was told to fail");
}

// What a day is like in which every attempt meets this fault.
function simulated(fault, clients, messages) {
  const scenario = {
    daily_messages: 432000,
    types: [{ name: "a", share_pct: 100, model: "m" }],
    models: { m: { latency: 0 } },
    faults: { [fault]: 1 },
    retry: { mode: "standard", clients },
  };
  const run = ["simulate", "--scenario", "-", "--messages", String(messages), "--json"];
  return JSON.parse(execFileSync(REHEARSAL, run, { input: JSON.stringify(scenario), maxBuffer: 1 << 26 }));
}

for (const [fault, code] of Object.entries(FAULTS)) {
  test(`delays and attempts after ${code}`, async () => {
    await control("reset", {});
    await control("force-error", { code, message: "told to fail", count: 10000 });
    // A quota of its own for every few calls, so that none runs out.
    const clients = Array.from({ length: 12 }, client);
    const calls = await Promise.all(clients.flatMap((from) => Array.from({ length: 12 }, () => fail(from))));
    const day = simulated(fault, 10000, 20000);
    const retries = calls.reduce((sum, call) => sum + call.attempts - 1, 0) / calls.length;
    assert.equal(retries, day.counts.retries / day.counts.arrived);
    // Nobody is answered, so everyone who is in the system waits for a retry; 5 come a second.
    const waited = calls.reduce((sum, call) => sum + call.delay, 0) / calls.length / 1000;
    const stays = day.mean_concurrency / 5;
    assert.ok(Math.abs(waited / stays - 1) < 0.2, `${waited} s, simulated ${stays} s`);
  });

  test(`the retry quota after ${code}`, async () => {
    await control("reset", {});
    await control("force-error", { code, message: "told to fail", count: 10000 });
    const from = client();
    const calls = await Promise.all(Array.from({ length: 120 }, () => fail(from)));
    const retries = calls.reduce((sum, call) => sum + call.attempts - 1, 0);
    assert.equal(retries, fault === "error_rate" ? 35 : 100);
    assert.equal(simulated(fault, 1, 400).counts.retries, retries);
  });
}
