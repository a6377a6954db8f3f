// @langchain/openai: Responses for GPT.

import { ChatOpenAI } from "@langchain/openai";
import { HumanMessage, SystemMessage } from "@langchain/core/messages";

import { cached, cannot, GPT_MANTLE, KEY, LONG, LOOKED, PNG, run, same, URL_OF_MOCK } from "./cells.mjs";
import { langchainCells, textOf } from "./langchain_cells.mjs";

const chat = new ChatOpenAI({ model: GPT_MANTLE, apiKey: KEY, maxRetries: 2, useResponsesApi: true, configuration: { baseURL: `${URL_OF_MOCK}/openai/v1` } });
const cells = langchainCells(chat, {
  thinks: "the answer's reasoning is no content",
  documents: async () => {
    const content = [{ type: "text", text: "look" }, { type: "image_url", image_url: { url: `data:image/png;base64,${PNG.toString("base64")}` } }];
    same(textOf(await chat.invoke([new HumanMessage({ content })])), LOOKED);
  },
  caching: () =>
    cached(async () => {
      const answer = await chat.invoke([new SystemMessage(LONG), new HumanMessage("cached")]);
      return answer.usage_metadata.input_token_details?.cache_read;
    }),
  count: "the API has no call for it",
});
await run({
  ...cells,
  "errors, attempts": cannot("it does not try again after a 429", cells["errors, attempts"]),
  "mid-stream error": cannot("it ends a stream that failed as if it were whole", cells["mid-stream error"]),
});
