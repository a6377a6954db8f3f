import fs from "node:fs";

import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand, CountTokensCommand } from "@aws-sdk/client-bedrock-runtime";
import { beforeEach, test } from "vitest";

import { awsCells } from "./aws_cells.mjs";
import { controls } from "./cells.mjs";

const { createMock } = await import(/* @vite-ignore */ process.env.REHEARSAL_PACKAGE);
const mock = createMock({ fixtures: JSON.parse(fs.readFileSync(process.env.FIXTURES, "utf8")), fallback: "echo" });
controls(mock);
const credentials = { accessKeyId: "x", secretAccessKey: "x" };
const client = new BedrockRuntimeClient({ region: "us-east-1", credentials, requestHandler: mock.requestHandler });
beforeEach(() => mock.reset());
for (const [name, cell] of Object.entries(awsCells(client, { ConverseCommand, ConverseStreamCommand, CountTokensCommand }))) test(name, cell);
