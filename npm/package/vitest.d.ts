import type { Mock, MockOptions, RequestHandler } from "./index.js";

export interface BedrockTests {
  /** The mock; what its plain calls ask (`mock.converse(…)`) is part of the snapshot, too. */
  mock: Mock;
  /** For `new BedrockRuntimeClient({ requestHandler })`; clients may live longer than a test. */
  requestHandler: RequestHandler;
  /** In place of `fetch`. */
  fetch: typeof globalThis.fetch;
  /** Fails when the client did something wrong in this test. */
  expectNoFindings(): void;
  /** Everything that was asked and answered in this test, held against a file: written when it is missing (not with `CI` set), replaced with `REHEARSAL_UPDATE=1`. An answer that was not read to its end is in it as a whole, one that was cancelled as far as it came. */
  expectSnapshot(file: string, options?: { update?: boolean }): Promise<void>;
}

/** A mock for the tests of a file, for Vitest, Jest and node:test: reset before each, freed behind the last. */
export function setupBedrock(options?: MockOptions & { findings?: "fail" | "ignore" }): BedrockTests;

/** Fails when a client did something wrong: `mock` is what `createMock` returned, or the member of that name of what `setupBedrock` returned. */
export function expectNoFindings(mock: Mock): void;
