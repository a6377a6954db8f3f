// Logs through the npm package, in pieces and whole.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { createLogImport, estimate, importLog } from "../../pkg/index.node.js";
import { HAIKU } from "./matrix.mjs";

const record = (second, tokens, query) =>
  JSON.stringify({
    schemaType: "ModelInvocationLog",
    timestamp: `2026-11-01T09:00:${String(second).padStart(2, "0")}Z`,
    modelId: HAIKU,
    requestMetadata: { query_type: query },
    input: { inputTokenCount: tokens },
    output: { outputTokenCount: 100 },
  });
const LOG = [record(1, 1000, "order"), record(2, 2000, "order"), "no record", record(9, 3000, "faq")].join("\n");

test("a log is a scenario and a bill, however it is cut", () => {
  const whole = importLog(LOG, { types: "metadata:query_type" });
  // 6,000 tokens in at $0.25 and 300 out at $1.25 a million.
  assert.equal(whole.bill_usd, 0.001875);
  assert.deepEqual([whole.requests, whole.skipped], [3, [{ line: 3, reason: "not a JSON object" }]]);
  assert.deepEqual(whole.scenario.types.map((type) => type.name), ["order", "faq"]);
  assert.ok(Math.abs(estimate(whole.scenario).total_daily_cost_usd - 0.001875) < 1e-12);

  const packed = gzipSync(LOG);
  const log = createLogImport({ types: ["metadata:query_type"] });
  for (const byte of packed) log.push(Uint8Array.of(byte));
  log.endFile();
  assert.equal(log.requests, 3);
  assert.deepEqual(log.finish(), whole);
  assert.throws(() => log.push("more"), /finished/);
});

test("what is wrong with the options or the log is said", () => {
  assert.throws(() => importLog(LOG, { types: "tokens:many" }), /rising numbers/);
  assert.throws(() => importLog(LOG, { model: "nope" }), /no model `nope`/);
  assert.throws(() => importLog(LOG, { rule: "model" }), /unknown option `rule`/);
  assert.throws(() => importLog(42), /importLog: log: expected text, an ArrayBuffer/);
  assert.throws(() => importLog(gzipSync(LOG).subarray(0, 60)), /no request in it; line .*(gzip: the file is cut off|ends inside)/);
  assert.throws(() => importLog(LOG, { timeZone: "Mars/Olympus" }), /expected a name such as Asia\/Tokyo/);
  assert.throws(() => importLog(LOG, { counts: "both" }), /expected disjoint or inclusive/);
});

test("a log says whose days it has and what its columns are", () => {
  const tokyo = importLog(LOG, { timeZone: "Asia/Tokyo" });
  assert.deepEqual([tokyo.time_zone, tokyo.time_zone_source], ["Asia/Tokyo", "said"]);
  // Nine o'clock in the morning is six in the evening there.
  assert.equal(tokyo.scenario.traffic.curve[18], 3);
  const rows = `request_id,model,prompt_tokens,completion_tokens,cached_tokens,cache_odd\na,${HAIKU},1000,10,900,1\na,${HAIKU},1000,10,900,1\n`;
  const read = importLog(rows);
  assert.deepEqual([read.seen_twice, read.counts, read.columns.cache_odd], [1, "inclusive", null]);
  assert.deepEqual([read.bill_usd, read.at_least], [null, true]);
  assert.ok(read.unknown.includes("cache_odd"));
});
