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

/** Fixtures as the module takes them: names and texts, or null for those of the product. */
function filesOf(fixtures) {
  if (fixtures == null) return null;
  if (Array.isArray(fixtures)) {
    return Object.fromEntries(
      fixtures.map((fixture, index) => [
        fixture.fixture_id ? `${fixture.fixture_id}.json` : `fixtures[${index}].json`,
        typeof fixture === "string" ? fixture : JSON.stringify(fixture),
      ]),
    );
  }
  if (typeof fixtures === "object") {
    return Object.fromEntries(
      Object.entries(fixtures).map(([name, text]) => [name, typeof text === "string" ? text : JSON.stringify(text)]),
    );
  }
  throw new TypeError("fixtures: expected a list of fixtures or an object of file names and texts");
}

/** Options of JavaScript in the spelling of the configuration file. */
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export function makeCreateMock(WireMock, readFixtures = () => undefined) {
  return function createMock(options = {}) {
    const { fixtures, speed = 0, now = () => performance.now(), ...rest } = options;
    const config = Object.fromEntries(Object.entries(rest).map(([name, value]) => [snake(name), value]));
    const wire = new WireMock(JSON.stringify(config), JSON.stringify(filesOf(readFixtures(fixtures) ?? fixtures)));
    const begun = now();
    const waiting = (ms) => (speed > 0 && ms > 0 ? pause(ms / speed) : undefined);

    /** One exchange: the head, and the pieces with their times. */
    async function exchange(method, path, headers, body) {
      const clock = (now() - begun) * (speed > 0 ? speed : 1);
      const [head, pieces] = wire.handle(method, path, headers.flat(), await bytesOf(body), clock);
      return { ...JSON.parse(head), pieces };
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
        const reply = await exchange(request.method, request.path, Object.entries(request.headers), request.body);
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
      forceError: (code, message, count = 1) => wire.forceError(code, message, count),
      faults: (list) => wire.faults(JSON.stringify(list)),
      setResponseOverride: (promptHash, response) => wire.setResponseOverride(promptHash, response),
      report: () => JSON.parse(wire.report()),
      log: () => JSON.parse(wire.log()),
      reset: () => wire.reset(),
    };
  };
}
