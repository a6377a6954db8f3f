// For bundlers and browsers: the module is fetched beside this file.
import init, * as core from "./rehearsal.js";
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
export const { capacity, compare, estimate, hostileTexts, price, promptHash, simulate } = core;
