"""The cells of pydantic-ai: agents over any of its models."""

import asyncio

from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, DocumentUrl, ModelSettings, NativeOutput, ToolOutput
from pydantic_ai.messages import ModelResponse, ThinkingPart, ToolCallPart

from cells import *


class Hours(BaseModel):
    """When a shop opens."""

    shop: str
    opens: int


def cells(model, thinks, documents, caching, count, native=False, attempted=True):
    agent = Agent(model)
    with_tools = Agent(model)
    called = []

    @with_tools.tool_plain
    def stock(title: str, volume: int) -> str:
        called.append({"title": title, "volume": volume})
        return "yes"

    @with_tools.tool_plain
    def now() -> str:
        called.append({})
        return "nine"

    def plain():
        result = agent.run_sync("text")
        usage = result.usage() if callable(result.usage) else result.usage
        same((result.output, usage.input_tokens, usage.output_tokens), (TEXT, 12, 21))

    def streamed(agent, prompt):
        async def once():
            async with agent.run_stream(prompt) as result:
                return [piece async for piece in result.stream_text(delta=True, debounce_by=None)]
        return asyncio.run(once())

    def tools():
        called.clear()
        same(with_tools.run_sync("tool").output, ANSWERED)
        same(sorted(called, key=len, reverse=True), [STOCK, {}])

    def stream_tools():
        called.clear()
        same("".join(streamed(with_tools, "tool")), ANSWERED)
        same(sorted(called, key=len, reverse=True), [STOCK, {}])

    def structured():
        output = (NativeOutput if native else ToolOutput)(Hours)
        holds(isinstance(Agent(model, output_type=output).run_sync("structured").output, Hours), "nothing parsed")

    def thinking():
        first = agent.run_sync("think", model_settings=thinks)
        parts = [part for message in first.all_messages() if isinstance(message, ModelResponse) for part in message.parts]
        holds(any(isinstance(part, ThinkingPart) for part in parts), parts)
        same(agent.run_sync("go on", message_history=first.all_messages(), model_settings=thinks).output, GONE_ON)

    def looked(*content):
        same(agent.run_sync(["look", *content]).output, LOOKED)

    return {
        "plain": plain, "stream": lambda: pieces(streamed(agent, "text")), "tools": tools, "stream tools": stream_tools,
        "structured": structured,
        "images, documents": documents if isinstance(documents, str) else lambda: looked(*documents),
        "caching": caching if isinstance(caching, str) else lambda: cached(lambda: caching(Agent)),
        "thinking sent back": thinks if isinstance(thinks, str) else thinking,
        "errors, attempts": lambda: attempts(lambda: agent.run_sync("text")),
        "mid-stream error": lambda: breaks(lambda: streamed(agent, "broken")),
        "CountTokens": count if isinstance(count, str) else lambda: count(),
    }
