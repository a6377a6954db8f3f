// @langchain/openai: Responses for GPT.

import { ChatOpenAI } from "@langchain/openai";
import { HumanMessage } from "@langchain/core/messages";

import { cannot, GPT_MANTLE, KEY, LOOKED, PNG, run, same, URL_OF_MOCK } from "./cells.mjs";
import { langchainCells, textOf } from "./langchain_cells.mjs";

const chat = new ChatOpenAI({ model: GPT_MANTLE, apiKey: KEY, maxRetries: 2, useResponsesApi: true, configuration: { baseURL: `${URL_OF_MOCK}/openai/v1` } });
const cells = langchainCells(chat, {
  thinks: "the answer's reasoning is no content",
  documents: async () => {
    const content = [{ type: "text", text: "look" }, { type: "image_url", image_url: { url: `data:image/png;base64,${PNG.toString("base64")}` } }];
    same(textOf(await chat.invoke([new HumanMessage({ content })])), LOOKED);
  },
  caching: "GPT caches by itself",
  count: "the API has no call for it",
});
await run({
  ...cells,
  "errors, attempts": cannot("it does not try again after a 429", cells["errors, attempts"]),
  "mid-stream error": cannot("it ends a stream that failed as if it were whole", cells["mid-stream error"]),
});
