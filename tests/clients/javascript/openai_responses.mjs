// openai: Responses.

import OpenAI from "openai";

import { GPT_MANTLE, KEY, run, URL_OF_MOCK } from "./cells.mjs";
import { responsesCells } from "./openai_cells.mjs";

await run(responsesCells(new OpenAI({ baseURL: `${URL_OF_MOCK}/openai/v1`, apiKey: KEY }), GPT_MANTLE));
