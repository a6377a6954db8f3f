// The questions asked of logs: a log as bytes or text, or a document.
import { bytesOf, countOf, documentOf, flagOf, isObject, numberOf, objectOf, optionsOf, textOf } from "./values.js";

const UPGRADE = { to: textOf, today: textOf };
const CACHE = { think_s: numberOf };
const QUOTA = { rpm: numberOf, tpm: numberOf, max_tokens: countOf, default_quotas: flagOf };

/** A log's bytes, or `undefined` for a document. */
const logOf = (name, value) => (isObject(value) && !(value instanceof ArrayBuffer) && !ArrayBuffer.isView(value) ? undefined : bytesOf(name, value));

/** Makes `upgrade`, `cache` and `quota` of the core's functions. */
export const makeQuestions = (core) => {
  const ask = (name, answer, checks) => (value, options = {}) => {
    const log = logOf(`${name}: log`, value);
    const document = log === undefined ? documentOf(`${name}: document`, value) : undefined;
    return answer(log, document, optionsOf(name, options, checks) ?? {});
  };
  const upgrade = ask("upgrade", core.upgrade, UPGRADE);
  return {
    upgrade: (value, options) => {
      textOf("upgrade: to", objectOf("upgrade: options", options).to);
      return upgrade(value, options);
    },
    cache: ask("cache", core.cache, CACHE),
    quota: ask("quota", core.quota, QUOTA),
  };
};
