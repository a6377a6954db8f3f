// AI SDK with @ai-sdk/openai: Responses.

import { createOpenAI } from "@ai-sdk/openai";

import { aiCells } from "./ai_cells.mjs";
import { GPT_MANTLE, KEY, run, URL_OF_MOCK } from "./cells.mjs";

const model = createOpenAI({ baseURL: `${URL_OF_MOCK}/openai/v1`, apiKey: KEY })(GPT_MANTLE);
await run(aiCells(model, { thinks: { openai: { reasoningEffort: "low" } }, reasons: false, pdf: false, caching: "GPT caches by itself" }));
