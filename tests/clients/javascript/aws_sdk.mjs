// @aws-sdk/client-bedrock-runtime with its default handler: HTTP/2.

import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand, CountTokensCommand } from "@aws-sdk/client-bedrock-runtime";

import { awsCells } from "./aws_cells.mjs";
import { run, URL_OF_MOCK, REGION } from "./cells.mjs";

const client = new BedrockRuntimeClient({ endpoint: URL_OF_MOCK, region: REGION });
await run(awsCells(client, { ConverseCommand, ConverseStreamCommand, CountTokensCommand }));
client.destroy();
