// What the service does, as tables: every exception with its status, where it is modelled, and how
// often the clients try. Source: the service model and runs of the clients against a stand-in.

export const HAIKU = "anthropic.claude-3-haiku-20240307-v1:0";
export const NOVA = "us.amazon.nova-pro-v1:0";

const ANSWERS = ["InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream"];
const ALL = [...ANSWERS, "CountTokens"];

/** Name, HTTP status, operations, attempts of the JavaScript SDK, boto3 standard and legacy. */
export const EXCEPTIONS = [
  ["AccessDeniedException", 403, ALL, 1, 1, 1],
  ["ValidationException", 400, ALL, 1, 1, 1],
  ["ResourceNotFoundException", 404, ALL, 1, 1, 1],
  ["ServiceQuotaExceededException", 400, ["InvokeModel", "InvokeModelWithResponseStream"], 1, 1, 1],
  ["ModelTimeoutException", 408, ANSWERS, 1, 1, 1],
  ["ModelErrorException", 424, ANSWERS, 1, 1, 1],
  ["ModelStreamErrorException", 424, ["InvokeModelWithResponseStream"], 1, 1, 1],
  ["ThrottlingException", 429, ALL, 3, 3, 5],
  ["ModelNotReadyException", 429, ANSWERS, 3, 3, 5],
  ["InternalServerException", 500, ALL, 3, 3, 5],
  ["ServiceUnavailableException", 503, ALL, 3, 3, 5],
];

/** Members of the streams' unions. */
export const IN_STREAM = {
  InvokeModelWithResponseStream: [
    "InternalServerException",
    "ModelStreamErrorException",
    "ValidationException",
    "ThrottlingException",
    "ModelTimeoutException",
    "ServiceUnavailableException",
  ],
  ConverseStream: [
    "InternalServerException",
    "ModelStreamErrorException",
    "ValidationException",
    "ThrottlingException",
    "ServiceUnavailableException",
  ],
};

/** Answers of every kind: text, tool use, thinking, a refusal. */
export const FIXTURES = [
  {
    version: 1,
    fixture_id: "text",
    prompt: "text",
    answer: "一巻は在庫がございます。\n\n👨‍👩‍👧 どうぞ!",
    usage: { input_tokens: 12, output_tokens: 21 },
  },
  {
    version: 1,
    fixture_id: "tool",
    prompt: "tool",
    answer: {
      content: [
        { type: "text", text: "在庫を確認します。" },
        { type: "tool_use", name: "stock", input: { title: "進撃の巨人", volume: 1 } },
      ],
    },
    usage: { input_tokens: 40, output_tokens: 33 },
  },
  {
    version: 1,
    fixture_id: "thinking",
    prompt: "thinking",
    answer: {
      content: [
        { type: "thinking", thinking: "棚を思い浮かべる。", signature: "c2ln" },
        { type: "text", text: "三段目です。" },
      ],
    },
    usage: { input_tokens: 9, output_tokens: 18 },
  },
  {
    version: 1,
    fixture_id: "refusal",
    prompt: "refusal",
    answer: { content: "お答えできません。", stop_reason: "refusal" },
    usage: { input_tokens: 9, output_tokens: 7 },
  },
  {
    version: 1,
    fixture_id: "cached",
    prompt: "cached",
    answer: "ok",
    usage: { input_tokens: 2, output_tokens: 5, cache_write_tokens: 1322 },
  },
];
