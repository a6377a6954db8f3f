// For Node: the module is read from the file beside this one, and fixtures may be a folder.
import { readFileSync, readdirSync } from "node:fs";
import { extname, join } from "node:path";

import * as core from "./rehearsal.js";
import { makeBenchmark, makeRenderReport } from "./bench.js";
import { makeCreateLogImport, makeImportLog } from "./import.js";
import { makeCreateMock } from "./mock.js";
import { makeCompareSnapshots, makeContractViolations, makeCreateRecorder } from "./testing.js";

core.initSync({ module: readFileSync(new URL("./rehearsal_bg.wasm", import.meta.url)) });

/** A folder's fixture files by name. */
function readFolder(fixtures) {
  if (typeof fixtures !== "string") return undefined;
  const names = readdirSync(fixtures).filter((name) => name !== "schema.json" && [".json", ".yaml", ".yml"].includes(extname(name)));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(fixtures, name), "utf8")]));
}

export const createMock = makeCreateMock(core.WireMock, readFolder);
export const createLogImport = makeCreateLogImport(core.WireLog);
export const importLog = makeImportLog(createLogImport);
export const createRecorder = makeCreateRecorder(core.WireRecorder);
export const compareSnapshots = makeCompareSnapshots(core.compareSnapshots);
export const contractViolations = makeContractViolations(core.contractViolations);
export const benchmark = makeBenchmark(core.WireBenchmark);
export const renderReport = makeRenderReport(core.renderReport);
export const { capacity, compare, compareRuns, describe, estimate, hostileTexts, price, promptHash, simulate, trend } = core;
