// MSW: Anthropic's and OpenAI's SDKs at the service's own URLs, answered by the package's `fetch`.

import fs from "node:fs";

import Anthropic from "@anthropic-ai/sdk";
import { http } from "msw";
import { setupServer } from "msw/node";
import OpenAI from "openai";

import { anthropicCells } from "./anthropic_cells.mjs";
import { controls, KEY, run, SONNET } from "./cells.mjs";
import { responsesCells } from "./openai_cells.mjs";

const { createMock } = await import(process.env.REHEARSAL_PACKAGE);
const mock = createMock({ fixtures: JSON.parse(fs.readFileSync(process.env.FIXTURES, "utf8")), fallback: "echo" });
controls(mock);
const server = setupServer(http.all("https://*", ({ request }) => mock.fetch(request)));
server.listen({ onUnhandledRequest: "error" });

const anthropic = new Anthropic({ baseURL: "https://bedrock-runtime.us-east-1.amazonaws.com/anthropic", apiKey: KEY });
const openai = new OpenAI({ baseURL: "https://bedrock-mantle.us-east-1.api.aws/openai/v1", apiKey: KEY });
const first = anthropicCells(anthropic, SONNET, "the runtime host has no count_tokens");
const second = responsesCells(openai, "openai.gpt-5.6-sol");
const both = Object.entries(first).map(([name, cell]) => {
  const other = second[name];
  if (typeof cell === "string" && typeof other === "string") return [name, cell];
  const ask = async () => {
    const note = typeof cell === "string" ? "" : await cell();
    // What was counted before belongs to the other client.
    mock.reset();
    if (typeof other !== "string") await other();
    return note;
  };
  return [name, ask];
});
await run(Object.fromEntries(both));
server.close();
