// @anthropic-ai/bedrock-sdk AnthropicBedrockMantle: Messages of the mantle host.

import { AnthropicBedrockMantle } from "@anthropic-ai/bedrock-sdk";

import { anthropicCells } from "./anthropic_cells.mjs";
import { KEY, REGION, run, SONNET_MANTLE, URL_OF_MOCK } from "./cells.mjs";

const client = new AnthropicBedrockMantle({ baseURL: `${URL_OF_MOCK}/anthropic`, apiKey: KEY, awsRegion: REGION });
await run(anthropicCells(client, SONNET_MANTLE, true));
