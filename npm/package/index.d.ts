/** Anything that JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

/**
 * What every export throws for a value that it does not take. Codes do not change: `wrong_type`, `out_of_range`,
 * `unknown_option`, `not_json`, `cyclic`, `too_deep`, `too_large`, `detached`, `unreadable` (reading it threw; see `cause`), `freed`,
 * `internal`; where the content of a document is wrong, the code of its problem, or else `refused`.
 */
export class RehearsalError extends TypeError {
  constructor(code: string, where: string | undefined, message: string, options?: ErrorOptions);
  code: string;
  /** Which argument, such as `options` or `request.modelId`; of a document's content the export. */
  argument: string | undefined;
}

/** A fixture in either form: the original's, or the product's own. */
export type Fixture = Record<string, unknown>;

/** A fault that waits for its requests; `kind` says what goes wrong. */
export interface Fault {
  kind:
    | "http"
    | "reset"
    | "gateway"
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
  /** Another name of `retry_after_s`. */
  retry_after?: number;
  /** More members of the exception, as the service gives them. */
  fields?: JsonObject;
  /** The status of `gateway`, 502 by default, and of `http`, by default that of its exception; 400 to 599. An exception of your own needs it. */
  status?: number;
  /** The page of `gateway`; one as its status usually has by default. */
  html?: string;
  /** Events of the stream that still arrive whole; 2 by default. */
  after_events?: number;
  /** Milliseconds of `stall` and `slow_first_token`; they need a `speed` above 0. */
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

/** What becomes of what a guardrail finds; "ANONYMIZE" by default. */
export type GuardrailAction = "BLOCK" | "BLOCKED" | "ANONYMIZE" | "ANONYMIZED";

/** A content filter on what goes in and what comes out. */
export interface Guardrail {
  /** The id by which a request asks for it; "rehearsal" by default. */
  id?: string;
  /** Watches every call, asked for or not. */
  always?: boolean;
  denied_topics?: { name: string; phrases: string[] }[];
  /** Words that block, as whole words: one inside a longer word is no hit. In scripts without spaces (Japanese, Chinese, Thai) a word is found wherever it stands. */
  words?: string[];
  pii?: { type: "EMAIL" | "PHONE" | "CREDIT_DEBIT_CARD_NUMBER" | "AWS_ACCESS_KEY" | "IP_ADDRESS"; action?: GuardrailAction }[];
  patterns?: { name: string; pattern: string; action?: GuardrailAction }[];
  blocked_input?: string;
  blocked_output?: string;
}

/** How one model behaves; what is absent is that of `*`, and then what is known of the model. */
export interface ModelConfig {
  /** Milliseconds to the first token; with `latency: "simple"`, as in the original, to the whole answer. */
  avg_latency_ms?: number | null;
  /** The standard deviation of that, 50 by default; 0 is always the same latency. */
  latency_jitter_ms?: number | null;
  /** Output tokens a second behind the first. */
  tokens_per_second?: number | null;
  /** The most output tokens that a request may ask for, in place of the model's known limit. */
  max_tokens?: number | null;
  /** The share of its calls that fail with an internal error. */
  error_rate?: number | null;
  /** The share of its calls that are throttled; the two are at most 1 together. */
  throttle_rate?: number | null;
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
  /** How fast time passes: 1 is real; 0, the default, answers at once, and faults that are nothing but time (`stall`, `slow_first_token`) do nothing then. */
  speed?: number;
  /** The share of calls that fail with an internal error; with those that are throttled at most 1. */
  error_rate?: number;
  /** The share of calls that are throttled. */
  throttle_rate?: number;
  /** Milliseconds that the first call of each model takes longer. */
  cold_start_ms?: number;
  /** @deprecated An earlier name of `error_rate`. */
  errorRate?: number;
  /** @deprecated An earlier name of `throttle_rate`. */
  throttleRate?: number;
  /** @deprecated An earlier name of `cold_start_ms`. */
  coldStartMs?: number;
  /** Speed, limit and rates by model id; `*` is every model for what it does not say itself. */
  models?: Record<string, ModelConfig>;
  quotas?: Record<
    string,
    {
      rpm?: number;
      tpm?: number;
      burndown?: number;
      tokens_per_day?: number;
      /** On mantle, where input and output are counted apart. */
      input_tpm?: number;
      output_tpm?: number;
    }
  >;
  aliases?: Record<string, string>;
  guardrail?: Guardrail;
  /** The one of Bedrock's two hosts that is played. */
  host?: "runtime" | "mantle";
  /** The day it is, `YYYY-MM-DD`: models past their end of life are gone from it on. */
  today?: string;
  faults?: Fault[];
}

/** A block of a prompt, or in one of more than 32 a run of them, and what the prompt cache did with it. */
export interface CachedBlock {
  /** Where it stands in the request: `system.0`. */
  block: string;
  blocks: number;
  tokens: number;
  state: "read" | "written" | "missed";
  ttl: "5m" | "1h" | null;
  reason:
    | { kind: "no_cache" | "no_point" | "first" }
    | { kind: "too_small"; tokens: number; smallest: number }
    | { kind: "expired"; idle_ms: number; life_ms: number }
    | { kind: "changed"; block: string; call: number }
    | { kind: "new" | "not_written"; call: number }
    | { kind: "too_far_back"; block: string }
    | { kind: "in_parallel"; begins_in_ms: number }
    | null;
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
  /** What the prompt cache did with each block of the prompt, and why; empty where no cache was played. */
  cache_blocks: CachedBlock[];
  cost_usd: number | null;
  /** The cost by kind of token; `null` where a price is not known. */
  cost_parts_usd: Record<"input" | "output" | "cache_read" | "cache_write_5m" | "cache_write_1h", number | null>;
  /** What the call would cost without a prompt cache. */
  cost_uncached_usd: number | null;
  ttft_ms: number;
  latency_ms: number;
  stream_end: "complete" | "exception" | "truncated" | "damaged" | "left" | null;
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

/** What an AWS SDK sends its requests through. */
export type RequestHandler = {
  metadata: { handlerProtocol: string };
  handle(
    request: { method: string; path: string; headers: Record<string, string>; body?: unknown },
    options?: { abortSignal?: object; requestTimeout?: number },
  ): Promise<{ response: { statusCode: number; headers: Record<string, string>; body?: unknown } }>;
  updateHttpClientConfig(key: never, value: never): void;
  httpHandlerConfigs(): Record<string, never>;
  destroy(): void;
};

/** A block of an answer; the one member that is there says its kind. */
export interface AnswerBlock {
  text?: string;
  toolUse?: { toolUseId: string; name: string; input: Json; type?: string };
  reasoningContent?: { reasoningText?: { text: string; signature?: string }; redactedContent?: string };
  citationsContent?: { content: { text: string }[]; citations: JsonObject[] };
}

/** Tokens as Converse tells them. */
export interface AnswerUsage {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
  cacheDetails?: { ttl: string; inputTokens: number }[];
}

/** What Converse answers. */
export interface ConverseAnswer {
  output: { message: { role: "assistant"; content: AnswerBlock[] } };
  stopReason: string;
  usage: AnswerUsage;
  metrics: { latencyMs: number };
  additionalModelResponseFields?: JsonObject;
  trace?: JsonObject;
  performanceConfig?: { latency: string };
  serviceTier?: { type: string };
}

/** One event of ConverseStream; the one member that is there says its kind. */
export interface ConverseEvent {
  messageStart?: { role: "assistant" };
  contentBlockStart?: { contentBlockIndex: number; start: { toolUse?: { toolUseId: string; name: string } } };
  contentBlockDelta?: {
    contentBlockIndex: number;
    delta: {
      text?: string;
      toolUse?: { input: string };
      reasoningContent?: { text?: string; signature?: string; redactedContent?: string };
      citation?: JsonObject;
    };
  };
  contentBlockStop?: { contentBlockIndex: number };
  messageStop?: { stopReason: string; additionalModelResponseFields?: JsonObject };
  metadata?: { usage: AnswerUsage; metrics: { latencyMs: number }; trace?: JsonObject };
}

export interface Mock {
  /** For `new BedrockRuntimeClient({ requestHandler })`. */
  requestHandler: RequestHandler;
  /** In place of `fetch`: answers every address as Bedrock's runtime would. */
  fetch: typeof globalThis.fetch;
  converse(request: { modelId: string } & Record<string, unknown>, options?: CallOptions): Promise<ConverseAnswer>;
  converseStream(request: { modelId: string } & Record<string, unknown>, options?: CallOptions): AsyncGenerator<ConverseEvent>;
  /** The provider's own body; `T` is its type, where you have one. */
  invokeModel<T = JsonObject>(request: { modelId: string; body: object | string }, options?: CallOptions): Promise<T>;
  /** The provider's own events. */
  invokeModelWithResponseStream<T = JsonObject>(request: { modelId: string; body: object | string }, options?: CallOptions): AsyncGenerator<T>;
  countTokens(request: { modelId: string; input: unknown }, options?: CallOptions): Promise<number>;
  /** The next `count` calls fail with this exception. Throws for a name that the service sends nowhere. */
  forceError(code: string, message?: string, count?: number): void;
  /** Replaces the scripted faults. */
  faults(list: Fault[]): void;
  setResponseOverride(promptHash: string, response: string): void;
  report(): UsageReport;
  log(): CallRecord[];
  /** How each chat model behaves, by id: what was configured, and what is known or assumed of the others. */
  models(): Record<string, ModelConfig>;
  reset(): void;
  /** Gives the memory back at once; the mock answers nothing afterwards. `using` calls it, too. */
  free(): void;
  [Symbol.dispose](): void;
}

/** How a call without an SDK is made. */
export interface CallOptions {
  /** Ends the call, and a stream, as soon as it aborts. */
  signal?: AbortSignal;
}

export function createMock(options?: MockOptions): Mock;

/** The hash that a fixture of one prompt is found by. */
export function promptHash(prompt: string): string;

export type Operation =
  | "InvokeModel"
  | "InvokeModelWithResponseStream"
  | "Converse"
  | "ConverseStream"
  | "CountTokens"
  | "Messages"
  | "MessagesStream"
  | "ChatCompletions"
  | "ChatCompletionsStream"
  | "Responses"
  | "ResponsesStream";

/** Everything in a response that breaks the service's contract; empty when it keeps it. */
export function contractViolations(operation: Operation, body: string | object | ArrayBuffer | ArrayBufferView, status?: number): string[];

/** Texts that break careless code, in an order fixed by the seed. */
export function hostileTexts(seed: number, count: number): string[];

/** Records the exchanges of a run, with the mock or with the service. */
export interface Recorder {
  /** A fetch that records. */
  fetch(real: typeof globalThis.fetch): typeof globalThis.fetch;
  /** A request handler that records. */
  requestHandler<H extends { handle: unknown }>(real: H): H;
  /** The snapshot as the text of its file. What was not read of an answer is read for it, and is still there for its reader. */
  snapshot(): Promise<string>;
  free(): void;
  [Symbol.dispose](): void;
}

export function createRecorder(): Recorder;

/** A difference between two snapshots. */
export interface Difference {
  /** The call's name: operation, model and what it asked. */
  name: string;
  /** Where in the response; empty for a call that only one run has. */
  path: string;
  before: Json | undefined;
  after: Json | undefined;
  /** For two texts, how one becomes the other. */
  text: ({ same: string } | { gone: string } | { new: string })[];
}

/** How one snapshot differs from another; empty when it does not. */
export function compareSnapshots(before: string, after: string): Difference[];

/** How far an answer has come over a WebSocket, and what stands in its way. */
export interface DeliveryProgress {
  /** The answer so far. */
  text: string;
  /** Why it stopped, or the error it broke off with; null while it goes on. */
  end: { stop_reason: string } | { error: string } | null;
  /** The number of the message that is next. */
  next: number;
  /** Messages that came before their turn and wait for it: at most 65,536, and 16 MiB of text. */
  held: number;
  /** Messages below the highest number seen that are not there: late, lost or dropped. */
  missing: number;
  /** Messages that came again; their first copy counts. */
  doubled: number;
  /** Messages for which there was no room, and which must be sent again. */
  dropped: number;
}

/** An answer on its way to a browser, as the messages of a WebSocket: JSON with `seq`, `type` ("start", "delta", "end", "error") and `text`, `stop_reason` or `error`. */
export interface Delivery {
  /** The messages of one event: of ConverseStream, of InvokeModelWithResponseStream as the SDK gives it, or as the provider writes it. */
  push(event: object): string[];
  /** The stream broke off: an error, or its name. */
  fail(error: string | { name: string }): string[];
  /** The stream is over; one that did not say so ends with the error `truncated`. */
  end(): string[];
  free(): void;
  [Symbol.dispose](): void;
}

export function createDelivery(): Delivery;

/** The messages of a stream as its events arrive: `for await (const message of deliver(stream)) socket.send(message)`. An error of the stream is its last message. */
export function deliver(stream: AsyncIterable<object> | Iterable<object>): AsyncGenerator<string, void>;

/** Puts an answer together, in a browser too: messages in any order, twice or not at all. */
export interface Assembler {
  /** A whole message, or the event that brings it. */
  message(message: string | { data: string }): DeliveryProgress;
  /** Bytes of a raw connection, cut anywhere. */
  bytes(bytes: ArrayBuffer | ArrayBufferView): DeliveryProgress;
  progress(): DeliveryProgress;
  /** The connection is over: an answer without its end has the error `truncated`. */
  close(): DeliveryProgress;
  free(): void;
  [Symbol.dispose](): void;
}

export function createAssembler(): Assembler;

/** A message as the WebSocket frames that API Gateway cuts it into, of at most 32 KiB each. */
export function socketFrames(message: string): Uint8Array[];

/** A partial answer made fit to render: Markdown that is open is closed, what is only begun is left out. */
export function closeMarkdown(partial: string): string;

/** Milliseconds over a day's messages; null where nobody can tell. */
export interface Spread {
  mean: number | null;
  p50: number | null;
  p90: number | null;
  p95: number | null;
  p99: number | null;
  p99_9: number | null;
  max: number | null;
}

/** A group of a day's messages. */
export interface SimulatedGroup {
  messages: number;
  answered: number;
  e2e_ms: Spread;
  ttft_ms: Spread;
  queue_wait_ms: Spread;
  share_waiting: number;
  share_within_slo: number;
  /** The share that got no answer. */
  unanswered: number;
  /** Everyone who came; null where a percentile lies among those without an answer. */
  with_unanswered: Spread;
}

/** The document of `rehearsal simulate --json`. */
export interface SimulatedDay {
  /** The hash of every bit of the result. */
  digest: string;
  seed: number;
  messages: number;
  overall: SimulatedGroup;
  by_type: Record<string, SimulatedGroup>;
  by_model: Record<string, SimulatedGroup>;
  by_hour: (SimulatedGroup & { hour: number })[];
  counts: Record<"arrived" | "completed" | "failed" | "rejected" | "abandoned" | "in_flight" | "throttled" | "retries" | "cache_hits", number>;
  utilisation: number | null;
  mean_concurrency: number;
  calls_in_progress: Omit<Spread, "p90">;
  cost_usd: number | null;
  wasted_usd: number | null;
  tokens: { input: number; output: number; cache_read: number; cache_write: number };
  /** What another seed may give; null where one day cannot tell, and `mc_unknown` says why. */
  mc_error: Spread;
  mc_unknown: string | null;
  unknown: string[];
  assumed: { path: string; value: Json; range: Json; source: string }[];
  unanswered: number;
  binds: Json;
  e2e_histogram: { low: number; high: number; count: number }[];
  e2e_atoms: { low: number; high: number; count: number }[];
  over_assumed: Json;
}

/**
 * Simulates a day of a scenario: the document of `rehearsal simulate --json`. What days have in common is kept, up to
 * some 50 MB: a day of which only the limits changed is quicker, several times so where few messages meet
 * them, and the same to the bit.
 */
export function simulate(scenario?: object | string, options?: { messages?: number }): SimulatedDay;

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
  tier?: "standard" | "batch" | "flex" | "priority" | "ultrafast";
  /** Such as "ap-northeast-1": the region's own price, where it has one. */
  region?: string;
  door?: "runtime" | "mantle";
}

/** Prices one call: the document of `rehearsal price --json`. */
export function price(request: PriceRequest): {
  total_usd: number | null;
  known_usd: number;
  parts: Record<"input" | "output" | "cache_read" | "cache_write_5m" | "cache_write_1h", number | null>;
  row: { id: string; source: string; date: string; region?: string; door: "runtime" | "mantle"; above_tokens: number };
  unknown: string[];
  /** The same call by another price list, where that is another amount. */
  sources_differ?: { total_usd: number | null; source: string; date: string; region?: string };
  /** What was chosen or assumed. */
  notes?: string[];
};

/** One thing a benchmark asks; its tokens are estimated when not given. */
export type Prompt = string | { text: string; input_tokens?: number; output_tokens?: number };

/** So many workers, each sending its next request when the last is answered; so many requests a second
 * whatever comes back, each counted from when it was due; or so many at once. */
export type Load =
  | { kind: "closed"; workers: number }
  | { kind: "open"; rate_per_s: number }
  | { kind: "batch"; size: number };

/** A suite; what is absent has its default. */
export interface Suite {
  version?: 1;
  name?: string;
  seed?: number;
  preset?: "verdict" | "original" | "mix";
  prompts?: Prompt[];
  benchmarks?: {
    name?: string;
    /** Who is asked; the scenario's query mix when absent. */
    model?: string;
    /** What a Bedrock endpoint is asked through; ConverseStream when absent. */
    door?: "messages" | "chat" | "responses";
    /** 10 by default. */
    warm_up?: number;
    /** Measured requests a run, 100 by default. */
    measured?: number;
    /** 5 by default: from three a side on a verdict rests on how runs differ. */
    runs?: number;
    load?: Load;
    /** 30,000 by default. */
    timeout_ms?: number;
    /** An answer within this time is useful; 3,000 by default. */
    slo_ms?: number;
    max_tokens?: number;
    limits?: { rpm?: number; tpm?: number };
  }[];
}

/** One request that a client under measurement is to make. */
export interface BenchmarkCall {
  id: number;
  prompt: string;
  input_tokens: number;
  phase: "warm_up" | "measurement";
  benchmark: string;
  model: string | null;
  max_tokens: number;
  run: number;
  runs: number;
  /** Aborted when the call takes longer than the timeout or the benchmark is cancelled. */
  signal: AbortSignal;
}

/** What a client may say of its answer; `undefined` is an answer without figures, an exception a
 * failure that is counted by its `name`. */
export interface BenchmarkAnswer {
  ttft_ms?: number;
  input_tokens?: number;
  output_tokens?: number;
  /** As the service's responses have it, in place of the two above. */
  usage?: { inputTokens?: number; outputTokens?: number; input_tokens?: number; output_tokens?: number };
  /** Known from model and tokens when not given. */
  cost_usd?: number;
  cache_hit?: boolean;
  model?: string;
  /** When the last content came; the end of the answer when it is not given. */
  last_ms?: number;
  /** What the request passed on its way, with the time of each. */
  stages?: { name: string; ms: number }[];
}

export interface BenchmarkProgress {
  answered: number;
  total: number;
  benchmark?: string;
  run?: number;
  runs?: number;
}

/** One run of a benchmark; columns are in the order the requests were sent. */
export interface BenchmarkRun {
  requests: number;
  completed: number;
  timeouts: number;
  errors: Record<string, number>;
  cache_hits: number;
  input_tokens: number;
  output_tokens: number;
  duration_ms: number;
  /** The very first request of the run, before anything was warm. */
  cold_start_ms: number | null;
  cancelled: boolean;
  percentiles: Record<string, Record<"p50" | "p95" | "p99", number | null>>;
  models: Record<string, number>;
  start_ms: number[];
  e2e_ms: number[];
  ttft_ms: number[];
  inter_token_ms: number[];
  cost_usd: number[];
  stages: Record<string, number[]>;
}

/** What a benchmark measured: a baseline, and what every report is made of. */
export interface BenchmarkDocument {
  kind: "rehearsal-benchmark";
  version: 1;
  suite: string;
  seed: number;
  environment: Record<string, string | number | string[] | null>;
  benchmarks: {
    name: string;
    unit: "ms";
    model: string | null;
    /** The door that was asked; the AWS API where it is absent. */
    door?: "messages" | "chat" | "responses";
    load: Load;
    warm_up: number;
    slo_ms: number;
    timeout_ms: number;
    interleaved: boolean;
    runs: BenchmarkRun[];
  }[];
  [more: string]: unknown;
}

/** Measures an async function in real time, or the simulator or the mock in virtual time. A client that
 * hangs meets the suite's timeout and is counted; when `signal` aborts, what was measured so far comes
 * back, the last run marked as cancelled. */
export function benchmark(
  suite?: Suite | string,
  client?: ((call: BenchmarkCall) => Promise<BenchmarkAnswer | void> | BenchmarkAnswer | void) | "simulator" | "mock",
  options?: {
    onProgress?: (progress: BenchmarkProgress) => void;
    signal?: AbortSignal;
    /** The commit or the name that the result belongs to. */
    label?: string;
    /** For the simulator. */
    scenario?: object | string;
    /** A clock in milliseconds that never goes back; `performance.now` by default. */
    now?: () => number;
  },
): Promise<BenchmarkDocument>;

/** Plain numbers, run by run. */
export interface Series {
  unit?: string;
  better?: "lower" | "higher";
  /** Whether the runs of the two sides took turns. */
  interleaved?: boolean;
  runs: (number | number[])[];
}

export interface CompareOptions {
  /** p50, p90, p95, p99, p99_9, mean; of documents also ttft_p50, ttft_p95, inter_token_p95, throughput,
   * cost, error_rate, timeouts, goodput. P95 by default; losses are weighed beside whatever is asked. */
  metrics?: string[];
  /** How much worse is too much: percent, points for a share. */
  threshold_pct?: number;
  policies?: Record<string, { threshold_pct?: number; min_change_ms?: number; severity?: "none" | "notice" | "warning" | "failure" }>;
  /** The smallest change of a time that counts, in milliseconds. */
  min_change_ms?: number;
  /** Differences between the two sides that are accepted (model, warm-up, timeout, ...) and benchmarks that may be
   * missing, by name. */
  allow?: string[];
  /** Lets a gate rest on one run a side, which cannot show how runs differ. */
  single_run?: boolean;
  /** The unit of old series that do not say it. */
  unit?: "ms" | "s";
  seed?: number;
  replicates?: number;
  /** Whether a regression is a failure rather than a warning. */
  gate?: boolean;
  /** Whether the original's rule decides, which calls 12 to 19 of 100 unchanged builds a regression. */
  naive?: boolean;
}

export interface RunVerdict {
  verdict: "pass" | "regression" | "improvement" | "inconclusive" | "baseline";
  metric: string;
  benchmark: string;
  change_pct: number | null;
  ci_pct: [number, number] | null;
  p_value: number | null;
  method: string;
  replicates: number | null;
  seed: number;
  requests_needed: number | null;
  severity: "none" | "notice" | "warning" | "failure";
  /** Whether it was weighed unasked: losses are part of every verdict. */
  guard: boolean;
  single_run: boolean;
  /** Whether a gate holds it back because a side has one run only. */
  held: boolean;
  /** Why there is no evidence, where there is none. */
  lacking: "benchmark" | "requests" | "values" | "samples" | "zero_baseline" | "baseline" | null;
  sentence: string;
  notes: string[];
  [more: string]: unknown;
}

/** What changed since a baseline: the document of `rehearsal bench compare --json`, its deciding verdict
 * first; without a baseline this is a first run. */
export function compareRuns(
  baseline: BenchmarkDocument | Series | string | null | undefined,
  candidate: BenchmarkDocument | Series | string,
  options?: CompareOptions,
): RunVerdict & { family: { size: number; correction: string; missing: string[] }; comparisons: RunVerdict[] };

/** A report as text. */
export function renderReport(
  document: BenchmarkDocument | string,
  format?: "html" | "markdown" | "csv" | "text" | "github" | "slack" | "json" | "original",
  options?: CompareOptions & { baseline?: BenchmarkDocument | string },
): string;

/** An interval; null where the samples do not bound it. */
export interface Interval {
  low: number | null;
  high: number | null;
  confidence: number;
}

/** The document of `rehearsal bench describe --json`. */
export interface Description {
  name: string;
  unit: string;
  better: "lower" | "higher";
  samples: number;
  mean: number;
  mean_ci: Interval | null;
  median: number;
  sd: number | null;
  min: number;
  max: number;
  percentiles: { name: string; p: number; estimate: number | null; harrell_davis: number | null; ci: Interval; needed: number; needed_for_ci: number }[];
  /** How much a sample follows the one before, and what they are worth if they were independent. */
  lag1: number | null;
  effective_samples: number | null;
  /** By percentile and method. */
  quantiles: Record<string, Record<string, number>>;
  /** In HdrHistogram's form. */
  histogram: string;
}

/** Quantiles by every method with intervals: the document of `rehearsal bench describe --json`; of a series of
 * which more is better those of the low end. */
export function describe(measurements: BenchmarkDocument | Series | string): Description;

/** Drift and steps over a history of runs, oldest first: the document of `rehearsal bench trend --json`. */
export function trend(
  history: BenchmarkDocument | Series | string,
  options?: {
    benchmark?: string;
    metric?: string;
    threshold_pct?: number;
    /** The unit of an old series that does not say it. */
    unit?: "ms" | "s";
  },
): {
  verdict: "too-short" | "steady" | "worsening" | "improving" | "step-worse" | "step-better";
  values: number[];
  mann_kendall: { p: number; [more: string]: unknown } | null;
  sen: { total_change_pct: number | null; [more: string]: unknown } | null;
  change_points: { index: number; p: number; mean_before: number; mean_after: number }[];
  [more: string]: unknown;
};

/** How a log is understood. */
export interface LogOptions {
  /** What query type a call is of: "model", "metadata:KEY", "tokens:500,2000", or several "pattern:NAME=REGEX". */
  types?: string | string[];
  /** The model of rows that name none. */
  model?: string;
  /** Whether the input contains the cached tokens, as OpenAI and LiteLLM count; found from the file by default. */
  counts?: "disjoint" | "inclusive";
  /** Whose days and hours are meant, such as "Asia/Tokyo" or "UTC+9"; guessed from the quiet hours by default. */
  timeZone?: string;
  /** What application inference profiles and prompt routers stand for: a model's id by ARN. */
  profiles?: Record<string, string>;
  /** The day that models' ends of life are told from, such as "2026-11-30"; without it none is told. */
  today?: string;
}

/** A log as a scenario, with its bill. */
export interface ImportedLog {
  /** For `simulate`, `estimate` and the page. */
  scenario: JsonObject;
  /** What the calls cost; null when a part of it is not known. */
  bill_usd: number | null;
  /** Something could not be priced: the bill is at least `known_usd`. */
  at_least: boolean;
  known_usd: number;
  requests: number;
  /** Calls that came again and were billed once. */
  seen_twice: number;
  /** Which column was taken for what; null for one that was not understood. */
  columns: Record<string, string | null>;
  counts: "disjoint" | "inclusive" | null;
  counts_source: "said" | "names" | "totals" | "assumed" | null;
  time_zone: string;
  time_zone_source: "said" | "times" | "guessed" | "assumed";
  /** What is to be said beside the bill. */
  findings: { code: string; name: string; what: string; calls: number; at_least: boolean }[];
  /** The first thousand lines that were left out; `skipped_count` counts all. */
  skipped: { file?: string; line: number; reason: string }[];
  skipped_count: number;
  unknown: string[];
  days: number;
  scenario_bill_usd: number | null;
  /** What the scenario costs a day, and how many such days the log is. */
  scenario_daily_usd: number | null;
  scenario_days: number;
  /** By how much the scenario's bill is off, in percent, and why. */
  scenario_misfit_pct: number | null;
  scenario_reasons: string[];
  logged_usd?: number;
  logged_requests: number;
  arrival_cv: number | null;
  tokens: { input: number; output: number; cache_read: number; cache_write_5m: number; cache_write_1h: number };
  cache_hit_rate: number;
  prompt_cache_hit_rate: number | null;
}

/** A log being read: any number of pieces of any size, gzip or not, in memory that does not grow with it. */
export interface LogImport {
  /** Says what the next file is called. */
  beginFile(name: string): void;
  push(piece: string | ArrayBuffer | ArrayBufferView): void;
  /** Ends one file; another may follow. */
  endFile(): void;
  /** Calls read so far. */
  readonly requests: number;
  /** Ends the log: the document of `rehearsal import --json`. */
  finish(): ImportedLog;
  /** Gives the memory back without a result. */
  free(): void;
  [Symbol.dispose](): void;
}

export function createLogImport(options?: LogOptions): LogImport;

/** Reads a log that is at hand as a whole. */
export function importLog(log: string | ArrayBuffer | ArrayBufferView, options?: LogOptions): ImportedLog;

/** What a rule refuses at one place. */
export interface RefusedBy {
  rule: string;
  count: number;
  path: string;
  status: number;
  type: string;
  /** In the service's words. */
  message: string;
  fix: string;
  source: string;
  date: string;
  /** A JSON Patch that mends the first such call; tried before it is offered. */
  patch: { op: "remove" | "replace"; path: string; value?: unknown }[] | null;
  patched: number;
  first: string;
  models: string[];
}

/** Lines of a log that are none, the first thousand of them by place and reason; all are counted. */
export interface LeftOut {
  skipped: { file: string; line: number; reason: string }[];
  skipped_count: number;
}

/** The document of `rehearsal upgrade --json`. */
export interface UpgradeAnswer extends LeftOut {
  to: string;
  today: string | null;
  calls: number;
  taken: number;
  refused: number;
  /** Calls that could not be looked at; never among the taken ones. */
  not_checked: number;
  by_rule: RefusedBy[];
  tokens: { before: number | null; after: number | null };
  bill_usd: { before: number | null; after: number | null };
  end_of_life: { model: string; date: string | null; days: number | null; not_before: boolean; calls: number }[];
  unknown: string[];
  models: JsonObject[];
}

/** Whether the requests of a log, or one request, survive another model; `to: "all"` for every model that could. */
export function upgrade(log: string | ArrayBuffer | ArrayBufferView | object, options: { to: string; today?: string }): UpgradeAnswer;

/** The document of `rehearsal cache LOG --json`. */
export interface CacheAnswer extends LeftOut {
  requests: number;
  with_bodies: number;
  prompt_tokens: number;
  read_tokens: number;
  written_tokens: number;
  could_read_tokens: { "5m": number; "1h": number };
  saving_usd: { "5m": number | null; "1h": number | null };
  mended_read_tokens: { "5m": number; "1h": number };
  mended_saving_usd: { "5m": number | null; "1h": number | null };
  /** The lifetime that saves more. */
  better: "5m" | "1h";
  /** What is saved a day, and the parts by which that may be off. */
  a_day: {
    saving_usd: { "5m": number; "1h": number };
    mended_saving_usd: { "5m": number; "1h": number };
    saving_give_or_take: { "5m": number | null; "1h": number | null };
    mended_give_or_take: { "5m": number | null; "1h": number | null };
    piece_minutes: number;
    pieces: number;
  } | null;
  prompts_usd: number | null;
  caching_saves_usd: number | null;
  breaks: { block: string; kind: string; requests: number; tokens: number; usd: number | null; first: string }[];
  by_type: JsonObject;
  by_model: JsonObject;
  misses: { reason: string; requests: number; tokens: number }[];
  days: number | null;
  unknown: string[];
}

/** Why the prompt cache of a log is not hit, and what it would save. */
export function cache(log: string | ArrayBuffer | ArrayBufferView): CacheAnswer;
/** The hit rate that follows from a scenario's traffic. */
export function cache(scenario: object, options?: { think_s?: number }): { hit_rate: number | null; at_half: number | null; think_s: number; seed: number; types: JsonObject[] };

/** The document of `rehearsal quota --json`. */
export interface QuotaAnswer extends LeftOut {
  requests: number;
  model: string | null;
  rpm: { p50: number | null; p90: number | null; peak: number | null };
  tpm: { p50: number | null; p90: number | null; peak: number | null };
  tokens_per_day: number | null;
  reserved_share: number | null;
  binds: { limit: "rpm" | "tpm" | "tokens_per_day"; value: number; model: string; at: string; throttled_share: number; throttled_share_by_clock: number } | null;
  /** AWS's quota-increase request; null for what only a team knows. */
  form: JsonObject & { text: string };
  models: JsonObject[];
  unknown: string[];
  /** What the simulation of a scenario says with the same quotas, and what it takes for granted. */
  simulated?: JsonObject;
}

/** What quota a log or a scenario needs, as Bedrock counts it, and which limit binds first. */
export function quota(
  log: string | ArrayBuffer | ArrayBufferView | object,
  options?: { rpm?: number; tpm?: number; max_tokens?: number; default_quotas?: boolean },
): QuotaAnswer;
