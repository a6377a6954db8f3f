// The cells of Anthropic's clients: one API, whichever class speaks it.

import { ANSWERED, GONE_ON, HOURS_SCHEMA, LONG, LOOKED, NOW_SCHEMA, PDF, PNG, STOCK, STOCK_SCHEMA, TEXT } from "./cells.mjs";
import { all, attempts, breaks, cached, isHours, pieces, same } from "./cells.mjs";

const tools = [
  { name: "stock", input_schema: STOCK_SCHEMA },
  { name: "now", input_schema: NOW_SCHEMA },
];
const said = (text, ...more) => ({ role: "user", content: [{ type: "text", text }, ...more] });
const source = (media_type, data) => ({ type: "base64", media_type, data: data.toString("base64") });

export const anthropicCells = (client, model, counts) => {
  const ask = (messages, more = {}) => client.messages.create({ model, max_tokens: 64, messages, ...more });
  const thinks = { thinking: { type: "adaptive" }, max_tokens: 4096 };
  return {
    plain: async () => {
      const answer = await ask([said("text")]);
      same([answer.content[0].text, answer.usage.input_tokens, answer.usage.output_tokens], [TEXT, 12, 21]);
    },
    stream: async () => pieces((await all(ask([said("text")], { stream: true }))).map((event) => event.delta?.text)),
    tools: async () => {
      const answer = await ask([said("tool")], { tools });
      same(answer.content.map((use) => [use.name, use.input]), [["stock", STOCK], ["now", {}]]);
      const content = answer.content.map((use) => ({ type: "tool_result", tool_use_id: use.id, content: "yes" }));
      const after = await ask([said("tool"), { role: "assistant", content: answer.content }, { role: "user", content }], { tools });
      same(after.content[0].text, ANSWERED);
    },
    "stream tools": async () => {
      const message = await client.messages.stream({ model, max_tokens: 64, messages: [said("tool")], tools }).finalMessage();
      same(message.content.map((use) => use.input), [STOCK, {}]);
    },
    structured: async () => {
      const answer = await ask([said("structured")], { output_config: { format: { type: "json_schema", schema: HOURS_SCHEMA } } });
      isHours(JSON.parse(answer.content[0].text));
    },
    "images, documents": async () => {
      const media = [
        { type: "image", source: source("image/png", PNG) },
        { type: "document", source: source("application/pdf", PDF) },
      ];
      same((await ask([said("look", ...media)])).content[0].text, LOOKED);
    },
    caching: () => {
      const system = [{ type: "text", text: LONG, cache_control: { type: "ephemeral" } }];
      return cached(async () => (await ask([said("cached")], { system })).usage.cache_read_input_tokens);
    },
    "thinking sent back": async () => {
      const answer = await ask([said("think")], thinks);
      same(answer.content[0].type, "thinking");
      same((await ask([said("think"), { role: "assistant", content: answer.content }, said("go on")], thinks)).content[0].text, GONE_ON);
    },
    "errors, attempts": () => attempts(() => ask([said("text")])),
    "mid-stream error": () => breaks(() => client.messages.stream({ model, max_tokens: 64, messages: [said("broken")] }).finalMessage()),
    CountTokens:
      counts === true
        ? async () => same((await client.messages.countTokens({ model, messages: [said("Hello, world!")] })).input_tokens > 5, true)
        : counts,
  };
};
