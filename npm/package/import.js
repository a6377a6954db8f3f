// Logs into a scenario and a bill, as they arrive.

const utf8 = new TextEncoder();

/** The bytes of a text, a buffer or a view of one. */
const bytesOf = (piece) => {
  if (typeof piece === "string") return utf8.encode(piece);
  if (ArrayBuffer.isView(piece)) return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  if (piece instanceof ArrayBuffer) return new Uint8Array(piece);
  throw new TypeError("a log is text, an ArrayBuffer or a view of one");
};

/** What an import can be told. */
const OPTIONS = ["types", "model"];

/** Makes `createLogImport` of the core's class. */
export const makeCreateLogImport = (WireLog) => (options = {}) => {
  const unknown = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined) throw new TypeError(`unknown field \`${unknown}\`: there are ${OPTIONS.join(" and ")}`);
  const types = options.types ?? [];
  let log = new WireLog({ ...options, types: typeof types === "string" ? [types] : types });
  const open = () => {
    if (!log) throw new Error("this import is finished; create another one");
    return log;
  };
  return {
    push(piece) {
      open().push(bytesOf(piece));
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
  };
};

/** Makes `importLog` of `createLogImport`. */
export const makeImportLog = (createLogImport) => (whole, options) => {
  const log = createLogImport(options);
  log.push(whole);
  return log.finish();
};
