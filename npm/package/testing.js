// Helpers for a team's own tests. What they know is in the WebAssembly module; here bytes are only
// watched on their way.
import { RehearsalError, anyObjectOf, askedOf, bytesOf, countOf, dispose, functionOf, isBytes, jsonOf, reading, textOf } from "./values.js";

/** A body as a stream that passes everything on and tells, at its end, what came; `rest` takes what nobody has asked for yet. */
function watched(body, done) {
  const source = body[Symbol.asyncIterator]();
  const parts = [];
  const waiting = [];
  let ended = false;
  let failure;
  const end = () => {
    if (ended) return;
    ended = true;
    const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
    done(all);
  };
  const take = async () => {
    if (ended) return;
    try {
      const { value, done: over } = await source.next();
      if (over) return end();
      parts.push(value.slice());
      waiting.push(value);
    } catch (error) {
      // A stream that breaks off is recorded as far as it came.
      failure = { error };
      end();
    }
  };
  // One after the other, whoever asks.
  let last = Promise.resolve();
  const taken = () => (last = last.then(take));
  const stream = new ReadableStream({
    async pull(controller) {
      if (waiting.length === 0) await taken();
      if (waiting.length > 0) return controller.enqueue(waiting.shift());
      if (failure) controller.error(failure.error);
      else controller.close();
    },
    async cancel(reason) {
      end();
      await source.return?.(reason);
    },
  });
  const rest = async () => {
    while (!ended) await taken();
  };
  return { stream, rest };
}

/** What a client asked, as far as it is at hand. */
const askedBytes = (body) => (typeof body === "string" || isBytes(body) ? bytesOf("handle: request.body", body) : new Uint8Array());

export function makeCreateRecorder(WireRecorder) {
  /** Records what a client asks and what comes back, of the mock or of the service. */
  return function createRecorder() {
    let recorder = new WireRecorder();
    const open = new Set();
    const free = () => {
      recorder?.free();
      recorder = undefined;
    };

    /** Watches one answer; the exchange is kept when its body has come. */
    function record(path, asked, status, type, body) {
      if (body == null || body instanceof Uint8Array) {
        recorder?.add(path, asked, status, type, body ?? new Uint8Array());
        return body;
      }
      const { stream, rest } = watched(body, (all) => {
        recorder?.add(path, asked, status, type, all);
        open.delete(rest);
      });
      open.add(rest);
      return stream;
    }

    return {
      /** A fetch that records. */
      fetch: (real) => functionOf("fetch: real", real) && (async (input, init) => {
        const { request: given, url, body } = askedOf("fetch", input, init);
        const options = isBytes(init?.body) ? Object.create(init, { body: { value: body } }) : init ?? undefined;
        const request = reading("fetch: init", () => new Request(given ?? url, options));
        const asked = new Uint8Array(await request.clone().arrayBuffer());
        const response = await real(request);
        const type = response.headers.get("content-type") ?? "";
        const { status, statusText, headers } = response;
        const read = record(new URL(request.url).pathname, asked, status, type, response.body);
        return new Response(read, { status, statusText, headers });
      }),

      /** A request handler that records. */
      requestHandler: (real) => reading("requestHandler: real", () => functionOf("requestHandler: real.handle", anyObjectOf("requestHandler: real", real).handle)) && ({
        ...real,
        metadata: real.metadata,
        async handle(request, options) {
          const { response } = await real.handle(request, options);
          const type = response.headers["content-type"] ?? "";
          const body = record(request.path, askedBytes(request.body), response.statusCode, type, response.body);
          return { response: Object.assign(Object.create(Object.getPrototypeOf(response)), response, { body }) };
        },
        updateHttpClientConfig: (key, value) => real.updateHttpClientConfig?.(key, value),
        httpHandlerConfigs: () => real.httpHandlerConfigs?.() ?? {},
        destroy: () => real.destroy?.(),
      }),

      /** The snapshot as the text of its file. What was not read of an answer is read for it, and is still there for its reader. */
      snapshot: async () => {
        await Promise.all([...open].map((rest) => rest()));
        if (!recorder) throw new RehearsalError("freed", "recorder", "this was freed; create another one");
        return recorder.snapshot();
      },
      free,
      [dispose]: free,
    };
  };
}

export const makeCompareSnapshots = (compare) => (before, after) =>
  JSON.parse(compare(textOf("compareSnapshots: before", before), textOf("compareSnapshots: after", after)));

/** A body as text or as an object is taken as bytes are. */
export const makeContractViolations = (violations) => (operation, body, status = 200) => {
  textOf("contractViolations: operation", operation);
  countOf("contractViolations: status", status, 999);
  const where = "contractViolations: body";
  return violations(operation, status, typeof body === "string" || isBytes(body) ? bytesOf(where, body) : bytesOf(where, jsonOf(where, body)));
};
