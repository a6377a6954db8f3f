// The questions asked of logs: a log as bytes or text, or a document.
import { amountOf, bytesOf, countOf, dayOf, documentOf, flagOf, isBytes, isObject, objectOf, optionsOf, textOf } from "./values.js";

const UPGRADE = { to: textOf, today: dayOf };
const CACHE = { think_s: amountOf };
const QUOTA = { rpm: amountOf, tpm: amountOf, max_tokens: countOf, default_quotas: flagOf };

/** A log's bytes, or `undefined` for a document. */
const logOf = (name, value) => (isObject(value) && !isBytes(value) ? undefined : bytesOf(name, value));

/** Makes `upgrade`, `cache` and `quota` of the core's functions. */
export const makeQuestions = (core) => {
  const ask = (name, answer, checks) => (value, options = {}) => {
    const log = logOf(`${name}: log`, value);
    const document = log === undefined ? documentOf(`${name}: log`, value) : undefined;
    return answer(log, document, optionsOf(name, options, checks) ?? {});
  };
  const upgrade = ask("upgrade", core.upgrade, UPGRADE);
  return {
    upgrade: (value, options) => {
      textOf("upgrade: to", optionsOf("upgrade", objectOf("upgrade: options", options), UPGRADE).to);
      return upgrade(value, options);
    },
    cache: ask("cache", core.cache, CACHE),
    quota: ask("quota", core.quota, QUOTA),
  };
};
