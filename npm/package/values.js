// What JavaScript hands over, looked at before it goes to the WebAssembly module: what is not taken is
// refused by name. WebAssembly itself would read a number as a text of nothing, NaN as absent, and a Map
// as an object without a member.

/**
 * What the package throws for a value that it does not take. `code` says what is wrong with it and does not
 * change, `argument` which one it is; the message says both, with what was expected and found.
 */
export class RehearsalError extends TypeError {
  constructor(code, where, message, options) {
    super(where ? `${where}: ${message}` : message, options);
    this.code = code;
    this.argument = where?.includes(": ") ? where.slice(where.indexOf(": ") + 2) : where;
  }
}
Object.defineProperty(RehearsalError.prototype, "name", { value: "RehearsalError", configurable: true, writable: true });

/** The most characters of a text, and the most bytes, that go over at once. */
const MOST_CHARACTERS = 2 ** 27;
const MOST_BYTES = 2 ** 30;
/** How deep a document may be nested, as in every reader of the core. */
const MOST_DEPTH = 127;
/** The most values of a document: one that holds itself many times over would never end. */
const MOST_VALUES = 20_000_000;

const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

const nameOf = (value) => {
  try {
    const name = value?.constructor?.name;
    return typeof name === "string" && name !== "Object" && name !== "" ? ` (${name.slice(0, 40)})` : "";
  } catch {
    return "";
  }
};

const isList = (value) => {
  try {
    return Array.isArray(value);
  } catch {
    // A revoked proxy is nothing that can be read.
    return false;
  }
};

/** What was found instead, in at most 80 characters. */
export const found = (value) => {
  if (value === null || value === undefined) return String(value);
  if (["number", "boolean", "bigint"].includes(typeof value)) return `${typeof value} ${shortened(String(value), 40)}`;
  if (typeof value === "object") return isList(value) ? "a list" : `an object${nameOf(value)}`;
  return typeof value === "string" ? `the text ${JSON.stringify(shortened(value, 60))}` : `a ${typeof value}`;
};

/** Refuses a value. */
export const refuse = (where, expected, value, code = "wrong_type") => {
  throw new RehearsalError(code, where, `expected ${expected}, found ${found(value)}`);
};

/** Reads what may throw when it is read: getters, proxies, `toJSON`. */
export function reading(where, read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof RehearsalError) throw error;
    throw new RehearsalError("unreadable", where, `reading it threw ${thrown(error)}`, { cause: error });
  }
}

const thrown = (error) => {
  try {
    return shortened(String(error), 120);
  } catch {
    return found(error);
  }
};

/** A text that is one. */
export const textOf = (where, value) => {
  if (typeof value !== "string") refuse(where, "a text", value);
  if (value.length > MOST_CHARACTERS) {
    throw new RehearsalError("too_large", where, `${value.length.toLocaleString("en")} characters are more than the ${MOST_CHARACTERS.toLocaleString("en")} that are taken at once`);
  }
  return value;
};

/** A text, or nothing. */
export const maybeTextOf = (where, value) => (value === undefined || value === null ? undefined : textOf(where, value));

/** A day, `YYYY-MM-DD`, that there was or will be. */
export const dayOf = (where, value) => {
  const day = /^\d{4}-\d\d-\d\d$/.test(textOf(where, value)) ? new Date(`${value}T00:00:00Z`) : undefined;
  const is = day && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value);
  return is ? value : refuse(where, "a day as YYYY-MM-DD", value, "out_of_range");
};

/** A finite number. */
export const numberOf = (where, value) => {
  if (typeof value !== "number") refuse(where, "a finite number", value);
  return Number.isFinite(value) ? value : refuse(where, "a finite number", value, "out_of_range");
};

/** A finite number from 0 on: milliseconds, tokens, requests, percent. */
export const amountOf = (where, value) => (numberOf(where, value) >= 0 ? value : refuse(where, "a number from 0 on", value, "out_of_range"));

/** A whole number from 0 on. */
export function countOf(where, value, most = Number.MAX_SAFE_INTEGER) {
  const expected = `a whole number from 0 to ${most.toLocaleString("en")}`;
  if (typeof value !== "number") refuse(where, expected, value);
  return Number.isInteger(value) && value >= 0 && value <= most ? value : refuse(where, expected, value, "out_of_range");
}

export const flagOf = (where, value) => (typeof value === "boolean" ? value : refuse(where, "true or false", value));

export const functionOf = (where, value) => (typeof value === "function" ? value : refuse(where, "a function", value));

/** An object that is no list, of whatever class. */
export const isObject = (value) => typeof value === "object" && value !== null && !isList(value);

export const anyObjectOf = (where, value, what = "an object") => (isObject(value) ? value : refuse(where, what, value));

/** Whether an object is no more than its members: of no class, in this realm or another. */
const isPlain = (value) => {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

/** A plain object, each member read once. A Map, a Promise or an instance of a class has its content elsewhere. */
export const objectOf = (where, value, what = "an object") =>
  reading(where, () => {
    if (!isObject(value) || !isPlain(value)) refuse(where, isObject(value) ? "a plain object" : what, value);
    return Object.fromEntries(Object.keys(value).map((key) => [key, reading(`${where}.${shortened(key, 80)}`, () => value[key])]));
  });

const bufferSize = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength").get;

/** Whether a value is a buffer, in this realm or another. */
const isBuffer = (value) => {
  try {
    bufferSize.call(value);
    return true;
  } catch {
    return false;
  }
};

export const isBytes = (value) => typeof value === "object" && value !== null && (ArrayBuffer.isView(value) || isBuffer(value));

/** The bytes of a text, a buffer or a view of one. */
export function bytesOf(where, value) {
  if (typeof value === "string") return new TextEncoder().encode(textOf(where, value));
  if (!isBytes(value)) refuse(where, "text, an ArrayBuffer or a view of one", value);
  const view = ArrayBuffer.isView(value);
  try {
    // Nothing can be made of a detached buffer, and a view of one would be empty without a word.
    new Uint8Array(view ? value.buffer : value, 0, 0);
  } catch {
    throw new RehearsalError("detached", where, "this buffer is detached: it was transferred and has no bytes any more");
  }
  if (value.byteLength > MOST_BYTES) {
    throw new RehearsalError("too_large", where, `${value.byteLength.toLocaleString("en")} bytes are more than the ${MOST_BYTES.toLocaleString("en")} that are taken at once`);
  }
  return view ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value);
}

const base64 = (bytes) => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
};

/**
 * A copy of a value with nothing in it but what JSON can say. What JSON would drop or turn into something else is
 * refused; `bytes` become base64, as the SDKs send them.
 */
export function plainOf(where, value, { bytes = false } = {}) {
  const inside = new Set();
  // What stands in several places is read once and counted at each.
  const seen = new Map();
  const path = [];
  let values = 0;
  const place = () => (path.length === 0 ? "this" : `\`${shortened(path.join("").replace(/^\./, ""), 80)}\``);
  const refused = (code, what) => {
    throw new RehearsalError(code, where, `${place()} ${what}`);
  };
  const unsaid = (item) => refused("not_json", `is ${typeof item === "number" ? item : found(item)}, which JSON cannot say`);
  const count = (more) => {
    values += more;
    if (values > MOST_VALUES) refused("too_large", `makes it more than ${MOST_VALUES.toLocaleString("en")} values`);
  };
  const member = (step, item) => {
    path.push(step);
    const copied = copy(item);
    path.pop();
    return copied;
  };
  const members = (item) => {
    if (isList(item)) {
      const copies = [];
      // Index by index: a hole is an undefined value, and not one to be passed over.
      for (let index = 0; index < item.length; index += 1) copies.push(member(`[${index}]`, item[index]));
      return copies;
    }
    if (!isPlain(item)) unsaid(item);
    const copies = {};
    for (const name of Object.keys(item)) {
      const given = item[name];
      if (given === undefined) continue;
      const value = member(`.${shortened(name, 80)}`, given);
      if (name === "__proto__") Object.defineProperty(copies, name, { value, enumerable: true });
      else copies[name] = value;
    }
    return copies;
  };
  const converted = (item) => {
    if (typeof item.toJSON !== "function") return members(item);
    const said = item.toJSON("");
    // A date that is none says null.
    if (said === null || said === undefined) return unsaid(item);
    return said === item ? members(item) : copy(said);
  };
  const copy = (item) => {
    count(1);
    if (item === null || typeof item === "string" || typeof item === "boolean") return item;
    if (typeof item === "number") return Number.isFinite(item) ? item : unsaid(item);
    if (typeof item !== "object") return unsaid(item);
    if (isBytes(item)) return bytes ? base64(bytesOf(`${where}: ${place()}`, item)) : unsaid(item);
    if (inside.has(item)) refused("cyclic", "refers to itself, which JSON cannot say");
    if (inside.size >= MOST_DEPTH) refused("too_deep", `is nested more than ${MOST_DEPTH} deep`);
    const before = seen.get(item);
    if (before) {
      count(before.values);
      return before.copied;
    }
    inside.add(item);
    const begun = values;
    const copied = converted(item);
    inside.delete(item);
    seen.set(item, { copied, values: values - begun });
    return copied;
  };
  try {
    return value === undefined ? refuse(where, "a value", value) : copy(value);
  } catch (error) {
    if (error instanceof RehearsalError) throw error;
    throw new RehearsalError("unreadable", where, `${place()} cannot be read: ${thrown(error)}`, { cause: error });
  }
}

/** A value as JSON text. */
export function jsonOf(where, value, options) {
  const plain = plainOf(where, value, options);
  try {
    return JSON.stringify(plain);
  } catch {
    throw new RehearsalError("too_large", where, "this is too large for one text of JSON");
  }
}

/** A document as its JSON text: an object, or the text itself; nothing where that is allowed. */
export function documentOf(where, value, optional = true) {
  if (optional && (value === undefined || value === null)) return undefined;
  if (typeof value === "string") return textOf(where, value);
  const list = isList(value);
  const document = () => list || (isObject(value) && (isPlain(value) || typeof value.toJSON === "function"));
  if (!reading(where, document)) refuse(where, "an object or its JSON text", value);
  const text = jsonOf(where, value);
  // A date says a text of itself, and no document.
  return text.startsWith("{") || text.startsWith("[") ? text : refuse(where, "an object or its JSON text", value);
}

/** Options: an object whose fields are all known and of their kinds. */
export function optionsOf(call, value, kinds, argument = "options") {
  if (value === undefined || value === null) return undefined;
  const given = objectOf(`${call}: ${argument}`, value);
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(kinds, key));
  if (unknown !== undefined) {
    throw new RehearsalError("unknown_option", `${call}: ${argument}`, `unknown option \`${shortened(unknown, 80)}\`: there are ${Object.keys(kinds).join(", ")}`);
  }
  const known = {};
  for (const [key, item] of Object.entries(given)) {
    if (item !== undefined && item !== null) known[key] = kinds[key](`${call}: ${key}`, item);
  }
  return known;
}

/** A list of texts. */
export const textsOf = (where, value) =>
  reading(where, () => {
    if (!isList(value)) refuse(where, "a list of texts", value);
    return Array.from(value, (item, index) => textOf(`${where}[${index}]`, item));
  });

/** An object of texts by name. */
export const textMapOf = (where, value) => {
  const given = objectOf(where, value, "an object of texts");
  for (const [name, text] of Object.entries(given)) textOf(`${where}.${shortened(name, 80)}`, text);
  return given;
};

/** What says that a call is to end: an AbortSignal, or that of an SDK. */
export const signalOf = (where, value) =>
  reading(where, () => {
    const is = isObject(value) && typeof value.aborted === "boolean" && (typeof value.addEventListener === "function" || "onabort" in value);
    return is ? value : refuse(where, "an AbortSignal", value);
  });

/** The code of what the WebAssembly module says of a value. */
const told = (call, error) => {
  if (error instanceof RehearsalError) return error;
  // A trap, or no memory: not what was given is wrong but what became of it.
  const broken = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
  if (broken) return new RehearsalError("internal", call, `the module failed: ${thrown(error)}`, { cause: error });
  const refusal = new RehearsalError(typeof error?.code === "string" ? error.code : "refused", undefined, String(error?.message ?? error));
  refusal.argument = call;
  return refusal;
};

/** What the module's classes are made by. */
const MADE_BY = {
  WireMock: "createMock",
  WireLog: "createLogImport",
  WireBenchmark: "benchmark",
  WireDelivery: "createDelivery",
  WireAssembler: "createAssembler",
  WireRecorder: "createRecorder",
};

/** The WebAssembly module, what it throws being a `RehearsalError` with the problem's code. */
export function toldBy(core) {
  const guarded = (name, call) =>
    function (...given) {
      try {
        return call.apply(this, given);
      } catch (error) {
        throw told(name, error);
      }
    };
  return Object.fromEntries(
    Object.entries(core).map(([name, item]) => {
      if (typeof item !== "function") return [name, item];
      if (!name.startsWith("Wire")) return [name, guarded(name, item)];
      const guard = (on) => {
        for (const method of Object.getOwnPropertyNames(on)) {
          const property = Object.getOwnPropertyDescriptor(on, method);
          if (method === "constructor" || typeof property.value !== "function" || !property.writable) continue;
          on[method] = guarded(method, property.value);
        }
      };
      guard(item.prototype);
      guard(item);
      const construct = (target, given) => {
        try {
          return Reflect.construct(target, given);
        } catch (error) {
          throw told(MADE_BY[name] ?? name, error);
        }
      };
      return [name, new Proxy(item, { construct })];
    }),
  );
}

/** The name of what makes a mock's plain calls go through another `fetch`, one that watches. */
export const callsThrough = Symbol("rehearsal.callsThrough");

/** The name of the method that `using` calls, also where the language does not have it yet. */
export const dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** Where a request goes that no one sends. */
const NOWHERE = "http://localhost";

const urlOf = (where, input) => {
  const text = typeof input === "string" ? textOf(where, input) : reading(where, () => (input instanceof URL ? input.href : undefined));
  if (text === undefined) refuse(where, "a Request, a URL or its text", input);
  try {
    return new URL(text, NOWHERE);
  } catch {
    return refuse(where, "a URL", input, "out_of_range");
  }
};

/** What a body of `fetch` may be beside texts and bytes, by the name of its kind. */
const BODIES = ["Blob", "File", "FormData", "URLSearchParams", "ReadableStream"];

/** A request's body, as a text, bytes or what `Response` reads. */
export const bodyOf = (where, body) =>
  reading(where, () => {
    if (body === undefined || body === null) return undefined;
    if (typeof body === "string") return bytesOf(where, body);
    // A copy: of shared memory nothing else is made.
    if (isBytes(body)) return bytesOf(where, body).slice();
    const kind = Object.prototype.toString.call(body).slice(8, -1);
    // Node's streams are read piece by piece.
    const read = BODIES.includes(kind) || (isObject(body) && !(body instanceof Map || body instanceof Set) && typeof body[Symbol.asyncIterator] === "function");
    return read ? body : refuse(where, "a text, bytes, a Blob, a form or a stream", body);
  });

/** The arguments of a `fetch`. */
export function askedOf(call, input, init) {
  const request = reading(`${call}: input`, () => (input instanceof Request ? input : undefined));
  const url = urlOf(`${call}: input`, request ? request.url : input);
  // As with any fetch, null is no options; those of a client may be of a class.
  const given = init === undefined || init === null ? {} : anyObjectOf(`${call}: init`, init);
  const member = (name, read) => {
    const item = reading(`${call}: init.${name}`, () => given[name]);
    return item === undefined || item === null ? undefined : read(`${call}: init.${name}`, item);
  };
  const method = member("method", textOf) ?? request?.method ?? "GET";
  const headersOf = (where, headers) => {
    try {
      return new Headers(typeof headers === "object" ? headers : refuse(where, "headers", headers));
    } catch {
      return refuse(where, "names and values that HTTP can carry", headers);
    }
  };
  const headers = member("headers", headersOf) ?? new Headers(request?.headers);
  const signal = member("signal", signalOf) ?? request?.signal;
  return { request, url, method, headers, signal, body: member("body", bodyOf) };
}
