// The cells of the AWS SDK, whichever way its requests go.

import { ANSWERED, GONE_ON, HAIKU, HOURS_SCHEMA, LONG, LOOKED, NOW_SCHEMA, PDF, PNG, STOCK, STOCK_SCHEMA, TEXT, THOUGHT } from "./cells.mjs";
import { all, attempts, breaks, cached, isHours, pieces, same } from "./cells.mjs";

const toolConfig = {
  tools: [
    { toolSpec: { name: "stock", inputSchema: { json: STOCK_SCHEMA } } },
    { toolSpec: { name: "now", inputSchema: { json: NOW_SCHEMA } } },
  ],
};
const said = (text, ...more) => ({ role: "user", content: [{ text }, ...more] });

export const awsCells = (client, { ConverseCommand, ConverseStreamCommand, CountTokensCommand }) => {
  const ask = (messages, more = {}) => client.send(new ConverseCommand({ modelId: HAIKU, messages, ...more }));
  const streamed = async (messages, more = {}) =>
    all((await client.send(new ConverseStreamCommand({ modelId: HAIKU, messages, ...more }))).stream);
  const thinks = {
    additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1024 } },
    inferenceConfig: { maxTokens: 4096 },
  };
  return {
    plain: async () => {
      const answer = await ask([said("text")]);
      same(answer.output.message.content, [{ text: TEXT }]);
      same([answer.usage.inputTokens, answer.usage.outputTokens, answer.stopReason], [12, 21, "end_turn"]);
    },
    stream: async () => {
      const events = await streamed([said("text")]);
      pieces(events.map((event) => event.contentBlockDelta?.delta.text));
      same(events.at(-1).metadata.usage.outputTokens, 21);
    },
    tools: async () => {
      const { message } = (await ask([said("tool")], { toolConfig })).output;
      const uses = message.content.map((block) => block.toolUse);
      same(uses.map((use) => [use.name, use.input]), [["stock", STOCK], ["now", {}]]);
      const content = uses.map((use) => ({ toolResult: { toolUseId: use.toolUseId, content: [{ text: "yes" }] } }));
      const after = await ask([said("tool"), message, { role: "user", content }], { toolConfig });
      same(after.output.message.content[0].text, ANSWERED);
    },
    "stream tools": async () => {
      const inputs = {};
      for (const { contentBlockDelta: delta } of await streamed([said("tool")], { toolConfig })) {
        if (delta) inputs[delta.contentBlockIndex] = (inputs[delta.contentBlockIndex] ?? "") + delta.delta.toolUse.input;
      }
      same(Object.values(inputs).map((text) => JSON.parse(text || "{}")), [STOCK, {}]);
    },
    structured: async () => {
      const structure = { jsonSchema: { name: "hours", schema: JSON.stringify(HOURS_SCHEMA) } };
      const answer = await ask([said("structured")], { outputConfig: { textFormat: { type: "json_schema", structure } } });
      isHours(JSON.parse(answer.output.message.content[0].text));
    },
    "images, documents": async () => {
      const image = { image: { format: "png", source: { bytes: PNG } } };
      const document = { document: { format: "pdf", name: "price list", source: { bytes: PDF } } };
      same((await ask([said("look", image, document)])).output.message.content[0].text, LOOKED);
    },
    caching: () => {
      const system = [{ text: LONG }, { cachePoint: { type: "default" } }];
      return cached(async () => (await ask([said("cached")], { system })).usage.cacheReadInputTokens);
    },
    "thinking sent back": async () => {
      const { message } = (await ask([said("think")], thinks)).output;
      same(message.content[0].reasoningContent.reasoningText.text, THOUGHT);
      same((await ask([said("think"), message, said("go on")], thinks)).output.message.content[0].text, GONE_ON);
    },
    "errors, attempts": () => attempts(() => ask([said("text")])),
    "mid-stream error": () => breaks(() => streamed([said("broken")])),
    CountTokens: async () => {
      const input = { converse: { messages: [said("Hello, world!")] } };
      const counted = await client.send(new CountTokensCommand({ modelId: HAIKU.replace("us.", ""), input }));
      same(counted.inputTokens > 5, true);
    },
  };
};
