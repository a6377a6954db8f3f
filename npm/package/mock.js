// The mock behind the interfaces that JavaScript clients use. Everything it knows is in the
// WebAssembly module; here bytes are only carried, and time is waited for.

import { dispose, isObject, jsonOf, objectOf, packed, textOf } from "./values.js";

/** What a client sees when a connection breaks. */
const broken = () => Object.assign(new TypeError("network error: the connection was cut"), { code: "ECONNRESET" });

/** The longest that a timer waits: longer ones would be over at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** A pause, over as soon as one of the signals aborts: then with its reason. */
const pause = (ms, signals) =>
  new Promise((resolve, reject) => {
    const over = (end, value) => () => {
      clearTimeout(timer);
      for (const [signal, stop] of stops) signal.removeEventListener?.("abort", stop);
      end(value);
    };
    const timer = setTimeout(() => over(resolve)(), Math.min(ms, LONGEST_MS));
    const stops = signals.filter(Boolean).map((signal) => [signal, () => over(reject, signal.reason)()]);
    for (const [signal, stop] of stops) {
      if (signal.aborted) return stop();
      // Some SDKs' signals have the older property only.
      if (signal.addEventListener) signal.addEventListener("abort", stop, { once: true });
      else signal.onabort = stop;
    }
  });

/** A request body as bytes, whatever a client made of it. */
async function bytesOf(body) {
  if (body == null) return new Uint8Array();
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  return new Uint8Array(await new Response(body).arrayBuffer());
}

/** Fixtures as the module takes them: names and texts, or null for those of the product. */
function filesOf(fixtures) {
  if (fixtures == null) return null;
  const files = Object.create(null);
  const add = (name, fixture) => {
    if (typeof fixture !== "string" && !isObject(fixture)) throw new TypeError(`${name}: expected a fixture or its text`);
    files[name] = typeof fixture === "string" ? fixture : jsonOf(name, fixture);
  };
  if (Array.isArray(fixtures)) {
    // Two of one id stay two files, so that the module can say so.
    fixtures.forEach((fixture, index) => {
      const name = `${fixture?.fixture_id}.json`;
      add(typeof fixture?.fixture_id === "string" && !(name in files) ? name : `fixtures[${index}].json`, fixture);
    });
  } else if (isObject(fixtures)) {
    for (const [name, fixture] of Object.entries(fixtures)) add(name, fixture);
  } else {
    throw new TypeError("fixtures: expected a list of fixtures or an object of file names and texts");
  }
  return files;
}

/** Options of JavaScript in the spelling of the configuration file. */
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export function makeCreateMock(WireMock, readFixtures = () => undefined) {
  return function createMock(options = {}) {
    if (!isObject(options)) throw new TypeError("createMock: expected an object of options");
    const { fixtures, speed = 0, now = () => performance.now(), ...rest } = options;
    if (typeof speed !== "number" || !(speed >= 0 && speed <= 1e6)) throw new TypeError("speed: expected a number from 0 to 1,000,000");
    if (typeof now !== "function") throw new TypeError("now: expected a function that gives milliseconds");
    const config = Object.fromEntries(Object.entries(rest).map(([name, value]) => [snake(name), value]));
    // Where waiting takes no time, faults that need time say that they do nothing.
    if (speed === 0) config.timeless ??= true;
    const wire = new WireMock(jsonOf("options", config), JSON.stringify(filesOf(readFixtures(fixtures) ?? fixtures)));
    const begun = now();
    const waiting = (ms, ...signals) => (speed > 0 && ms > 0 ? pause(ms / speed, signals) : undefined);
    let freed = false;
    const open = () => {
      if (freed) throw new Error("this mock was freed; create another one");
      return wire;
    };
    const free = () => {
      if (!freed) wire.free();
      freed = true;
    };

    /** One exchange: the head, and the pieces with their times. */
    async function exchange(method, path, headers, body) {
      const clock = Number(now() - begun) * (speed > 0 ? speed : 1);
      // SDKs also give numbers as values, and undefined for headers that are not sent.
      const sent = headers.filter(([, value]) => value != null).flat().map(String);
      const [head, pieces] = open().handle(textOf("method", method), textOf("path", path), sent, await bytesOf(body), clock);
      const reply = { ...JSON.parse(head), pieces };
      // No service sends 0: the connection broke before a status line.
      if (reply.status === 0) throw broken();
      return reply;
    }

    /** The pieces as a stream that keeps their times, or breaks. */
    const stream = ({ pieces, times_ms, at_ms, cut }, signal, reason) => {
      let index = 0;
      // Who cancels waits for no timer.
      const cancelled = new AbortController();
      return new ReadableStream({
        async pull(controller) {
          if (signal?.aborted) return controller.error(reason());
          if (index === pieces.length) return cut ? controller.error(broken()) : controller.close();
          try {
            await waiting(times_ms[index] - (index > 0 ? times_ms[index - 1] : at_ms), signal, cancelled.signal);
          } catch {
            return cancelled.signal.aborted ? undefined : controller.error(reason());
          }
          controller.enqueue(pieces[index++]);
        },
        cancel: () => cancelled.abort(),
      });
    };

    async function fetch(input, init = {}) {
      const request = input instanceof Request ? input : undefined;
      const url = new URL(request ? request.url : input, "http://localhost");
      const method = init.method ?? request?.method ?? "GET";
      // Which of Bedrock's hosts is asked shows in the URL.
      const headers = [...new Headers(init.headers ?? request?.headers), ["host", url.host]];
      const signal = init.signal ?? request?.signal;
      signal?.throwIfAborted();
      const reply = await exchange(method, url.pathname + url.search, headers, init.body ?? (await request?.arrayBuffer()));
      await waiting(reply.at_ms, signal);
      signal?.throwIfAborted();
      return new Response(reply.stream ? stream(reply, signal, () => signal.reason) : reply.pieces[0], {
        status: reply.status,
        headers: reply.headers,
      });
    }

    const requestHandler = {
      metadata: { handlerProtocol: "http/1.1" },
      async handle(request, { abortSignal, requestTimeout } = {}) {
        objectOf("handle: request", request);
        const aborted = () => Object.assign(new Error("Request aborted"), { name: "AbortError" });
        if (abortSignal?.aborted) throw aborted();
        const reply = await exchange(request.method, request.path, Object.entries(request.headers ?? {}), request.body);
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

    /** A call without any SDK: the answer, or an error with the exception's name. */
    async function call(name, segment, request, body, options) {
      objectOf(`${name}: request`, request);
      const path = `/model/${encodeURIComponent(textOf(`${name}: modelId`, request.modelId))}/${segment}`;
      const signal = options?.signal;
      const response = await fetch(path, { method: "POST", body: jsonOf(name, packed(body)), signal });
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

    /** A request without its model. */
    const without = (request) => (isObject(request) ? Object.fromEntries(Object.entries(request).filter(([key]) => key !== "modelId")) : {});
    const invoked = (name, request) => {
      if (typeof request?.body === "string") return JSON.parse(request.body);
      return objectOf(`${name}: body`, request?.body, "an object or its JSON text");
    };

    return {
      requestHandler,
      fetch,
      converse: async (request, options) => (await call("converse", "converse", request, without(request), options)).json(),
      converseStream: (request, options) => events("converseStream", "converse-stream", request, without(request), options),
      invokeModel: async (request, options) => (await call("invokeModel", "invoke", request, invoked("invokeModel", request), options)).json(),
      invokeModelWithResponseStream: (request, options) =>
        events("invokeModelWithResponseStream", "invoke-with-response-stream", request, invoked("invokeModelWithResponseStream", request), options),
      countTokens: async (request, options) =>
        (await (await call("countTokens", "count-tokens", request, { input: request?.input }, options)).json()).inputTokens,
      forceError(code, message, count = 1) {
        if (!Number.isInteger(count) || count < 0 || count > 1e6) throw new RangeError("count: expected a whole number from 0 to 1,000,000");
        open().forceError(textOf("code", code), message == null ? undefined : textOf("message", message), count);
      },
      faults: (list) => open().faults(jsonOf("faults", list)),
      setResponseOverride: (promptHash, response) =>
        open().setResponseOverride(textOf("promptHash", promptHash), textOf("response", response)),
      report: () => JSON.parse(open().report()),
      log: () => JSON.parse(open().log()),
      models: () => JSON.parse(open().models()),
      reset: () => open().reset(),
      free,
      [dispose]: free,
    };
  };
}
