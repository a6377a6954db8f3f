// AI SDK with @ai-sdk/openai: Responses.

import { createOpenAI } from "@ai-sdk/openai";
import { generateText } from "ai";

import { aiCells } from "./ai_cells.mjs";
import { cached, GPT_MANTLE, KEY, LONG, run, URL_OF_MOCK } from "./cells.mjs";

const model = createOpenAI({ baseURL: `${URL_OF_MOCK}/openai/v1`, apiKey: KEY })(GPT_MANTLE);
const caching = () => cached(async () => (await generateText({ model, instructions: LONG, prompt: "cached" })).usage.cachedInputTokens);
await run(aiCells(model, { thinks: { openai: { reasoningEffort: "low" } }, reasons: false, pdf: false, caching }));
