// Helpers for a team's own tests. What they know is in the WebAssembly module; here bytes are only
// watched on their way.

/** A body as a stream that passes everything on and tells, at its end, what came. */
function watched(body, done) {
  const parts = [];
  const finish = () => {
    const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
    done(all);
  };
  const source = body[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { value, done: ended } = await source.next();
        if (ended) {
          finish();
          return controller.close();
        }
        parts.push(value.slice());
        controller.enqueue(value);
      } catch (error) {
        // A stream that breaks off is recorded as far as it came.
        finish();
        controller.error(error);
      }
    },
    async cancel(reason) {
      finish();
      await source.return?.(reason);
    },
  });
}

const bytesOf = (body) => (typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body ?? []));

export function makeCreateRecorder(WireRecorder) {
  /** Records what a client asks and what comes back, of the mock or of the service. */
  return function createRecorder() {
    const recorder = new WireRecorder();
    const open = new Set();

    /** Watches one answer; the exchange is kept when its body has come. */
    function record(path, asked, status, type, body) {
      if (body == null || body instanceof Uint8Array) {
        recorder.add(path, asked, status, type, body ?? new Uint8Array());
        return body;
      }
      let finish;
      const ended = new Promise((resolve) => (finish = resolve));
      open.add(ended);
      return watched(body, (all) => {
        recorder.add(path, asked, status, type, all);
        open.delete(ended);
        finish();
      });
    }

    return {
      /** A fetch that records. */
      fetch: (real) => async (input, init) => {
        const request = new Request(input instanceof Request ? input : new URL(input, "http://localhost"), init);
        const asked = new Uint8Array(await request.clone().arrayBuffer());
        const response = await real(request);
        const type = response.headers.get("content-type") ?? "";
        const { status, statusText, headers } = response;
        const body = record(new URL(request.url).pathname, asked, status, type, response.body);
        return new Response(body, { status, statusText, headers });
      },

      /** A request handler that records. */
      requestHandler: (real) => ({
        ...real,
        metadata: real.metadata,
        async handle(request, options) {
          const { response } = await real.handle(request, options);
          const type = response.headers["content-type"] ?? "";
          const body = record(request.path, bytesOf(request.body), response.statusCode, type, response.body);
          return { response: Object.assign(Object.create(Object.getPrototypeOf(response)), response, { body }) };
        },
        updateHttpClientConfig: (key, value) => real.updateHttpClientConfig?.(key, value),
        httpHandlerConfigs: () => real.httpHandlerConfigs?.() ?? {},
        destroy: () => real.destroy?.(),
      }),

      /** The snapshot as the text of its file, once every answer has been read. */
      snapshot: async () => {
        await Promise.all(open);
        return recorder.snapshot();
      },
    };
  };
}

export const makeCompareSnapshots = (compare) => (before, after) => JSON.parse(compare(before, after));

/** A body as text or as an object is taken as bytes are. */
export const makeContractViolations = (violations) => (operation, body, status = 200) => {
  if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer) return violations(operation, status, new Uint8Array(body.buffer ?? body, body.byteOffset, body.byteLength));
  return violations(operation, status, bytesOf(typeof body === "string" ? body : JSON.stringify(body)));
};
