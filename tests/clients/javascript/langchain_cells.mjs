// The cells of LangChain's chat models.

import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { z } from "zod";

import { ANSWERED, GONE_ON, STOCK, TEXT, THOUGHT } from "./cells.mjs";
import { all, attempts, breaks, isHours, pieces, same } from "./cells.mjs";

export const textOf = ({ content }) =>
  typeof content === "string" ? content : content.map((block) => block.text ?? "").join("");

const tools = [
  tool(() => "yes", { name: "stock", description: "Is a volume in stock?", schema: z.object({ title: z.string(), volume: z.number() }) }),
  tool(() => "nine", { name: "now", description: "The time.", schema: z.object({}) }),
];
const Hours = z.object({ shop: z.string(), opens: z.number().int() });

/** `thinks`: a model that thinks, or why none does; `documents`, `caching`, `count` as cells. */
export const langchainCells = (chat, { thinks, documents, caching, count }) => {
  const withTools = chat.bindTools(tools);
  const calls = (message) => message.tool_calls.map((call) => [call.name, call.args]);
  return {
    plain: async () => {
      const answer = await chat.invoke("text");
      same([textOf(answer), answer.usage_metadata.input_tokens, answer.usage_metadata.output_tokens], [TEXT, 12, 21]);
    },
    stream: async () => pieces((await all(chat.stream("text"))).map(textOf)),
    tools: async () => {
      const answer = await withTools.invoke("tool");
      same(calls(answer), [["stock", STOCK], ["now", {}]]);
      const results = answer.tool_calls.map((call) => new ToolMessage({ content: "yes", tool_call_id: call.id }));
      same(textOf(await withTools.invoke([new HumanMessage("tool"), answer, ...results])), ANSWERED);
    },
    "stream tools": async () => {
      const chunks = await all(withTools.stream("tool"));
      same(calls(chunks.reduce((whole, chunk) => whole.concat(chunk))), [["stock", STOCK], ["now", {}]]);
    },
    structured: async () => isHours(await chat.withStructuredOutput(Hours, { name: "hours" }).invoke("structured")),
    "images, documents": documents,
    caching,
    "thinking sent back":
      typeof thinks === "string"
        ? thinks
        : async () => {
            const answer = await thinks.invoke("think");
            same(JSON.stringify(answer.content).includes(THOUGHT), true);
            same(textOf(await thinks.invoke([new HumanMessage("think"), answer, new HumanMessage("go on")])), GONE_ON);
          },
    "errors, attempts": () => attempts(() => chat.invoke("text")),
    "mid-stream error": () => breaks(() => all(chat.stream("broken"))),
    CountTokens: count,
  };
};
