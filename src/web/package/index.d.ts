/** A fixture in either form: the original's, or the product's own. */
export type Fixture = Record<string, unknown>;

/** A fault that waits for its requests; `kind` says what goes wrong. */
export interface Fault {
  kind:
    | "http"
    | "exception_frame"
    | "error_frame"
    | "cut_frame"
    | "cut_character"
    | "early_end"
    | "crc_flip"
    | "unknown_event"
    | "stall"
    | "slow_first_token";
  /** The exception of `http` and `exception_frame`, the code of `error_frame`. */
  code?: string;
  message?: string;
  retry_after_s?: number;
  /** Events of the stream that still arrive whole; 2 by default. */
  after_events?: number;
  /** Milliseconds of `stall` and `slow_first_token`. */
  ms?: number;
  /** Requests it hits; 1 by default. */
  times?: number;
  forever?: boolean;
  /** Matching requests that pass before it begins. */
  skip?: number;
  operation?: Operation;
  /** Which requests it concerns. */
  when?: Rule;
}

/** Conditions on a request; all that are given must hold. */
export interface Rule {
  model?: string;
  user?: string;
  user_contains?: string;
  user_pattern?: string;
  system_contains?: string;
  tools?: string[];
  turn?: number;
  query_type?: string;
}

export interface MockOptions {
  /** Fixtures, or file names and texts, or in Node a folder; those of the product by default. */
  fixtures?: Fixture[] | Record<string, string | Fixture> | string;
  /** The seed of ids, padding, chunks, latencies and rates; 42 by default. */
  seed?: number;
  /** What answers when nothing matches; "strict", an error, by default. */
  fallback?: "strict" | "hash" | "random" | "echo";
  /** Where a call's time comes from; "recorded" by default. */
  latency?: "recorded" | "model" | "simple" | "none";
  /** How fast time passes: 1 is real; 0, the default, answers at once. */
  speed?: number;
  errorRate?: number;
  throttleRate?: number;
  coldStartMs?: number;
  quotas?: Record<string, { rpm?: number; tpm?: number; burndown?: number }>;
  aliases?: Record<string, string>;
  guardrail?: Record<string, unknown>;
  faults?: Fault[];
}

/** One call as it was answered. */
export interface CallRecord {
  call: number;
  at_ms: number;
  request_id: string;
  invocation_id: string | null;
  attempt: number | null;
  operation: string;
  model_id: string;
  prompt_hash: string;
  query_type: string | null;
  cache: string | null;
  status: number;
  error: string | null;
  reason: string;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  cost_usd: number | null;
  ttft_ms: number;
  latency_ms: number;
  stream_end: "complete" | "exception" | "truncated" | "damaged" | null;
  retry_after_s: number | null;
}

export interface Usage {
  calls: number;
  cache_hits: number;
  cache_misses: number;
  cache_hit_rate: number | null;
  errors: number;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  cost_usd: number | null;
  avg_latency_ms: number | null;
}

export interface UsageReport {
  total: Usage;
  by_model: Record<string, Usage>;
  by_operation: Record<string, Usage>;
  by_query_type: Record<string, Usage>;
  by_error: Record<string, number>;
  /** What the client did wrong. */
  findings: { rule: string; calls: number[]; message: string }[];
  unknown: string[];
}

export interface Mock {
  /** For `new BedrockRuntimeClient({ requestHandler })`. */
  requestHandler: any;
  /** In place of `fetch`: answers every address as Bedrock's runtime would. */
  fetch: typeof globalThis.fetch;
  converse(request: { modelId: string } & Record<string, unknown>): Promise<any>;
  converseStream(request: { modelId: string } & Record<string, unknown>): AsyncGenerator<any>;
  invokeModel(request: { modelId: string; body: unknown }): Promise<any>;
  invokeModelWithResponseStream(request: { modelId: string; body: unknown }): AsyncGenerator<any>;
  countTokens(request: { modelId: string; input: unknown }): Promise<number>;
  /** The next `count` calls fail with this exception. */
  forceError(code: string, message?: string, count?: number): void;
  /** Replaces the scripted faults. */
  faults(list: Fault[]): void;
  setResponseOverride(promptHash: string, response: string): void;
  report(): UsageReport;
  log(): CallRecord[];
  reset(): void;
}

export function createMock(options?: MockOptions): Mock;

/** The hash that a fixture of one prompt is found by. */
export function promptHash(prompt: string): string;

export type Operation = "InvokeModel" | "InvokeModelWithResponseStream" | "Converse" | "ConverseStream" | "CountTokens";

/** Everything in a response that breaks the service's contract; empty when it keeps it. */
export function contractViolations(operation: Operation, body: string | object | ArrayBuffer | ArrayBufferView, status?: number): string[];

/** Texts that break careless code, in an order fixed by the seed. */
export function hostileTexts(seed: number, count: number): string[];

/** Records the exchanges of a run, with the mock or with the service. */
export interface Recorder {
  /** A fetch that records. */
  fetch(real: typeof globalThis.fetch): typeof globalThis.fetch;
  /** A request handler that records. */
  requestHandler(real: any): any;
  /** The snapshot as the text of its file, once every answer has been read. */
  snapshot(): Promise<string>;
}

export function createRecorder(): Recorder;

/** A difference between two snapshots. */
export interface Difference {
  /** The call's name: operation, model and what it asked. */
  name: string;
  /** Where in the response; empty for a call that only one run has. */
  path: string;
  before: any;
  after: any;
  /** For two texts, how one becomes the other. */
  text: ({ same: string } | { gone: string } | { new: string })[];
}

/** How one snapshot differs from another; empty when it does not. */
export function compareSnapshots(before: string, after: string): Difference[];

/** Simulates a day of a scenario: the document of `rehearsal simulate --json`. */
export function simulate(scenario?: object | string, options?: { messages?: number }): any;

/** Finds how much capacity a service level needs: the document of `rehearsal capacity --json`. */
export function capacity(
  scenario?: object | string,
  options?: {
    knob?: "concurrency" | "rpm" | "tpm";
    max_ms?: number;
    percentile?: 50 | 90 | 95 | 99 | 99.9;
    max_lost_pct?: number;
    messages?: number;
  },
): {
  knob: string;
  goal: { percentile: number; max_ms: number; max_lost: number };
  value: number | null;
  tried: { value: number | null; latency_ms: number | null; share_lost: number; met: boolean }[];
};

/** One query type of a bill. */
export interface TypeCost {
  query_type: string;
  model: string;
  daily_queries: number;
  cached: number;
  uncached: number;
  daily_cost_usd: number | null;
  input_cost_usd: number | null;
  output_cost_usd: number | null;
  cost_per_query_usd: number | null;
  cache_saved_usd: number | null;
  parts: Record<string, number | null>;
}

/** A bill; what lacks a price is `null` and named in `unknown`. */
export interface Estimate {
  daily_messages: number;
  total_daily_cost_usd: number | null;
  monthly_cost_usd: number | null;
  cache_savings_pct: number;
  avg_cost_per_message_usd: number | null;
  breakdown: TypeCost[];
  parts: Record<string, number | null>;
  by_model: { model: string; daily_cost_usd: number | null; parts: Record<string, number | null> }[];
  unknown: string[];
  [more: string]: unknown;
}

/** Estimates a scenario's cost: the document of `rehearsal estimate --json`. `today`, YYYY-MM-DD, says
 * which prices are old. */
export function estimate(scenario?: object | string, today?: string): Estimate;

/** One figure of two scenarios, in dollars. */
export interface CostDifference {
  name: string;
  a_usd: number | null;
  b_usd: number | null;
  change_usd: number | null;
  change_pct: number | null;
}

/** Compares two scenarios' costs: the document of `rehearsal compare --json`. */
export function compare(
  a: object | string,
  b: object | string,
): {
  a: Estimate;
  b: Estimate;
  daily: CostDifference;
  monthly: CostDifference;
  per_message: CostDifference;
  parts: CostDifference[];
  by_type: CostDifference[];
  by_model: CostDifference[];
};

/** One call; the counts are disjoint: the prompt is the sum of all but `output`. */
export interface PriceRequest {
  model: string;
  input?: number;
  output?: number;
  cache_read?: number;
  cache_write_5m?: number;
  cache_write_1h?: number;
  tier?: "standard" | "batch" | "flex" | "priority";
}

/** Prices one call: the document of `rehearsal price --json`. */
export function price(request: PriceRequest): {
  total_usd: number | null;
  parts: Record<"input" | "output" | "cache_read" | "cache_write_5m" | "cache_write_1h", number | null>;
  row: { id: string; source: string; date: string };
  unknown: string[];
};

/** How a log is understood. */
export interface LogOptions {
  /** What query type a call is of: "model", "metadata:KEY", "tokens:500,2000", or several "pattern:NAME=REGEX". */
  types?: string | string[];
  /** The model of rows that name none. */
  model?: string;
}

/** A log as a scenario, with its bill. */
export interface ImportedLog {
  scenario: any;
  bill_usd: number | null;
  requests: number;
  /** The first thousand lines that were left out; `skipped_count` counts all. */
  skipped: { line: number; reason: string }[];
  skipped_count: number;
  unknown: string[];
  days: number;
  scenario_bill_usd: number | null;
  arrival_cv: number | null;
  tokens: { input: number; output: number; cache_read: number; cache_write_5m: number; cache_write_1h: number };
  cache_hit_rate: number;
  prompt_cache_hit_rate: number | null;
}

/** A log being read: any number of pieces of any size, gzip or not, in memory that does not grow with it. */
export interface LogImport {
  push(piece: string | ArrayBuffer | ArrayBufferView): void;
  /** Ends one file; another may follow. */
  endFile(): void;
  /** Calls read so far. */
  readonly requests: number;
  /** Ends the log: the document of `rehearsal import --json`. */
  finish(): ImportedLog;
}

export function createLogImport(options?: LogOptions): LogImport;

/** Reads a log that is at hand as a whole. */
export function importLog(log: string | ArrayBuffer | ArrayBufferView, options?: LogOptions): ImportedLog;
