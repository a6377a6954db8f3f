// Everything the package exports, made of the WebAssembly module: values are looked at here, all else
// is in the module.
import { makeBenchmark, makeRenderReport } from "./bench.js";
import { makeDelivery } from "./delivery.js";
import { makeCreateLogImport, makeImportLog } from "./import.js";
import { makeCreateMock } from "./mock.js";
import { makeQuestions } from "./questions.js";
import { makeCompareSnapshots, makeContractViolations, makeCreateRecorder } from "./testing.js";
import { RehearsalError, amountOf, countOf, dayOf, documentOf, flagOf, numberOf, objectOf, optionsOf, plainOf, textOf, textsOf, toldBy } from "./values.js";

/** A whole number that has 32 bits in the module. */
const smallCountOf = (where, value) => countOf(where, value, 2 ** 32 - 1);

/** Options of `compareRuns` and `renderReport`. */
export const COMPARISON = {
  metrics: textsOf,
  threshold_pct: numberOf,
  policies: (where, policies) => plainOf(where, objectOf(where, policies)),
  min_change_ms: amountOf,
  allow: textsOf,
  seed: countOf,
  replicates: smallCountOf,
  unit: textOf,
  gate: flagOf,
  naive: flagOf,
  single_run: flagOf,
};

const CAPACITY = { knob: textOf, max_ms: amountOf, percentile: amountOf, max_lost_pct: amountOf, messages: countOf };
const TREND = { benchmark: textOf, metric: textOf, threshold_pct: numberOf, unit: textOf };
const PRICE = {
  model: textOf,
  input: countOf,
  output: countOf,
  cache_read: countOf,
  cache_write_5m: countOf,
  cache_write_1h: countOf,
  tier: textOf,
  region: textOf,
  door: textOf,
};
/** The most texts that are made at once. */
const MOST_TEXTS = 100_000;

/** The exports; `readFolder` reads fixtures from a folder, where there are folders. */
export function makeApi(module, readFolder) {
  const core = toldBy(module);
  const createLogImport = makeCreateLogImport(core.WireLog);
  return {
    RehearsalError,
    createMock: makeCreateMock(core.WireMock, readFolder),
    createLogImport,
    importLog: makeImportLog(createLogImport),
    ...makeQuestions(core),
    ...makeDelivery(core),
    createRecorder: makeCreateRecorder(core.WireRecorder),
    compareSnapshots: makeCompareSnapshots(core.compareSnapshots),
    contractViolations: makeContractViolations(core.contractViolations),
    benchmark: makeBenchmark(core.WireBenchmark),
    renderReport: makeRenderReport(core.renderReport, COMPARISON),
    simulate: (scenario, options) =>
      core.simulate(documentOf("simulate: scenario", scenario), optionsOf("simulate", options, { messages: countOf })),
    capacity: (scenario, options) =>
      core.capacity(documentOf("capacity: scenario", scenario), optionsOf("capacity", options, CAPACITY)),
    estimate: (scenario, today) =>
      core.estimate(documentOf("estimate: scenario", scenario), today === undefined || today === null ? undefined : dayOf("estimate: today", today)),
    compare: (a, b) => core.compare(documentOf("compare: a", a), documentOf("compare: b", b)),
    price: (request) => {
      const { model, ...asked } = optionsOf("price", objectOf("price: request", request), PRICE, "request");
      return core.price({ model: textOf("price: request.model", model), ...asked });
    },
    compareRuns: (baseline, candidate, options) =>
      core.compareRuns(
        documentOf("compareRuns: baseline", baseline),
        documentOf("compareRuns: candidate", candidate, false),
        optionsOf("compareRuns", options, COMPARISON),
      ),
    describe: (measurements) => core.describe(documentOf("describe: measurements", measurements, false)),
    trend: (history, options) =>
      core.trend(documentOf("trend: history", history, false), optionsOf("trend", options, TREND)),
    promptHash: (prompt) => core.promptHash(textOf("promptHash: prompt", prompt)),
    hostileTexts: (seed, count) =>
      core.hostileTexts(
        smallCountOf("hostileTexts: seed", seed),
        countOf("hostileTexts: count", count, MOST_TEXTS),
      ),
  };
}
