// The mock behind the interfaces that JavaScript clients use. Everything it knows is in the
// WebAssembly module; here bytes are only carried, and time is waited for.

import {
  RehearsalError, amountOf, anyObjectOf, askedOf, bodyOf, callsThrough, countOf, dayOf, dispose, documentOf, functionOf, isObject, jsonOf, maybeTextOf, objectOf, optionsOf, reading,
  refuse, signalOf, textOf, textsOf,
} from "./values.js";

/** What a client sees when a connection breaks. */
const broken = () => Object.assign(new TypeError("network error: the connection was cut"), { code: "ECONNRESET" });

/** The longest that a timer waits: longer ones would be over at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** A pause, over as soon as one of the signals aborts: then with its reason. */
const pause = (ms, signals) =>
  new Promise((resolve, reject) => {
    const over = (end, value) => {
      clearTimeout(timer);
      for (const leave of left) leave();
      end(value);
    };
    const timer = setTimeout(() => over(resolve), Math.min(ms, LONGEST_MS));
    const left = signals.map((signal) => onAbort(signal, () => over(reject, signal.reason)));
    const aborted = signals.find((signal) => signal?.aborted);
    if (aborted) over(reject, aborted.reason);
  });

/** Calls `stop` when a signal aborts; what comes back ends that. */
const onAbort = (signal, stop) => {
  if (signal?.addEventListener) {
    signal.addEventListener("abort", stop, { once: true });
    return () => signal.removeEventListener?.("abort", stop);
  }
  // Some SDKs' signals have the older property only.
  if (signal) signal.onabort = stop;
  return () => {
    if (signal?.onabort === stop) signal.onabort = null;
  };
};

/** The reason of a signal that has aborted; those of some SDKs have none. */
const throwIfAborted = (signal) => {
  if (signal?.aborted) throw signal.reason ?? new DOMException("This operation was aborted", "AbortError");
};

/** What was asked for, unless a signal aborts before. */
const unlessAborted = (asked, signal) =>
  new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal?.aborted) return stop();
    const leave = onAbort(signal, stop);
    Promise.resolve(asked).then(resolve, reject).finally(leave);
  });

/** A request body as bytes, whatever a client made of it. */
async function bytesOf(where, body) {
  const given = bodyOf(where, body);
  if (given === undefined) return new Uint8Array();
  return given instanceof Uint8Array ? given : new Uint8Array(await new Response(given).arrayBuffer());
}

/** Fixtures as the module takes them: names and texts, or null for those of the product. */
function filesOf(fixtures) {
  if (fixtures == null) return null;
  const files = Object.create(null);
  const add = (name, fixture) => {
    const where = `createMock: fixtures: ${name}`;
    if (typeof fixture !== "string" && !isObject(fixture)) refuse(where, "a fixture or its text", fixture);
    files[name] = documentOf(where, fixture);
  };
  if (Array.isArray(fixtures)) {
    // Two of one id stay two files, so that the module can say so.
    for (let index = 0; index < fixtures.length; index += 1) {
      const fixture = fixtures[index];
      const id = fixture?.fixture_id;
      add(typeof id === "string" && !(`${id}.json` in files) ? `${id}.json` : `fixtures[${index}].json`, fixture);
    }
  } else {
    const what = "a list of fixtures or an object of file names and texts";
    for (const [name, fixture] of Object.entries(objectOf("createMock: fixtures", fixtures, what))) add(name, fixture);
  }
  return files;
}

/** Options of a call without an SDK. */
const CALL = { signal: signalOf };
/** Bytes are sent as the SDKs send them. */
const SENT = { bytes: true };

/** A model's id as a part of a path. */
const segmentOf = (where, id) => {
  try {
    return encodeURIComponent(textOf(where, id));
  } catch (error) {
    if (error instanceof RehearsalError) throw error;
    return refuse(where, "a text without halves of characters", id, "out_of_range");
  }
};

/** The options that had a spelling of their own before 0.2.0; both are read. */
const EARLIER = { errorRate: "error_rate", throttleRate: "throttle_rate", coldStartMs: "cold_start_ms" };

/** The options in the spelling of the configuration file. */
const spelledAsInFiles = (options) => {
  const spelled = { ...options };
  for (const [earlier, name] of Object.entries(EARLIER)) {
    // What is undefined is not given.
    if (spelled[earlier] !== undefined && spelled[name] !== undefined) refuse(`createMock: ${earlier}`, `nothing beside \`${name}\`, its newer name`, spelled[earlier]);
    if (spelled[earlier] !== undefined) spelled[name] = spelled[earlier];
    delete spelled[earlier];
  }
  return spelled;
};

/** Faults that are nothing but time. */
const DELAYS = ["stall", "slow_first_token"];

/** Says once of each kind of fault that it does nothing where waiting takes no time. */
const makeWarnIdle = (speed) => {
  const warned = new Set();
  return (faults) => {
    if (speed > 0 || !Array.isArray(faults)) return;
    for (const kind of DELAYS.filter((kind) => !warned.has(kind) && faults.some((fault) => fault?.kind === kind))) {
      warned.add(kind);
      console.warn(`rehearsal: the fault ${kind} does nothing, because speed 0 makes time 0; give createMock or setupBedrock the option speed: 1`);
    }
  };
};

export function makeCreateMock(WireMock, readFixtures = () => undefined) {
  return function createMock(options = {}) {
    const { fixtures, speed = 0, now = () => performance.now(), ...rest } = objectOf("createMock: options", options);
    if (amountOf("createMock: speed", speed) > 1e6) refuse("createMock: speed", "a number from 0 to 1,000,000", speed, "out_of_range");
    functionOf("createMock: now", now);
    if (rest.today != null) dayOf("createMock: today", rest.today);
    const config = spelledAsInFiles(rest);
    // Where waiting takes no time, faults that need time say that they do nothing.
    if (speed === 0) config.timeless ??= true;
    const wire = new WireMock(jsonOf("createMock: options", config), JSON.stringify(reading("createMock: fixtures", () => filesOf(readFixtures(fixtures) ?? fixtures))));
    const warnIdle = makeWarnIdle(speed);
    warnIdle(config.faults);
    const clock = () => reading("createMock: now", () => Number(now()));
    const begun = clock();
    const waiting = (ms, ...signals) => (speed > 0 && ms > 0 ? pause(ms / speed, signals) : undefined);
    let freed = false;
    const open = () => {
      if (freed) throw new RehearsalError("freed", "mock", "this mock was freed; create another one");
      return wire;
    };
    const free = () => {
      if (!freed) wire.free();
      freed = true;
    };

    /** One exchange: the head, and the pieces with their times. */
    async function exchange(method, path, headers, body, signal) {
      const at = (clock() - begun) * (speed > 0 ? speed : 1);
      const sent = headers.flat(1).map(String);
      // Who gives up waits for no body that still comes.
      const bytes = await unlessAborted(bytesOf("request: body", body), signal);
      const [head, pieces] = open().handle(method, path, sent, bytes, at);
      const reply = { ...JSON.parse(head), pieces };
      // No service sends 0: the connection broke before a status line.
      if (reply.status === 0) throw broken();
      return reply;
    }

    /** The pieces as a stream that keeps their times, or breaks; at an abort it ends at once, with what it still held. */
    const stream = ({ pieces, times_ms, at_ms, cut }, signal, reason) => {
      let index = 0;
      let leave = () => {};
      // Who cancels waits for no timer.
      const cancelled = new AbortController();
      const end = () => {
        leave();
        pieces = [];
        cancelled.abort();
      };
      return new ReadableStream({
        start(controller) {
          const stop = () => {
            end();
            controller.error(reason());
          };
          if (signal?.aborted) return stop();
          leave = onAbort(signal, stop);
        },
        async pull(controller) {
          if (index === pieces.length) {
            end();
            return cut ? controller.error(broken()) : controller.close();
          }
          try {
            await waiting(times_ms[index] - (index > 0 ? times_ms[index - 1] : at_ms), cancelled.signal);
          } catch {
            return;
          }
          if (!cancelled.signal.aborted) controller.enqueue(pieces[index++]);
        },
        cancel: end,
      });
    };

    async function fetch(input, init) {
      const { request, url, method, headers, signal, body } = askedOf("fetch", input, init);
      throwIfAborted(signal);
      // Which of Bedrock's hosts is asked shows in the URL.
      const sent = [...headers, ["host", url.host]];
      const reply = await exchange(method, url.pathname + url.search, sent, body ?? request?.body, signal);
      await waiting(reply.at_ms, signal);
      throwIfAborted(signal);
      return new Response(reply.stream ? stream(reply, signal, () => signal.reason) : reply.pieces[0], {
        status: reply.status,
        headers: reply.headers,
      });
    }

    const requestHandler = {
      metadata: { handlerProtocol: "http/1.1" },
      async handle(request, options) {
        const { method, path, headers, body } = handled(request);
        const { abortSignal, requestTimeout } = waitedFor(options);
        const aborted = () => Object.assign(new Error("Request aborted"), { name: "AbortError" });
        if (abortSignal?.aborted) throw aborted();
        const reply = await exchange(method, path, headers, body, abortSignal).catch((error) => {
          throw abortSignal?.aborted ? aborted() : error;
        });
        const late = requestTimeout > 0 && speed > 0 && reply.at_ms / speed > requestTimeout;
        try {
          await waiting(late ? requestTimeout * speed : reply.at_ms, abortSignal);
        } catch {
          throw aborted();
        }
        if (abortSignal?.aborted) throw aborted();
        if (late) throw Object.assign(new Error(`no answer within ${requestTimeout} ms`), { name: "TimeoutError" });
        return {
          response: {
            statusCode: reply.status,
            headers: Object.fromEntries(reply.headers),
            body: reply.stream ? stream(reply, abortSignal, aborted) : reply.pieces[0],
          },
        };
      },
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
      destroy() {},
    };

    /** What an SDK's handler is given: an instance of its own class. */
    const handled = (request) => {
      const where = "handle: request";
      const { method, path, headers, body } = reading(where, () => {
        const { method, path, headers, body } = anyObjectOf(where, request);
        return { method, path, headers, body };
      });
      return { method: textOf(`${where}.method`, method), path: textOf(`${where}.path`, path), headers: headersOf(`${where}.headers`, headers), body };
    };
    /** SDKs also give numbers as values, lists, and undefined for headers that are not sent. */
    const headersOf = (where, headers) =>
      reading(where, () => {
        const pairs = Object.entries(headers == null ? {} : anyObjectOf(where, headers)).filter(([, value]) => value != null);
        const wrong = pairs.find(([, value]) => !["string", "number", "boolean"].includes(typeof value) && !Array.isArray(value));
        if (wrong) refuse(`${where}.${wrong[0].slice(0, 80)}`, "a text, a number or a list of texts", wrong[1]);
        return pairs.map(([name, value]) => [name, Array.isArray(value) ? textsOf(`${where}.${name.slice(0, 80)}`, value) : value]);
      });

    /** How long an SDK waits. */
    const waitedFor = (options) =>
      reading("handle: options", () => {
        const { abortSignal, requestTimeout } = options == null ? {} : anyObjectOf("handle: options", options);
        return {
          abortSignal: abortSignal == null ? undefined : signalOf("handle: options.abortSignal", abortSignal),
          requestTimeout: requestTimeout == null ? undefined : amountOf("handle: options.requestTimeout", requestTimeout),
        };
      });

    /** A call without any SDK: the answer, or an error with the exception's name. */
    async function call(fetch, name, segment, given, bodyIn, options) {
      const request = objectOf(`${name}: request`, given);
      const { signal } = optionsOf(name, options, CALL) ?? {};
      const path = `/model/${segmentOf(`${name}: request.modelId`, request.modelId)}/${segment}`;
      const body = bodyIn(name, request);
      const response = await fetch(path, { method: "POST", body, signal });
      if (response.ok) return response;
      const { message, ...fields } = await response.json();
      const error = (response.headers.get("x-amzn-errortype") ?? "UnknownError").split(":")[0];
      throw Object.assign(new Error(message), { name: error, status: response.status, ...fields });
    }

    /** The events of a stream as they arrive. */
    async function* events(...asked) {
      const response = await call(...asked);
      let rest = new Uint8Array();
      for await (const bytes of response.body) {
        const joined = new Uint8Array(rest.length + bytes.length);
        joined.set(rest);
        joined.set(bytes, rest.length);
        const { frames, used } = WireMock.decode(joined);
        rest = joined.slice(used);
        for (const { type, exception, message, payload } of JSON.parse(frames)) {
          if (exception) throw Object.assign(new Error(message ?? payload?.message ?? ""), { name: exception });
          yield payload?.bytes ? JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload.bytes), (c) => c.codePointAt(0)))) : { [type]: payload };
        }
      }
    }

    /** The body of a request, as JSON: all of it but its model, what the provider takes, what is to be counted. */
    const withoutModel = (name, { modelId, ...rest }) => jsonOf(`${name}: request`, rest, SENT);
    const counted = (name, { input }) => jsonOf(`${name}: request`, { input }, SENT);
    const invoked = (name, { body }) => {
      const where = `${name}: request.body`;
      if (typeof body !== "string") return jsonOf(where, objectOf(where, body, "an object or its JSON text"), SENT);
      try {
        return JSON.stringify(JSON.parse(textOf(where, body)));
      } catch {
        return refuse(where, "an object or its JSON text", body, "not_json");
      }
    };

    /** The calls without any SDK, by a `fetch`. */
    const callsBy = (fetch) => ({
      converse: async (request, options) => (await call(fetch, "converse", "converse", request, withoutModel, options)).json(),
      converseStream: (request, options) => events(fetch, "converseStream", "converse-stream", request, withoutModel, options),
      invokeModel: async (request, options) => (await call(fetch, "invokeModel", "invoke", request, invoked, options)).json(),
      invokeModelWithResponseStream: (request, options) =>
        events(fetch, "invokeModelWithResponseStream", "invoke-with-response-stream", request, invoked, options),
      countTokens: async (request, options) =>
        (await (await call(fetch, "countTokens", "count-tokens", request, counted, options)).json()).inputTokens,
    });

    return {
      requestHandler,
      fetch,
      ...callsBy(fetch),
      [callsThrough]: callsBy,
      forceError(code, message, count = 1) {
        countOf("forceError: count", count, 1e6);
        open().forceError(textOf("forceError: code", code), maybeTextOf("forceError: message", message), count);
      },
      faults(list) {
        open().faults(jsonOf("faults: faults", list));
        warnIdle(list);
      },
      setResponseOverride: (promptHash, response) =>
        open().setResponseOverride(textOf("setResponseOverride: promptHash", promptHash), textOf("setResponseOverride: response", response)),
      report: () => JSON.parse(open().report()),
      log: () => JSON.parse(open().log()),
      models: () => JSON.parse(open().models()),
      reset: () => open().reset(),
      free,
      [dispose]: free,
    };
  };
}
