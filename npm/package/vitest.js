// For Vitest, Jest and node:test: a mock for a file of tests, in one line. Every test begins with a fresh
// log; what it asked can be held against a snapshot, and what its client did wrong fails it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { compareSnapshots, createMock, createRecorder } from "./index.node.js";
import { anyObjectOf, callsThrough, objectOf, refuse, textOf } from "./values.js";

/** The hooks of whichever runner this is. */
async function hooksOf() {
  if (typeof globalThis.beforeEach === "function" && typeof globalThis.afterAll === "function") return globalThis;
  if (process.env.VITEST) return import("vitest");
  const { beforeEach, afterEach, after } = await import("node:test");
  return { beforeEach, afterEach, afterAll: after };
}
const hooks = await hooksOf();

/** What `expectNoFindings` is given. */
const OF_A_MOCK = "what createMock() returned, or the member `mock` of what setupBedrock() returned";

/** Fails when a client did something wrong: retried what no retry mends, sent what no fixture's rule knows. */
export function expectNoFindings(mock) {
  const where = "expectNoFindings: mock";
  if (typeof anyObjectOf(where, mock, OF_A_MOCK).report !== "function") refuse(where, OF_A_MOCK, mock);
  const { findings, unknown } = mock.report();
  const said = [...findings.map(({ rule, calls, message }) => `${rule} (calls ${calls.join(", ")}): ${message}`), ...unknown];
  if (said.length > 0) throw new Error(`the mock found ${said.length}:\n- ${said.join("\n- ")}`);
}

/** Holds the text of a snapshot against its file; one that is missing is written, but not in CI. */
function expectSame(file, text, update) {
  const write = () => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  if (update) return write();
  if (!existsSync(file)) {
    if (process.env.CI) throw new Error(`${file}: there is no such snapshot; run the tests once with REHEARSAL_UPDATE=1 and keep it`);
    return write();
  }
  const found = compareSnapshots(readFileSync(file, "utf8"), text);
  if (found.length === 0) return;
  const shown = found.slice(0, 20).map(({ name, path, before, after }) => {
    return `${name} ${path}: ${JSON.stringify(before)} became ${JSON.stringify(after)}`;
  });
  const more = found.length > shown.length ? `\nand ${found.length - shown.length} more` : "";
  throw new Error(`${file}: ${found.length} differences; REHEARSAL_UPDATE=1 takes them over\n- ${shown.join("\n- ")}${more}`);
}

/**
 * A mock for the tests of a file: made at once, reset before each, freed behind the last. `options` are those of
 * `createMock`, with `fixtures` a folder for instance, and `findings: "fail"`, by which every test ends with
 * `expectNoFindings()`.
 */
export function setupBedrock(given = {}) {
  const { findings = "ignore", ...options } = objectOf("setupBedrock: options", given);
  if (!["fail", "ignore"].includes(findings)) refuse("setupBedrock: findings", '"fail" or "ignore"', findings);
  const inner = createMock(options);
  let recorder = createRecorder();
  let handler = recorder.requestHandler(inner.requestHandler);
  hooks.beforeEach(() => {
    inner.reset();
    recorder.free();
    recorder = createRecorder();
    handler = recorder.requestHandler(inner.requestHandler);
  });
  if (findings === "fail") hooks.afterEach(() => expectNoFindings(inner));
  hooks.afterAll(() => {
    recorder.free();
    inner.free();
  });
  const requestHandler = {
    metadata: inner.requestHandler.metadata,
    handle: (request, options) => handler.handle(request, options),
    updateHttpClientConfig: (key, value) => handler.updateHttpClientConfig(key, value),
    httpHandlerConfigs: () => handler.httpHandlerConfigs(),
    destroy: () => {},
  };
  const fetch = (input, init) => recorder.fetch(inner.fetch)(input, init);
  // Whichever way it is asked, the recorder sees it.
  const mock = { ...inner, requestHandler, fetch, ...inner[callsThrough](fetch) };
  return {
    mock,
    /** For `new BedrockRuntimeClient({ requestHandler })`; clients may live longer than a test. */
    requestHandler,
    /** In place of `fetch`. */
    fetch,
    expectNoFindings: () => expectNoFindings(mock),
    /** Everything that was asked and answered in this test, held against a file. */
    expectSnapshot: async (file, { update = Boolean(process.env.REHEARSAL_UPDATE) } = {}) => {
      textOf("expectSnapshot: file", file);
      expectSame(file, await recorder.snapshot(), update);
    },
  };
}
