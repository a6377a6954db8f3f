// For property tests with fast-check: what clients and models may say, and what must hold whatever it is.
import fc from "fast-check";

import { contractViolations } from "./index.node.js";

/** Texts that break careless code: none, NUL, carriage returns, pieces of graphemes, both directions, very long ones. */
export const texts = ({ longest = 1_000_000 } = {}) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.string({ unit: "grapheme" }) },
    { weight: 4, arbitrary: fc.string({ unit: "binary" }) },
    {
      weight: 4,
      arbitrary: fc
        .array(fc.constantFrom("", "\0", "\r", "\r\n", "\n", "👨‍👩‍👧‍👦", "🏳️‍🌈", "か\u3099", "\u200d", "\u202e", "مرحبا", "שלום", "\ufeff", "𠮷", "</script>", '"\\', "{{x}}", "data: [DONE]\n\n"))
        .map((parts) => parts.join("")),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom("a", "あ", "👩‍💻", "\n"), fc.integer({ min: 1, max: longest }))
        .map(([unit, size]) => unit.repeat(Math.max(1, Math.floor(size / new TextEncoder().encode(unit).length)))),
    },
  );

/** A text that the service takes: not blank. */
const said = (options) => texts(options).map((text) => (text.trim() ? text : `a${text}`));

/** Messages of Converse that the service takes: a person's first, in turns, a person's last. */
export const conversations = ({ turns = 4, longest = 10_000 } = {}) =>
  fc
    .array(said({ longest }), { minLength: 1, maxLength: 2 * turns - 1 })
    .map((all) => (all.length % 2 === 0 ? all.slice(1) : all))
    .map((all) => all.map((text, index) => ({ role: index % 2 ? "assistant" : "user", content: [{ text }] })));

/** A `toolConfig` of Converse: names that are allowed and different, schemas of objects. */
export const tools = ({ most = 5 } = {}) =>
  fc
    .uniqueArray(fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_-]{0,62}$/), { minLength: 1, maxLength: most })
    .map((names) => ({
      tools: names.map((name) => ({
        toolSpec: { name, inputSchema: { json: { type: "object", properties: { query: { type: "string" } } } } },
      })),
    }));

/** Token counts as Converse tells them, whose total is their sum. */
export const usages = () =>
  fc
    .record({
      inputTokens: fc.nat(1_000_000),
      outputTokens: fc.nat(128_000),
      cacheReadInputTokens: fc.nat(200_000),
      cacheWriteInputTokens: fc.nat(200_000),
    })
    .map((usage) => ({ ...usage, totalTokens: Object.values(usage).reduce((sum, tokens) => sum + tokens, 0) }));

/** Bytes cut anywhere, in order: what a network makes of a stream. */
export const cuts = (bytes) =>
  fc.array(fc.nat(bytes.length), { maxLength: 20 }).map((places) => {
    const at = [0, ...places.sort((a, b) => a - b), bytes.length];
    return at.slice(1).map((end, index) => bytes.slice(at[index], end));
  });

/** A fault of the mock's script, of every kind; those that are nothing but time take up to 50 ms, and none at the speed 0. */
export const faults = () =>
  fc.oneof(
    fc.record({ kind: fc.constant("http"), code: fc.constantFrom("ThrottlingException", "ServiceUnavailableException", "InternalServerException", "ModelTimeoutException") }),
    fc.record({
      kind: fc.constantFrom("exception_frame", "error_frame", "cut_frame", "cut_character", "early_end", "crc_flip", "unknown_event"),
      after_events: fc.nat(12),
    }),
    fc.record({ kind: fc.constantFrom("reset", "gateway") }),
    fc.record({ kind: fc.constant("slow_first_token"), ms: fc.nat(50) }),
    fc.record({ kind: fc.constant("stall"), after_events: fc.nat(12), ms: fc.nat(50) }),
  );

const fail = (what) => {
  throw new Error(what);
};

/** What must hold, whatever was drawn; each fails with what does not. */
export const invariants = {
  /** The deltas of a stream's events add up to a text. */
  concatenation(events, text) {
    const all = events.map((event) => event.contentBlockDelta?.delta?.text ?? "").join("");
    if (all !== text) fail(`the deltas add up to ${JSON.stringify(all.slice(0, 80))}, not to ${JSON.stringify(text.slice(0, 80))}`);
  },
  /** Counts are whole numbers from 0 on, and all tokens are the sum of their kinds. */
  usage({ inputTokens = 0, outputTokens = 0, totalTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 }) {
    const counts = { inputTokens, outputTokens, totalTokens, cacheReadInputTokens, cacheWriteInputTokens };
    for (const [name, count] of Object.entries(counts)) {
      if (!Number.isSafeInteger(count) || count < 0) fail(`${name} is ${count}, and a count of tokens is a whole number from 0 on`);
    }
    const sum = inputTokens + outputTokens + cacheReadInputTokens + cacheWriteInputTokens;
    if (totalTokens !== sum) fail(`totalTokens is ${totalTokens}, and its parts add up to ${sum}`);
  },
  /** No id is given twice. */
  ids(all) {
    const seen = new Set();
    for (const id of all) if (seen.size === seen.add(id).size) fail(`the id ${id} was given twice`);
  },
  /** A whole answer, or the bytes of a stream, keep the contract: members, choices, the order of events. */
  contract(operation, body, status = 200) {
    const found = contractViolations(operation, body, status);
    if (found.length > 0) fail(`${found.length} violations of the contract:\n- ${found.join("\n- ")}`);
  },
};
