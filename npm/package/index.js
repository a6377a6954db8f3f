// For bundlers and browsers: the module is fetched beside this file.
import { makeApi } from "./api.js";
import init, * as core from "./rehearsal.js";

await init({ module_or_path: new URL("./rehearsal_bg.wasm", import.meta.url) });

export const {
  benchmark, cache, capacity, compare, compareRuns, compareSnapshots, contractViolations, createLogImport, createMock, createRecorder,
  describe, estimate, hostileTexts, importLog, price, promptHash, quota, renderReport, simulate, trend, upgrade,
} = makeApi(core);
