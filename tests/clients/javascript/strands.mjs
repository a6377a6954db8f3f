// @strands-agents/sdk BedrockModel: ConverseStream over HTTP/2.

import { Agent, BedrockModel, tool } from "@strands-agents/sdk";
import { z } from "zod";

import { ANSWERED, attempts, breaks, GONE_ON, HAIKU, LONG, LOOKED, cached, isHours, PDF, PNG, pieces, REGION, run, same, STOCK, TEXT, THOUGHT, URL_OF_MOCK } from "./cells.mjs";

const model = (more = {}) => new BedrockModel({ modelId: HAIKU, region: REGION, clientConfig: { endpoint: URL_OF_MOCK }, ...more });
const agent = (more = {}) => new Agent({ model: model(), printer: false, ...more });
const textOf = (result) => result.lastMessage.content.map((block) => block.text ?? "").join("");
let called = [];
const use = (name, inputSchema, result) =>
  tool({
    name,
    description: name,
    inputSchema,
    callback: (input) => {
      called.push(input);
      return result;
    },
  });
const tools = [use("stock", z.object({ title: z.string(), volume: z.number() }), "yes"), use("now", z.object({}), "nine")];
const withTools = async () => {
  called = [];
  same(textOf(await agent({ tools }).invoke("tool")), ANSWERED);
  same(called, [STOCK, {}]);
};
const thinks = () =>
  agent({ model: model({ maxTokens: 4096, additionalRequestFields: { thinking: { type: "enabled", budget_tokens: 1024 } } }) });

await run({
  plain: async () => same(textOf(await agent().invoke("text")), TEXT),
  stream: async () => {
    const texts = [];
    for await (const event of agent().stream("text")) {
      const inner = event.event ?? event;
      if (inner.delta?.type === "textDelta") texts.push(inner.delta.text);
    }
    pieces(texts);
  },
  tools: withTools,
  "stream tools": withTools,
  structured: async () => {
    const structuredOutputSchema = z.object({ shop: z.string(), opens: z.number().int() });
    isHours((await agent({ structuredOutputSchema }).invoke("structured")).structuredOutput);
  },
  "images, documents": async () => {
    const content = [
      { text: "look" },
      { image: { format: "png", source: { bytes: PNG } } },
      { document: { format: "pdf", name: "price list", source: { bytes: PDF } } },
    ];
    same(textOf(await agent().invoke(content)), LOOKED);
  },
  caching: () =>
    cached(async () => {
      await agent({ systemPrompt: [{ text: LONG }, { cachePoint: { cacheType: "default" } }] }).invoke("cached");
    }),
  "thinking sent back": async () => {
    const used = thinks();
    same(JSON.stringify((await used.invoke("think")).lastMessage).includes(THOUGHT), true);
    same(textOf(await used.invoke("go on")), GONE_ON);
  },
  "errors, attempts": () => attempts(() => agent().invoke("text")),
  "mid-stream error": () => breaks(() => agent().invoke("broken")),
  CountTokens: "it estimates by itself unless told otherwise: nothing is sent",
});
