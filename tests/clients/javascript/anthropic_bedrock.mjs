// @anthropic-ai/bedrock-sdk AnthropicBedrock: InvokeModel.

import { AnthropicBedrock } from "@anthropic-ai/bedrock-sdk";

import { anthropicCells } from "./anthropic_cells.mjs";
import { REGION, run, SONNET, URL_OF_MOCK } from "./cells.mjs";

const client = new AnthropicBedrock({ baseURL: URL_OF_MOCK, awsRegion: REGION, awsAccessKey: "x", awsSecretKey: "x" });
await run(anthropicCells(client, SONNET, "the class has no call for it"));
