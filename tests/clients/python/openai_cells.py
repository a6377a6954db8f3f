"""The cells of OpenAI's clients: Chat Completions and Responses, whichever class speaks them."""

import openai
from pydantic import BaseModel

from cells import *

FUNCTIONS = [("stock", STOCK_SCHEMA), ("now", NOW_SCHEMA)]
NO_COUNT = "the API has no call for it"
IMAGE = "data:image/png;base64," + base64.b64encode(PNG).decode()


class Hours(BaseModel):
    shop: str
    opens: int


def said(text, *more):
    return [{"role": "user", "content": [text, *more] if more else text}]


def chat(client, model, sees=True, **usual):
    """`sees`: whether the model takes images, or why not. `usual`: what every call sends."""
    tools = [{"type": "function", "function": {"name": name, "parameters": schema}} for name, schema in FUNCTIONS]

    def ask(messages, **more):
        return client.chat.completions.create(model=model, messages=messages, **usual, **more)

    def plain():
        answer = ask(said("text"))
        same((answer.choices[0].message.content, answer.usage.prompt_tokens, answer.usage.completion_tokens), (TEXT, 12, 21))

    def stream():
        chunks = list(ask(said("text"), stream=True, stream_options={"include_usage": True}))
        pieces(choice.delta.content for chunk in chunks for choice in chunk.choices)
        same(chunks[-1].usage.completion_tokens, 21)

    def calls_tools():
        answer = ask(said("tool"), tools=tools).choices[0].message
        same([(call.function.name, json.loads(call.function.arguments)) for call in answer.tool_calls], [("stock", STOCK), ("now", {})])
        results = [{"role": "tool", "tool_call_id": call.id, "content": "yes"} for call in answer.tool_calls]
        after = ask([*said("tool"), answer.model_dump(exclude_none=True), *results], tools=tools)
        same(after.choices[0].message.content, ANSWERED)

    def stream_tools():
        with client.chat.completions.stream(model=model, messages=said("tool"), tools=tools, **usual) as events:
            final = events.get_final_completion().choices[0].message
        same([json.loads(call.function.arguments) for call in final.tool_calls], [STOCK, {}])

    def structured():
        answer = client.chat.completions.parse(model=model, messages=said("structured"), response_format=Hours, **usual)
        holds(isinstance(answer.choices[0].message.parsed, Hours), answer)

    def documents():
        parts = [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": IMAGE}}]
        same(ask([{"role": "user", "content": parts}]).choices[0].message.content, LOOKED)

    return {
        "plain": plain, "stream": stream, "tools": calls_tools, "stream tools": stream_tools, "structured": structured,
        "images, documents": documents if sees is True else sees,
        "caching": lambda: implicit(lambda: ask([{"role": "system", "content": LONG}, *said("cached")]).usage.prompt_tokens_details),
        "thinking sent back": "Chat Completions takes no reasoning back",
        "errors, attempts": lambda: attempts(lambda: ask(said("text"))),
        "mid-stream error": lambda: breaks(lambda: list(ask(said("broken"), stream=True))),
        "CountTokens": NO_COUNT,
    }


def responses(client, model, sees=True):
    tools = [{"type": "function", "name": name, "parameters": schema, "strict": False} for name, schema in FUNCTIONS]

    def ask(asked, **more):
        return client.responses.create(model=model, input=asked, **more)

    def plain():
        answer = ask("text")
        same((answer.output_text, answer.usage.input_tokens, answer.usage.output_tokens), (TEXT, 12, 21))

    def stream():
        events = list(ask("text", stream=True))
        pieces(event.delta for event in events if event.type == "response.output_text.delta")
        same(events[-1].response.usage.output_tokens, 21)

    def calls_tools():
        answer = ask("tool", tools=tools)
        calls = [item for item in answer.output if item.type == "function_call"]
        same([(call.name, json.loads(call.arguments)) for call in calls], [("stock", STOCK), ("now", {})])
        results = [{"type": "function_call_output", "call_id": call.call_id, "output": "yes"} for call in calls]
        same(ask(results, tools=tools, previous_response_id=answer.id).output_text, ANSWERED)

    def stream_tools():
        with client.responses.stream(model=model, input="tool", tools=tools) as events:
            calls = [item for item in events.get_final_response().output if item.type == "function_call"]
        same([json.loads(call.arguments) for call in calls], [STOCK, {}])

    def structured():
        holds(isinstance(client.responses.parse(model=model, input="structured", text_format=Hours).output_parsed, Hours), "nothing parsed")

    def documents():
        parts = [{"type": "input_text", "text": "look"}, {"type": "input_image", "image_url": IMAGE, "detail": "auto"}]
        same(ask([{"role": "user", "content": parts}]).output_text, LOOKED)

    def thinking():
        answer = ask("think", include=["reasoning.encrypted_content"])
        same(answer.output[0].type, "reasoning")
        items = [item.model_dump(exclude_none=True) for item in answer.output]
        same(ask([*said("think"), *items, *said("go on")]).output_text, GONE_ON)

    def mid_stream():
        last = list(ask("broken", stream=True))[-1]
        same(last.type, "response.failed")
        return "event response.failed"

    return {
        "plain": plain, "stream": stream, "tools": calls_tools, "stream tools": stream_tools, "structured": structured,
        "images, documents": documents if sees is True else sees,
        "caching": lambda: implicit(lambda: ask("cached", instructions=LONG).usage.input_tokens_details),
        "thinking sent back": thinking,
        "errors, attempts": lambda: attempts(lambda: ask("text")),
        "mid-stream error": mid_stream,
        "CountTokens": NO_COUNT,
    }


def implicit(details):
    """Models that cache by themselves: the ledger says what happened, the client the same."""
    details()
    read = details()
    second = [record for record in records() if record["status"] == 200][-1]
    same((read.cached_tokens if read else 0) or 0, second["cache_read_tokens"])
    return "read by itself" if second["cache_read_tokens"] else "the model does not cache"
