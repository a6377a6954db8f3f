// Logs into a scenario and a bill, as they arrive.
import { bytesOf, dayOf, dispose, optionsOf, refuse, RehearsalError, textMapOf, textOf, textsOf } from "./values.js";

/** What an import can be told. */
const OPTIONS = {
  types: (where, types) => (typeof types === "string" ? [textOf(where, types)] : textsOf(where, types)),
  model: textOf,
  counts: textOf,
  timeZone: textOf,
  profiles: textMapOf,
  today: dayOf,
};

/** The offset of a time zone at a time, in seconds, and the times at which it changes between 1970 and 2100. */
const zoneOffsets = (timeZone) => {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  const offsetAt = (second) => {
    const name = parts.formatToParts(new Date(second * 1000)).find((part) => part.type === "timeZoneName").value;
    const [, sign, hours, minutes = "0", seconds = "0"] = /GMT(?:([+-])(\d+)(?::(\d+))?(?::(\d+))?)?/.exec(name) ?? [];
    return (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds));
  };
  const month = 30 * 86_400;
  const changes = [[0, offsetAt(0)]];
  for (let from = 0; from < 4_102_444_800; from += month) {
    const [before, after] = [offsetAt(from), offsetAt(from + month)];
    if (before === after) continue;
    let [low, high] = [from, from + month];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    changes.push([high, after]);
  }
  return changes;
};

/** A time zone as the core takes it: an offset by itself, a name with its table. */
const zoneOf = (timeZone) => {
  if (timeZone === undefined || /^(UTC|GMT|Z)?([+-]\d|$)/.test(timeZone)) return { time_zone: timeZone };
  try {
    return { time_zone: timeZone, zone_offsets: zoneOffsets(timeZone) };
  } catch {
    return refuse("createLogImport: timeZone", "a name such as Asia/Tokyo, or UTC+9", timeZone, "out_of_range");
  }
};

/** Makes `createLogImport` of the core's class. */
export const makeCreateLogImport = (WireLog) => (options = {}) => {
  const { types = [], timeZone, ...others } = optionsOf("createLogImport", options, OPTIONS) ?? {};
  let log = new WireLog({ ...others, ...zoneOf(timeZone), types });
  const open = () => {
    if (!log) throw new RehearsalError("freed", "log import", "this import is finished; create another one");
    return log;
  };
  const free = () => {
    log?.free();
    log = undefined;
  };
  return {
    beginFile(name) {
      open().beginFile(textOf("beginFile: name", name));
    },
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
