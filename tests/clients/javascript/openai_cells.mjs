// The cells of OpenAI's client: Chat Completions and Responses.

import { ANSWERED, GONE_ON, HOURS_SCHEMA, LOOKED, NOW_SCHEMA, PNG, STOCK, STOCK_SCHEMA, TEXT } from "./cells.mjs";
import { all, attempts, breaks, isHours, pieces, same } from "./cells.mjs";

const image = `data:image/png;base64,${PNG.toString("base64")}`;
const said = (content) => ({ role: "user", content });
const NO_COUNT = "the API has no call for it";
const BY_ITSELF = "GPT caches by itself";

export const chatCells = (client, model, usual = {}, sees = true) => {
  const tools = Object.entries({ stock: STOCK_SCHEMA, now: NOW_SCHEMA }).map(([name, parameters]) => ({ type: "function", function: { name, parameters } }));
  const ask = (messages, more = {}) => client.chat.completions.create({ model, messages, ...usual, ...more });
  const calls = (message) => message.tool_calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]);
  return {
    plain: async () => {
      const answer = await ask([said("text")]);
      same([answer.choices[0].message.content, answer.usage.prompt_tokens, answer.usage.completion_tokens], [TEXT, 12, 21]);
    },
    stream: async () => {
      const chunks = await all(ask([said("text")], { stream: true, stream_options: { include_usage: true } }));
      pieces(chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.delta.content)));
      same(chunks.at(-1).usage.completion_tokens, 21);
    },
    tools: async () => {
      const { message } = (await ask([said("tool")], { tools })).choices[0];
      same(calls(message), [["stock", STOCK], ["now", {}]]);
      const results = message.tool_calls.map((call) => ({ role: "tool", tool_call_id: call.id, content: "yes" }));
      same((await ask([said("tool"), message, ...results], { tools })).choices[0].message.content, ANSWERED);
    },
    "stream tools": async () => {
      const stream = client.chat.completions.stream({ model, messages: [said("tool")], tools, ...usual });
      same(calls(await stream.finalMessage()), [["stock", STOCK], ["now", {}]]);
    },
    structured: async () => {
      const response_format = { type: "json_schema", json_schema: { name: "hours", schema: HOURS_SCHEMA, strict: true } };
      isHours(JSON.parse((await ask([said("structured")], { response_format })).choices[0].message.content));
    },
    "images, documents":
      sees === true
        ? async () => {
            const content = [{ type: "text", text: "look" }, { type: "image_url", image_url: { url: image } }];
            same((await ask([{ role: "user", content }])).choices[0].message.content, LOOKED);
          }
        : sees,
    caching: BY_ITSELF,
    "thinking sent back": "Chat Completions takes no reasoning back",
    "errors, attempts": () => attempts(() => ask([said("text")])),
    "mid-stream error": () => breaks(async () => all(ask([said("broken")], { stream: true }))),
    CountTokens: NO_COUNT,
  };
};

export const responsesCells = (client, model) => {
  const tools = Object.entries({ stock: STOCK_SCHEMA, now: NOW_SCHEMA }).map(([name, parameters]) => ({ type: "function", name, parameters, strict: false }));
  const ask = (input, more = {}) => client.responses.create({ model, input, ...more });
  const calls = (answer) => answer.output.filter((item) => item.type === "function_call");
  return {
    plain: async () => {
      const answer = await ask("text");
      same([answer.output_text, answer.usage.input_tokens, answer.usage.output_tokens], [TEXT, 12, 21]);
    },
    stream: async () => {
      const events = await all(ask("text", { stream: true }));
      pieces(events.filter((event) => event.type === "response.output_text.delta").map((event) => event.delta));
    },
    tools: async () => {
      const answer = await ask("tool", { tools });
      same(calls(answer).map((call) => [call.name, JSON.parse(call.arguments)]), [["stock", STOCK], ["now", {}]]);
      const results = calls(answer).map((call) => ({ type: "function_call_output", call_id: call.call_id, output: "yes" }));
      same((await ask(results, { tools, previous_response_id: answer.id })).output_text, ANSWERED);
    },
    "stream tools": async () => {
      const answer = await client.responses.stream({ model, input: "tool", tools }).finalResponse();
      same(calls(answer).map((call) => JSON.parse(call.arguments)), [STOCK, {}]);
    },
    structured: async () => {
      const format = { type: "json_schema", name: "hours", schema: HOURS_SCHEMA, strict: true };
      isHours(JSON.parse((await ask("structured", { text: { format } })).output_text));
    },
    "images, documents": async () => {
      const content = [{ type: "input_text", text: "look" }, { type: "input_image", image_url: image, detail: "auto" }];
      same((await ask([{ role: "user", content }])).output_text, LOOKED);
    },
    caching: BY_ITSELF,
    "thinking sent back": async () => {
      const answer = await ask("think", { include: ["reasoning.encrypted_content"] });
      same(answer.output[0].type, "reasoning");
      same((await ask([said("think"), ...answer.output, said("go on")])).output_text, GONE_ON);
    },
    "errors, attempts": () => attempts(() => ask("text")),
    "mid-stream error": async () => {
      same((await all(ask("broken", { stream: true }))).at(-1).type, "response.failed");
      return "event response.failed";
    },
    CountTokens: NO_COUNT,
  };
};
