import type { Mock, MockOptions } from "./index.js";

export interface BedrockTests {
  mock: Mock;
  /** For `new BedrockRuntimeClient({ requestHandler })`; clients may live longer than a test. */
  requestHandler: any;
  /** In place of `fetch`. */
  fetch: typeof globalThis.fetch;
  /** Fails when the client did something wrong in this test. */
  expectNoFindings(): void;
  /** Everything that was asked and answered in this test, held against a file: written when it is missing (not with `CI` set), replaced with `REHEARSAL_UPDATE=1`. */
  expectSnapshot(file: string, options?: { update?: boolean }): Promise<void>;
}

/** A mock for the tests of a file, for Vitest, Jest and node:test: reset before each, freed behind the last. */
export function setupBedrock(options?: MockOptions & { findings?: "fail" | "ignore" }): BedrockTests;

/** Fails when a client did something wrong. */
export function expectNoFindings(mock: Mock): void;
