"""The cells of Strands: agents over any of its models."""

import asyncio

from pydantic import BaseModel
from strands import Agent, tool

from cells import *


class Hours(BaseModel):
    """When a shop opens."""

    shop: str
    opens: int


called = []


@tool
def stock(title: str, volume: int) -> str:
    """Is a volume in stock?"""
    called.append({"title": title, "volume": volume})
    return "yes"


@tool
def now() -> str:
    """The time."""
    called.append({})
    return "nine"


def text_of(result):
    return "".join(block.get("text", "") for block in result.message["content"])


def streamed(agent, prompt):
    async def once():
        return [event["data"] async for event in agent.stream_async(prompt) if "data" in event]
    return asyncio.run(once())


def cells(model, thinks, caching, documents, count, structured=None):
    agent = lambda used=model, **more: Agent(model=used, callback_handler=None, retry_strategy=None, **more)

    def plain():
        result = agent()("text")
        same((text_of(result), result.metrics.accumulated_usage["inputTokens"], result.metrics.accumulated_usage["outputTokens"]), (TEXT, 12, 21))

    def tools():
        called.clear()
        same(text_of(agent(tools=[stock, now])("tool")), ANSWERED)
        same(sorted(called, key=len, reverse=True), [STOCK, {}])

    def thinking():
        used = agent(thinks)
        holds(THOUGHT in json.dumps(used("think").message), used.messages)
        same(text_of(used("go on")), GONE_ON)

    def hours():
        holds(isinstance(agent().structured_output(Hours, "structured"), Hours), "nothing parsed")

    return {
        "plain": plain, "stream": lambda: pieces(streamed(agent(), "text")), "tools": tools,
        "stream tools": tools, "structured": structured or hours,
        "images, documents": documents if isinstance(documents, str) else lambda: same(text_of(agent()([{"text": "look"}, *documents])), LOOKED),
        "caching": caching if isinstance(caching, str) else lambda: cached(lambda: caching(agent)),
        "thinking sent back": thinks if isinstance(thinks, str) else thinking,
        "errors, attempts": lambda: attempts(lambda: agent()("text")),
        "mid-stream error": lambda: breaks(lambda: agent()("broken")),
        "CountTokens": count,
    }
