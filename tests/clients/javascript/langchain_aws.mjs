// @langchain/aws ChatBedrockConverse.

import { ChatBedrockConverse } from "@langchain/aws";

import { HAIKU, LONG, LOOKED, PDF, PNG, REGION, run } from "./cells.mjs";
import { cached, same } from "./cells.mjs";
import { langchainCells, textOf } from "./langchain_cells.mjs";
import { HumanMessage, SystemMessage } from "@langchain/core/messages";

const credentials = { accessKeyId: "x", secretAccessKey: "x" };
const chat = (more = {}) => new ChatBedrockConverse({ model: HAIKU, region: REGION, credentials, maxRetries: 2, ...more });
await run(
  langchainCells(chat(), {
    thinks: chat({ maxTokens: 4096, additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1024 } } }),
    documents: async () => {
      const content = [
        { type: "text", text: "look" },
        { type: "image_url", image_url: { url: `data:image/png;base64,${PNG.toString("base64")}` } },
        { type: "document", document: { format: "pdf", name: "price list", source: { bytes: PDF } } },
      ];
      same(textOf(await chat().invoke([new HumanMessage({ content })])), LOOKED);
    },
    caching: () =>
      cached(async () => {
        const system = new SystemMessage({ content: [{ type: "text", text: LONG }, { cachePoint: { type: "default" } }] });
        return (await chat().invoke([system, new HumanMessage("cached")])).usage_metadata.input_token_details?.cache_read;
      }),
    count: "the class has no call for it",
  }),
);
