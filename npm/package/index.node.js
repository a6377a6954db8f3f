// For Node: the module is read from the file beside this one, and fixtures may be a folder.
import { readFileSync, readdirSync } from "node:fs";
import { extname, join, resolve } from "node:path";

import { makeApi } from "./api.js";
import * as core from "./rehearsal.js";
import { refuse } from "./values.js";

core.initSync({ module: readFileSync(new URL("./rehearsal_bg.wasm", import.meta.url)) });

/** A folder's fixture files by name, those of its folders included. */
function readFolder(fixtures) {
  if (typeof fixtures !== "string") return undefined;
  const where = "createMock: fixtures";
  // A text that is a fixture, and no name of a folder.
  const shown = fixtures.length > 200 ? `${fixtures.slice(0, 200)}…` : fixtures;
  let entries;
  try {
    entries = readdirSync(fixtures, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (!["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(error?.code)) throw error;
    // An empty text is no name of the current folder.
    refuse(where, shown === "" ? "a folder of fixtures" : `a folder of fixtures (${resolve(shown)} is none)`, shown, "out_of_range");
  }
  const files = entries.filter(
    (entry) => entry.isFile() && entry.name !== "schema.json" && [".json", ".yaml", ".yml"].includes(extname(entry.name).toLowerCase()),
  );
  const paths = files.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort();
  if (paths.length === 0) refuse(where, `a folder with .json, .yaml or .yml files (${resolve(shown)} has none)`, shown, "out_of_range");
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, "utf8")]));
}

export const {
  RehearsalError, benchmark, cache, capacity, closeMarkdown, compare, compareRuns, compareSnapshots, contractViolations, createAssembler,
  createDelivery, createLogImport, createMock, createRecorder, deliver, describe, estimate, hostileTexts, importLog, price,
  promptHash, quota, renderReport, simulate, socketFrames, trend, upgrade,
} = makeApi(core, readFolder);
