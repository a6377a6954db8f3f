"""The cells of LiteLLM: one call, whichever door its prefix names."""

import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm

from cells import *

litellm.suppress_debug_info = True
os.environ["AWS_BEDROCK_RUNTIME_ENDPOINT"] = URL
TOOLS = [{"type": "function", "function": {"name": name, "description": name, "parameters": schema}} for name, schema in (("stock", STOCK_SCHEMA), ("now", NOW_SCHEMA))]


def said(content):
    return [{"role": "user", "content": content}]


def cells(model, thinks, **usual):
    def ask(messages, **more):
        return litellm.completion(**{"model": model, "messages": messages, **usual, **more})

    def plain():
        answer = ask(said("text"))
        same((answer.choices[0].message.content, answer.usage.prompt_tokens, answer.usage.completion_tokens), (TEXT, 12, 21))

    def stream():
        pieces(chunk.choices[0].delta.content for chunk in ask(said("text"), stream=True))

    def tools():
        answer = ask(said("tool"), tools=TOOLS).choices[0].message
        same([(call.function.name, json.loads(call.function.arguments)) for call in answer.tool_calls], [("stock", STOCK), ("now", {})])
        results = [{"role": "tool", "tool_call_id": call.id, "content": "yes"} for call in answer.tool_calls]
        same(ask([*said("tool"), answer.model_dump(), *results], tools=TOOLS).choices[0].message.content, ANSWERED)

    def stream_tools():
        chunks = list(ask(said("tool"), tools=TOOLS, stream=True))
        calls = litellm.stream_chunk_builder(chunks).choices[0].message.tool_calls
        same([json.loads(call.function.arguments) for call in calls], [STOCK, {}])

    def structured():
        schema = {"type": "json_schema", "json_schema": {"name": "hours", "schema": HOURS_SCHEMA, "strict": True}}
        same(sorted(json.loads(ask(said("structured"), response_format=schema).choices[0].message.content)), ["opens", "shop"])

    def documents():
        url = lambda kind, data: f"data:{kind};base64," + base64.b64encode(data).decode()
        parts = [
            {"type": "text", "text": "look"},
            {"type": "image_url", "image_url": {"url": url("image/png", PNG)}},
            {"type": "file", "file": {"file_data": url("application/pdf", PDF), "format": "application/pdf"}},
        ]
        same(ask(said(parts)).choices[0].message.content, LOOKED)

    def caching():
        system = {"role": "system", "content": [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]}
        cached(lambda: ask([system, *said("cached")]).usage.prompt_tokens_details.cached_tokens)

    def thinking():
        answer = ask(said("think"), **thinks).choices[0].message
        same(answer.reasoning_content, THOUGHT)
        same(ask([*said("think"), answer.model_dump(), *said("go on")], **thinks).choices[0].message.content, GONE_ON)

    def count():
        holds(litellm.token_counter(model=model, messages=said("Hello, world!")) > 3, "no tokens")
        return "counted locally: nothing is sent"

    return {
        "plain": plain, "stream": stream, "tools": tools, "stream tools": stream_tools, "structured": structured,
        "images, documents": documents, "caching": caching, "thinking sent back": thinking,
        "errors, attempts": lambda: attempts(lambda: ask(said("text"), num_retries=2)),
        "mid-stream error": lambda: breaks(lambda: list(ask(said("broken"), stream=True))),
        "CountTokens": count,
    }
