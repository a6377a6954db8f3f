// What JavaScript hands over, looked at before it goes to the WebAssembly module: what is not taken is
// refused by name. WebAssembly itself would read a number as a text of nothing, and NaN as absent.

/** What was found instead, in at most 80 characters. */
export const found = (value) => {
  if (value === null || value === undefined) return String(value);
  if (["number", "boolean", "bigint"].includes(typeof value)) return `${typeof value} ${String(value).slice(0, 40)}`;
  if (typeof value === "object") return Array.isArray(value) ? "a list" : `an object${nameOf(value)}`;
  return typeof value === "string" ? `the text ${JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value)}` : `a ${typeof value}`;
};

const nameOf = (value) => {
  const name = value?.constructor?.name;
  return typeof name === "string" && name !== "Object" && name !== "" ? ` (${name.slice(0, 40)})` : "";
};

const refuse = (name, expected, value) => {
  throw new TypeError(`${name}: expected ${expected}, found ${found(value)}`);
};

/** A text that is one. */
export const textOf = (name, value) => (typeof value === "string" ? value : refuse(name, "a text", value));

/** A text, or nothing. */
export const maybeTextOf = (name, value) => (value === undefined || value === null ? undefined : textOf(name, value));

/** A finite number. */
export const numberOf = (name, value) => (typeof value === "number" && Number.isFinite(value) ? value : refuse(name, "a finite number", value));

/** A whole number from 0 on. */
export function countOf(name, value, most = Number.MAX_SAFE_INTEGER) {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value;
  return refuse(name, `a whole number from 0 to ${most.toLocaleString("en")}`, value);
}

export const flagOf = (name, value) => (typeof value === "boolean" ? value : refuse(name, "true or false", value));

export const functionOf = (name, value) => (typeof value === "function" ? value : refuse(name, "a function", value));

export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

export const objectOf = (name, value, what = "an object") => (isObject(value) ? value : refuse(name, what, value));

/** Values that JSON writes as something else, without a word. */
function lostInJson(item) {
  if (["function", "symbol", "bigint"].includes(typeof item)) return true;
  if (typeof item === "number") return !Number.isFinite(item);
  return item instanceof Map || item instanceof Set || item instanceof Promise || item instanceof ArrayBuffer || ArrayBuffer.isView(item);
}

/** A value as JSON text. What JSON would drop or turn into something else is refused. */
export function jsonOf(name, value) {
  let refused;
  let text;
  try {
    text = JSON.stringify(value, function (key, item) {
      const hole = item === undefined && Array.isArray(this);
      const original = this?.[key];
      if (lostInJson(item) || (ArrayBuffer.isView(original) && original !== item) || hole) {
        const shown = typeof item === "number" ? String(item) : found(hole ? undefined : original ?? item);
        refused = new TypeError(`${name}: ${key ? `\`${String(key).slice(0, 80)}\` is` : "this is"} ${shown}, which JSON cannot say`);
        throw refused;
      }
      return item;
    });
  } catch (error) {
    if (error === refused || !(error instanceof TypeError) || !/circular|cyclic/i.test(error.message)) throw error;
    throw new TypeError(`${name}: this refers to itself, which JSON cannot say`);
  }
  return text === undefined ? refuse(name, "a value", value) : text;
}

/** A document as its JSON text: an object, or the text itself; nothing where that is allowed. */
export function documentOf(name, value, optional = true) {
  if (optional && (value === undefined || value === null)) return undefined;
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) refuse(name, "an object or its JSON text", value);
  return jsonOf(name, value);
}

/** Options: an object whose known fields are of their kinds; the module names those it does not know. */
export function optionsOf(name, value, kinds) {
  if (value === undefined || value === null) return undefined;
  objectOf(`${name}: options`, value);
  jsonOf(`${name}: options`, value);
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(kinds, key));
  if (unknown !== undefined) {
    throw new TypeError(`${name}: unknown option \`${unknown.slice(0, 80)}\`: there are ${Object.keys(kinds).join(", ")}`);
  }
  for (const [key, kind] of Object.entries(kinds)) {
    if (value[key] !== undefined && value[key] !== null) kind(`${name}: ${key}`, value[key]);
  }
  return value;
}

/** A list of texts. */
export function textsOf(name, value) {
  if (!Array.isArray(value)) refuse(name, "a list of texts", value);
  return value.map((item, index) => textOf(`${name}[${index}]`, item));
}

/** The bytes of a text, a buffer or a view of one. */
export function bytesOf(name, value) {
  if (typeof value === "string") return new TextEncoder().encode(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return refuse(name, "text, an ArrayBuffer or a view of one", value);
}

/** A body in which bytes are base64, as the SDK sends them. */
export function packed(body, around = []) {
  if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer) {
    const bytes = ArrayBuffer.isView(body) ? new Uint8Array(body.buffer, body.byteOffset, body.byteLength) : new Uint8Array(body);
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  }
  if (typeof body !== "object" || body === null || typeof body.toJSON === "function") return body;
  if (around.includes(body)) throw new TypeError("this refers to itself, which JSON cannot say");
  const inside = [...around, body];
  if (Array.isArray(body)) return body.map((value) => packed(value, inside));
  if (!isObject(body)) return body;
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, packed(value, inside)]));
}

/** The name of the method that `using` calls, also where the language does not have it yet. */
export const dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
