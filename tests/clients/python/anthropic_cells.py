"""The cells of Anthropic's clients: one API, whichever class speaks it."""

import anthropic
from pydantic import BaseModel

from cells import *

TOOLS = [
    {"name": "stock", "description": "Is a volume in stock?", "input_schema": STOCK_SCHEMA},
    {"name": "now", "description": "The time.", "input_schema": NOW_SCHEMA},
]


class Hours(BaseModel):
    shop: str
    opens: int


def said(text, *more):
    return [{"role": "user", "content": [{"type": "text", "text": text}, *more]}]


def cells(client, model, counts, adaptive):
    """`counts`: whether the client counts tokens here, or why not; `adaptive`: whether the model decides how much it thinks."""
    thinks = {"thinking": {"type": "adaptive"} if adaptive else {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4096}

    def ask(messages, **more):
        return client.messages.create(**{"model": model, "max_tokens": 64, "messages": messages, **more})

    def plain():
        answer = ask(said("text"))
        same((answer.content[0].text, answer.usage.input_tokens, answer.usage.output_tokens, answer.stop_reason), (TEXT, 12, 21, "end_turn"))

    def stream():
        with client.messages.stream(model=model, max_tokens=64, messages=said("text")) as events:
            pieces(events.text_stream)
            same(events.get_final_message().usage.output_tokens, 21)

    def tools():
        answer = ask(said("tool"), tools=TOOLS)
        same([(use.name, use.input) for use in answer.content], [("stock", STOCK), ("now", {})])
        results = [{"type": "tool_result", "tool_use_id": use.id, "content": "yes"} for use in answer.content]
        after = ask([*said("tool"), {"role": "assistant", "content": answer.content}, {"role": "user", "content": results}], tools=TOOLS)
        same(after.content[0].text, ANSWERED)

    def stream_tools():
        with client.messages.stream(model=model, max_tokens=64, messages=said("tool"), tools=TOOLS) as events:
            same([use.input for use in events.get_final_message().content], [STOCK, {}])

    def structured():
        answer = client.messages.parse(model=model, max_tokens=64, messages=said("structured"), output_format=Hours)
        holds(isinstance(answer.parsed_output, Hours), answer.parsed_output)

    def documents():
        source = lambda kind, data: {"type": "base64", "media_type": kind, "data": base64.b64encode(data).decode()}
        image = {"type": "image", "source": source("image/png", PNG)}
        document = {"type": "document", "source": source("application/pdf", PDF)}
        same(ask(said("look", image, document)).content[0].text, LOOKED)

    def caching():
        system = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]
        cached(lambda: ask(said("cached"), system=system).usage.cache_read_input_tokens)

    def thinking():
        answer = ask(said("think"), **thinks)
        same(answer.content[0].type, "thinking")
        after = ask([*said("think"), {"role": "assistant", "content": answer.content}, *said("go on")], **thinks)
        same(after.content[0].text, GONE_ON)

    def mid_stream():
        def call():
            with client.messages.stream(model=model, max_tokens=64, messages=said("broken")) as events:
                events.get_final_message()
        return breaks(call)

    def count():
        holds(client.messages.count_tokens(model=model, messages=said("Hello, world!")).input_tokens > 5, "no tokens")

    return {
        "plain": plain, "stream": stream, "tools": tools, "stream tools": stream_tools, "structured": structured,
        "images, documents": documents, "caching": caching, "thinking sent back": thinking,
        "errors, attempts": lambda: attempts(lambda: ask(said("text"))), "mid-stream error": mid_stream,
        "CountTokens": count if counts is True else counts,
    }
