// The cells of the AI SDK, whichever provider its model comes from.

import { generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

import { ANSWERED, GONE_ON, LOOKED, PDF, PNG, STOCK, TEXT, THOUGHT } from "./cells.mjs";
import { all, attempts, breaks, isHours, pieces, same } from "./cells.mjs";

export const aiCells = (model, { thinks, pdf = true, sees = true, caching, reasons = true }) => {
  let called = [];
  const use = (inputSchema, result) =>
    tool({
      inputSchema,
      execute: async (input) => {
        called.push(input);
        return result;
      },
    });
  const tools = { stock: use(z.object({ title: z.string(), volume: z.number() }), "yes"), now: use(z.object({}), "nine") };
  const withTools = () => {
    called = [];
    return { model, prompt: "tool", tools, stopWhen: stepCountIs(2) };
  };
  const usedTools = (text) => {
    same(text, ANSWERED);
    same(called, [STOCK, {}]);
  };
  const parts = async (request) => {
    const seen = await all(streamText({ ...request, onError: () => {} }).fullStream);
    const failed = seen.find((part) => part.type === "error");
    if (failed) throw failed.error;
    return seen;
  };
  const ask = (more) => generateText({ model, ...more });
  return {
    plain: async () => {
      const answer = await ask({ prompt: "text" });
      same([answer.text, answer.usage.inputTokens, answer.usage.outputTokens], [TEXT, 12, 21]);
    },
    stream: async () => pieces((await parts({ model, prompt: "text" })).filter((part) => part.type === "text-delta").map((part) => part.text)),
    tools: async () => usedTools((await generateText(withTools())).text),
    "stream tools": async () => {
      const texts = (await parts(withTools())).filter((part) => part.type === "text-delta");
      usedTools(texts.map((part) => part.text).join(""));
    },
    structured: async () => {
      const schema = z.object({ shop: z.string(), opens: z.number().int() });
      isHours((await ask({ prompt: "structured", output: Output.object({ schema }) })).output);
    },
    "images, documents":
      sees === true
        ? async () => {
            const content = [{ type: "text", text: "look" }, { type: "image", image: PNG }];
            if (pdf) content.push({ type: "file", data: PDF, mediaType: "application/pdf", filename: "price list" });
            same((await ask({ messages: [{ role: "user", content }] })).text, LOOKED);
          }
        : sees,
    caching,
    "thinking sent back":
      typeof thinks === "string"
        ? thinks
        : async () => {
            const answer = await ask({ prompt: "think", providerOptions: thinks });
            if (reasons) same(answer.reasoningText, THOUGHT);
            const messages = [{ role: "user", content: "think" }, ...answer.response.messages, { role: "user", content: "go on" }];
            same((await ask({ messages, providerOptions: thinks })).text, GONE_ON);
          },
    "errors, attempts": () => attempts(() => ask({ prompt: "text", maxRetries: 2 })),
    "mid-stream error": () => breaks(() => parts({ model, prompt: "broken" })),
    CountTokens: "the SDK has no call for it",
  };
};
