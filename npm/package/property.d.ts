import type { Arbitrary } from "fast-check";
import type { Fault, Operation } from "./index.js";

/** Texts that break careless code, up to `longest` bytes (1,000,000 by default). */
export function texts(options?: { longest?: number }): Arbitrary<string>;
/** Messages of Converse that the service takes. */
export function conversations(options?: { turns?: number; longest?: number }): Arbitrary<{ role: "user" | "assistant"; content: { text: string }[] }[]>;
/** A `toolConfig` of Converse. */
export function tools(options?: { most?: number }): Arbitrary<{ tools: { toolSpec: { name: string; inputSchema: { json: object } } }[] }>;
/** Token counts as Converse tells them. */
export function usages(): Arbitrary<{ inputTokens: number; outputTokens: number; totalTokens: number; cacheReadInputTokens: number; cacheWriteInputTokens: number }>;
/** Bytes cut anywhere, in order. */
export function cuts(bytes: Uint8Array): Arbitrary<Uint8Array[]>;
/** A fault of the mock's script, of every kind. */
export function faults(): Arbitrary<Fault>;

/** What must hold, whatever was drawn; each throws with what does not. */
export const invariants: {
  concatenation(events: unknown[], text: string): void;
  usage(usage: { inputTokens?: number; outputTokens?: number; totalTokens?: number; cacheReadInputTokens?: number; cacheWriteInputTokens?: number }): void;
  ids(all: Iterable<string>): void;
  contract(operation: Operation, body: string | object | ArrayBuffer | ArrayBufferView, status?: number): void;
};
