// AI SDK with @ai-sdk/amazon-bedrock: Converse.

import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { generateText } from "ai";

import { aiCells } from "./ai_cells.mjs";
import { cached, HAIKU, KEY, LONG, REGION, run, URL_OF_MOCK } from "./cells.mjs";

const model = createAmazonBedrock({ baseURL: URL_OF_MOCK, apiKey: KEY, region: REGION })(HAIKU);
const cachePoint = { bedrock: { cachePoint: { type: "default" } } };
await run(
  aiCells(model, {
    thinks: { bedrock: { reasoningConfig: { type: "enabled", budgetTokens: 1024 } } },
    caching: () =>
      cached(async () => {
        const instructions = { role: "system", content: LONG, providerOptions: cachePoint };
        return (await generateText({ model, instructions, prompt: "cached" })).usage.cachedInputTokens;
      }),
  }),
);
