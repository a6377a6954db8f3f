// Logs into a scenario and a bill, as they arrive.
import { bytesOf, dispose, objectOf, textOf, textsOf } from "./values.js";

/** What an import can be told. */
const OPTIONS = ["types", "model"];

/** Makes `createLogImport` of the core's class. */
export const makeCreateLogImport = (WireLog) => (options = {}) => {
  objectOf("createLogImport: options", options);
  const unknown = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined) throw new TypeError(`unknown field \`${unknown.slice(0, 80)}\`: there are ${OPTIONS.join(" and ")}`);
  const types = options.types ?? [];
  if (options.model != null) textOf("createLogImport: model", options.model);
  let log = new WireLog({ ...options, types: typeof types === "string" ? [types] : textsOf("createLogImport: types", types) });
  const open = () => {
    if (!log) throw new Error("this import is finished; create another one");
    return log;
  };
  const free = () => {
    log?.free();
    log = undefined;
  };
  return {
    push(piece) {
      open().push(bytesOf("push: piece", piece));
    },
    endFile() {
      open().endFile();
    },
    get requests() {
      return open().requests;
    },
    finish() {
      const whole = open();
      log = undefined;
      return whole.finish();
    },
    free,
    [dispose]: free,
  };
};

/** Makes `importLog` of `createLogImport`. */
export const makeImportLog = (createLogImport) => (whole, options) => {
  const bytes = bytesOf("importLog: log", whole);
  const log = createLogImport(options);
  log.push(bytes);
  return log.finish();
};
