// For bundlers and browsers: the module is fetched beside this file.
import { makeApi } from "./api.js";
import init, * as core from "./rehearsal.js";

await init({ module_or_path: new URL("./rehearsal_bg.wasm", import.meta.url) });

export const {
  RehearsalError, benchmark, cache, capacity, closeMarkdown, compare, compareRuns, compareSnapshots, contractViolations, createAssembler,
  createDelivery, createLogImport, createMock, createRecorder, deliver, describe, estimate, hostileTexts, importLog, price,
  promptHash, quota, renderReport, simulate, socketFrames, trend, upgrade,
} = makeApi(core);
