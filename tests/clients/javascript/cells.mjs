// What every client is asked, and how its answers are judged: one function a cell, one JSON line a result.

import assert from "node:assert/strict";

export const URL_OF_MOCK = process.env.URL;
export const KEY = "any";
export const REGION = "us-east-1";
Object.assign(process.env, {
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: "x",
  AWS_SECRET_ACCESS_KEY: "x",
  AWS_ENDPOINT_URL_BEDROCK_RUNTIME: URL_OF_MOCK,
});

export const TEXT = "We open at nine. 一巻 👨‍👩‍👧";
export const STOCK = { title: "進撃の巨人", volume: 1 };
export const ANSWERED = "Volume 1 is in stock.";
export const LOOKED = "A white square and a price list.";
export const THOUGHT = "The shelf comes to mind.";
export const GONE_ON = "And then the fourth.";
export const LONG = "The shop is in Kanda and opens at nine. ".repeat(800);
export const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC",
  "base64",
);
export const PDF = Buffer.from(
  "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
);

export const HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
export const SONNET = "us.anthropic.claude-sonnet-5";
export const SONNET_MANTLE = "anthropic.claude-sonnet-5";
export const GPT = "us.openai.gpt-5.6-sol";
export const GPT_MANTLE = "openai.gpt-5.6-sol";
export const OSS_MANTLE = "openai.gpt-oss-120b";

export const STOCK_SCHEMA = {
  type: "object",
  properties: { title: { type: "string" }, volume: { type: "integer" } },
  required: ["title", "volume"],
};
export const NOW_SCHEMA = { type: "object", properties: {} };
export const HOURS_SCHEMA = {
  type: "object",
  properties: { shop: { type: "string" }, opens: { type: "integer" } },
  required: ["shop", "opens"],
  additionalProperties: false,
};

export const same = (found, expected) => assert.deepEqual(found, expected);
export const isHours = (value) => same([typeof value.shop, typeof value.opens], ["string", "number"]);

/** A stream's texts: more than one, and together the whole. */
export const pieces = (found, expected = TEXT) => {
  const texts = found.filter(Boolean);
  assert(texts.length > 1, `${texts.length} pieces`);
  same(texts.join(""), expected);
};

/** Everything an async iterable gives. */
export const all = async (items) => {
  const found = [];
  for await (const item of await items) found.push(item);
  return found;
};

// A mock beside the program has a control of its own; the package's mock is asked directly.
let mock;
export const controls = (made) => {
  mock = made;
};

const control = async (verb, body) => {
  if (mock) {
    if (verb === "reset") return mock.reset();
    if (verb === "force-error") return mock.forceError(body.code, body.message, body.count);
    return { records: await mock.log() };
  }
  const reads = verb === "log" || verb === "report";
  const init = reads ? {} : { method: "POST", body: JSON.stringify(body ?? {}) };
  const answer = await fetch(`${URL_OF_MOCK}/_rehearsal/${verb}`, { headers: { "content-type": "application/json" }, ...init });
  return answer.json();
};

const records = async () => {
  const log = await control("log");
  return log.records ?? log;
};

/** The name of what a call raises whose answer had begun when it broke off. */
export const breaks = async (call) => {
  try {
    await call();
  } catch (error) {
    same((await records()).at(-1).status, 200);
    return error.name === "Error" ? error.constructor.name : error.name;
  }
  throw new Error("nothing was raised: the client took half an answer for a whole one");
};

/** How often the mock was asked until a throttled call was answered. */
export const attempts = async (call, expected = 3) => {
  await control("force-error", { code: "ThrottlingException", count: expected - 1 });
  await call();
  const seen = (await records()).map((record) => record.status);
  same(seen, [...Array(expected - 1).fill(429), 200]);
  return `${expected} attempts`;
};

/** The same call twice: the ledger has a write, then a read; `call` gives what its client says was read. */
export const cached = async (call) => {
  await call();
  const read = await call();
  const [first, second] = (await records()).filter((record) => record.status === 200).slice(-2);
  assert(first.cache_write_tokens > 0, `the first call wrote ${first.cache_write_tokens}`);
  same(second.cache_read_tokens, first.cache_write_tokens);
  if (read !== undefined) same(read, second.cache_read_tokens);
};

/** What a client does wrong or not at all: tried like any cell, so that a release that can is noticed. */
export const cannot = (why, cell) => async () => {
  try {
    await cell();
  } catch {
    return { cannot: why };
  }
  throw new Error(`it can by now: ${why}`);
};

/** Runs the cells that are named on the command line, or all; a line of JSON each. */
export const run = async (cells) => {
  const wanted = process.argv.slice(2);
  for (const [cell, of] of Object.entries(cells)) {
    if (wanted.length && !wanted.includes(cell)) continue;
    await control("reset");
    let result;
    try {
      const note = typeof of === "string" ? of : await of();
      const state = typeof of === "string" ? "not applicable" : note?.cannot ? "cannot" : "passed";
      result = { cell, state, note: note?.cannot ?? (typeof note === "string" ? note : "") };
    } catch (error) {
      if (process.env.VERBOSE) console.error(error);
      const text = String(error.message ?? error).replace(/\s+/g, " ").slice(0, 300);
      result = { cell, state: "failed", note: `${error.name}: ${text}` };
    }
    console.log(JSON.stringify(result));
  }
};
