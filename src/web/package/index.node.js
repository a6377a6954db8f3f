// For Node: the module is read from the file beside this one, and fixtures may be a folder.
import { readFileSync, readdirSync } from "node:fs";
import { extname, join } from "node:path";

import { WireMock, compare, estimate, initSync, price, promptHash, simulate } from "./rehearsal.js";
import { makeCreateMock } from "./mock.js";

initSync({ module: readFileSync(new URL("./rehearsal_bg.wasm", import.meta.url)) });

/** A folder's fixture files by name. */
function readFolder(fixtures) {
  if (typeof fixtures !== "string") return undefined;
  const names = readdirSync(fixtures).filter((name) => [".json", ".yaml", ".yml"].includes(extname(name)));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(fixtures, name), "utf8")]));
}

export const createMock = makeCreateMock(WireMock, readFolder);
export { compare, estimate, price, promptHash, simulate };
