// AI SDK with createBedrockMantle: gpt-oss at /v1.

import { createBedrockMantle } from "@ai-sdk/amazon-bedrock/mantle";

import { aiCells } from "./ai_cells.mjs";
import { KEY, OSS_MANTLE, run, URL_OF_MOCK } from "./cells.mjs";

const model = createBedrockMantle({ baseURL: `${URL_OF_MOCK}/v1`, apiKey: KEY })(OSS_MANTLE);
await run(aiCells(model, { thinks: {}, reasons: false, sees: "gpt-oss takes no images", caching: "gpt-oss does not cache" }));
