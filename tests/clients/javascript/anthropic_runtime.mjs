// @anthropic-ai/sdk: Messages of the runtime host.

import Anthropic from "@anthropic-ai/sdk";

import { anthropicCells } from "./anthropic_cells.mjs";
import { KEY, run, SONNET, URL_OF_MOCK } from "./cells.mjs";

const client = new Anthropic({ baseURL: `${URL_OF_MOCK}/anthropic`, apiKey: KEY });
await run(anthropicCells(client, SONNET, "the runtime host has no count_tokens"));
