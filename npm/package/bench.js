// Benchmarks of any async function in real time, and of the simulator and the mock in virtual time.
// The WebAssembly module says what to send and when to stop waiting; here clients are called and
// time is waited for.

import { documentOf, functionOf, objectOf, optionsOf, signalOf, textOf } from "./values.js";

/** A pause that can be cut short; milliseconds. */
function pause(ms) {
  let wake;
  const over = new Promise((resolve) => {
    const timer = ms === undefined ? undefined : setTimeout(resolve, Math.min(ms, 2 ** 31 - 1));
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { over, wake };
}

/** How long a page may wait for its turn. */
const TURN_MS = 40;
/** Steps in virtual time between two looks at the clock. */
const STEPS = 20_000;

/** One run in real time. */
async function measure(wire, call, client, { now, signal, told }) {
  const waiting = new Map();
  let sleep;
  let broken;
  const wake = () => sleep?.wake();
  const settled = (id, tell) => {
    // What comes after its timeout, or after the end, counts as nothing.
    if (!waiting.delete(id)) return;
    try {
      tell();
    } catch (error) {
      broken ??= error;
    }
    wake();
  };
  const send = ({ id, ...asked }) => {
    const giveUp = new AbortController();
    waiting.set(id, giveUp);
    new Promise((resolve) => resolve(client({ ...call, ...asked, id, signal: giveUp.signal }))).then(
      (answer) => settled(id, () => wire.answer(id, now(), answer)),
      (error) => settled(id, () => wire.fail(id, now(), String(error?.name ?? error).slice(0, 80) || "Error")),
    );
  };
  const stop = () => {
    wire.cancel();
    wake();
  };
  signal?.addEventListener("abort", stop);
  let turn = now();
  try {
    for (;;) {
      if (broken) throw broken;
      const next = wire.next(now());
      if (next.done) return;
      if (next.send) send(next.send);
      else if (next.drop !== undefined) {
        waiting.get(next.drop)?.abort(new DOMException("the benchmark's timeout", "TimeoutError"));
        waiting.delete(next.drop);
      } else {
        sleep = pause(next.wait === null ? undefined : Math.max(0, next.wait - now()));
        await sleep.over;
        told();
        // A client that answers at once must not keep everyone else from their turn.
        if (now() - turn > TURN_MS) {
          await pause(0).over;
          turn = now();
        }
      }
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    for (const giveUp of waiting.values()) giveUp.abort(new DOMException("the benchmark has ended", "AbortError"));
    waiting.clear();
  }
}

/** Runs in virtual time, a piece at a time. */
async function rehearse(wire, { signal, told }) {
  let turn = performance.now();
  while (!signal?.aborted && !wire.rehearse(STEPS)) {
    if (performance.now() - turn < TURN_MS) continue;
    told();
    await pause(0).over;
    turn = performance.now();
  }
  if (signal?.aborted) wire.cancel();
}

/** Options of `benchmark`. */
const BENCHMARK = { onProgress: functionOf, signal: signalOf, label: textOf, scenario: documentOf, now: functionOf };

export function makeBenchmark(WireBenchmark) {
  return async function benchmark(suite, client = "simulator", options = {}) {
    const { onProgress, signal, label, scenario, now = () => performance.now() } = optionsOf("benchmark", options, BENCHMARK) ?? {};
    const real = typeof client === "function";
    if (!real) textOf("benchmark: client", client);
    const given = documentOf("benchmark: suite", suite);
    const wire = new WireBenchmark(given, real ? "function" : client, scenario, label);
    let run;
    const told = () => onProgress?.({ ...run, ...wire.progress() });
    try {
      if (!real) await rehearse(wire, { signal, told });
      while (real && !signal?.aborted && (run = wire.begin(now()))) {
        await measure(wire, run, client, { now, signal, told });
        wire.end();
      }
      told();
      return JSON.parse(wire.document());
    } finally {
      wire.free();
    }
  };
}

export function makeRenderReport(renderReport, kinds) {
  return (document, format = "html", options = {}) => {
    const { baseline, ...rest } = objectOf("renderReport: options", options ?? {});
    return renderReport(
      documentOf("renderReport: document", document, false),
      textOf("renderReport: format", format),
      documentOf("renderReport: baseline", baseline),
      optionsOf("renderReport", rest, kinds),
    );
  };
}
