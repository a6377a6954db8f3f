// AI SDK with @ai-sdk/anthropic: Messages.

import { createAnthropic } from "@ai-sdk/anthropic";
import { generateText } from "ai";

import { aiCells } from "./ai_cells.mjs";
import { cached, KEY, LONG, run, SONNET, URL_OF_MOCK } from "./cells.mjs";

const model = createAnthropic({ baseURL: `${URL_OF_MOCK}/anthropic/v1`, apiKey: KEY })(SONNET);
const cacheControl = { anthropic: { cacheControl: { type: "ephemeral" } } };
await run(
  aiCells(model, {
    thinks: { anthropic: { thinking: { type: "adaptive" } } },
    caching: () =>
      cached(async () => {
        const instructions = { role: "system", content: LONG, providerOptions: cacheControl };
        return (await generateText({ model, instructions, prompt: "cached" })).usage.cachedInputTokens;
      }),
  }),
);
