// For bundlers and browsers: the module is fetched beside this file.
import init, * as core from "./rehearsal.js";
import { makeBenchmark, makeRenderReport } from "./bench.js";
import { makeCreateLogImport, makeImportLog } from "./import.js";
import { makeCreateMock } from "./mock.js";
import { makeCompareSnapshots, makeContractViolations, makeCreateRecorder } from "./testing.js";

await init({ module_or_path: new URL("./rehearsal_bg.wasm", import.meta.url) });

export const createMock = makeCreateMock(core.WireMock);
export const createLogImport = makeCreateLogImport(core.WireLog);
export const importLog = makeImportLog(createLogImport);
export const createRecorder = makeCreateRecorder(core.WireRecorder);
export const compareSnapshots = makeCompareSnapshots(core.compareSnapshots);
export const contractViolations = makeContractViolations(core.contractViolations);
export const benchmark = makeBenchmark(core.WireBenchmark);
export const renderReport = makeRenderReport(core.renderReport);
export const { capacity, compare, compareRuns, describe, estimate, hostileTexts, price, promptHash, simulate, trend } = core;
