// openai: Chat Completions.

import OpenAI from "openai";

import { GPT, KEY, run, URL_OF_MOCK } from "./cells.mjs";
import { chatCells } from "./openai_cells.mjs";

// Tools with reasoning are refused at this door: the model must not reason.
await run(chatCells(new OpenAI({ baseURL: `${URL_OF_MOCK}/openai/v1`, apiKey: KEY }), GPT, { reasoning_effort: "none" }));
