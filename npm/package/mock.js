// The mock behind the interfaces that JavaScript clients use. Everything it knows is in the
// WebAssembly module; here bytes are only carried, and time is waited for.

/** What a client sees when a connection breaks. */
const broken = () => Object.assign(new TypeError("network error: the connection was cut"), { code: "ECONNRESET" });

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A request body as bytes, whatever a client made of it. */
async function bytesOf(body) {
  if (body == null) return new Uint8Array();
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  return new Uint8Array(await new Response(body).arrayBuffer());
}

/** A value as JSON text. What JSON would drop or turn into null without a word is refused. */
function jsonOf(name, value) {
  const text = JSON.stringify(value, (key, item) => {
    const lost = ["function", "symbol", "bigint"].includes(typeof item) || (typeof item === "number" && !Number.isFinite(item));
    if (lost) throw new TypeError(`${name}: ${key ? `\`${key}\` is` : "this is"} ${String(item)}, which JSON cannot say`);
    return item;
  });
  if (text === undefined) throw new TypeError(`${name}: expected a value, found ${value}`);
  return text;
}

/** A text that is one. */
function textOf(name, value) {
  if (typeof value !== "string") throw new TypeError(`${name}: expected a text, found ${value === null ? "null" : typeof value}`);
  return value;
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

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
    const waiting = (ms) => (speed > 0 && ms > 0 ? pause(ms / speed) : undefined);

    /** One exchange: the head, and the pieces with their times. */
    async function exchange(method, path, headers, body) {
      const clock = Number(now() - begun) * (speed > 0 ? speed : 1);
      // SDKs also give numbers as values, and undefined for headers that are not sent.
      const sent = headers.filter(([, value]) => value != null).flat().map(String);
      const [head, pieces] = wire.handle(textOf("method", method), textOf("path", path), sent, await bytesOf(body), clock);
      const reply = { ...JSON.parse(head), pieces };
      // No service sends 0: the connection broke before a status line.
      if (reply.status === 0) throw broken();
      return reply;
    }

    /** The pieces as a stream that keeps their times, or breaks. */
    const stream = ({ pieces, times_ms, at_ms, cut }, signal) => {
      let index = 0;
      return new ReadableStream({
        async pull(controller) {
          if (signal?.aborted) return controller.error(signal.reason);
          if (index === pieces.length) return cut ? controller.error(broken()) : controller.close();
          await waiting(times_ms[index] - (index > 0 ? times_ms[index - 1] : at_ms));
          controller.enqueue(pieces[index++]);
        },
      });
    };

    async function fetch(input, init = {}) {
      const request = input instanceof Request ? input : undefined;
      const url = new URL(request ? request.url : input, "http://localhost");
      const method = init.method ?? request?.method ?? "GET";
      const headers = [...new Headers(init.headers ?? request?.headers)];
      const signal = init.signal ?? request?.signal;
      signal?.throwIfAborted();
      const reply = await exchange(method, url.pathname, headers, init.body ?? (await request?.arrayBuffer()));
      await waiting(reply.at_ms);
      signal?.throwIfAborted();
      return new Response(reply.stream ? stream(reply, signal) : reply.pieces[0], {
        status: reply.status,
        headers: reply.headers,
      });
    }

    const requestHandler = {
      metadata: { handlerProtocol: "http/1.1" },
      async handle(request, { abortSignal } = {}) {
        const aborted = () => Object.assign(new Error("Request aborted"), { name: "AbortError" });
        if (abortSignal?.aborted) throw aborted();
        const reply = await exchange(request.method, request.path, Object.entries(request.headers ?? {}), request.body);
        await waiting(reply.at_ms);
        if (abortSignal?.aborted) throw aborted();
        return {
          response: {
            statusCode: reply.status,
            headers: Object.fromEntries(reply.headers),
            body: reply.stream ? stream(reply, abortSignal) : reply.pieces[0],
          },
        };
      },
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
      destroy() {},
    };

    /** A call without any SDK: the body of the answer, or an error with the exception's name. */
    async function call(segment, modelId, body) {
      const path = `/model/${encodeURIComponent(modelId)}/${segment}`;
      const response = await fetch(path, { method: "POST", body: JSON.stringify(body) });
      if (response.ok) return response;
      const { message, ...fields } = await response.json();
      const name = (response.headers.get("x-amzn-errortype") ?? "UnknownError").split(":")[0];
      throw Object.assign(new Error(message), { name, status: response.status, ...fields });
    }

    /** The events of a stream as they arrive. */
    async function* events(segment, modelId, body) {
      const response = await call(segment, modelId, body);
      let rest = new Uint8Array();
      for await (const bytes of response.body) {
        const joined = new Uint8Array(rest.length + bytes.length);
        joined.set(rest);
        joined.set(bytes, rest.length);
        const { frames, used } = WireMock.decode(joined);
        rest = joined.slice(used);
        for (const { type, exception, payload } of JSON.parse(frames)) {
          if (exception) throw Object.assign(new Error(payload.message), { name: exception });
          yield payload.bytes ? JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload.bytes), (c) => c.codePointAt(0)))) : { [type]: payload };
        }
      }
    }

    return {
      requestHandler,
      fetch,
      converse: async ({ modelId, ...body }) => (await call("converse", modelId, body)).json(),
      converseStream: ({ modelId, ...body }) => events("converse-stream", modelId, body),
      invokeModel: async ({ modelId, body }) => (await call("invoke", modelId, body)).json(),
      invokeModelWithResponseStream: ({ modelId, body }) => events("invoke-with-response-stream", modelId, body),
      countTokens: async ({ modelId, input }) => (await (await call("count-tokens", modelId, { input })).json()).inputTokens,
      forceError(code, message, count = 1) {
        if (!Number.isInteger(count) || count < 0 || count > 1e6) throw new RangeError("count: expected a whole number from 0 to 1,000,000");
        wire.forceError(textOf("code", code), message == null ? undefined : textOf("message", message), count);
      },
      faults: (list) => wire.faults(jsonOf("faults", list)),
      setResponseOverride: (promptHash, response) =>
        wire.setResponseOverride(textOf("promptHash", promptHash), textOf("response", response)),
      report: () => JSON.parse(wire.report()),
      log: () => JSON.parse(wire.log()),
      reset: () => wire.reset(),
    };
  };
}
