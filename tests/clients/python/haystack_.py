"""Haystack AmazonBedrockChatGenerator: Converse."""

from haystack.dataclasses import ChatMessage, FileContent, ImageContent
from haystack.tools import Tool
from haystack_integrations.components.generators.amazon_bedrock import AmazonBedrockChatGenerator

from cells import *

TOOLS = [Tool(name=name, description=name, parameters=schema, function=lambda **given: "yes") for name, schema in (("stock", STOCK_SCHEMA), ("now", NOW_SCHEMA))]


def chat(**more):
    return AmazonBedrockChatGenerator(model=HAIKU, boto3_config={"retries": {"mode": "standard"}}, **more)


def ask(messages, generator=None, **more):
    return (generator or chat()).run(messages=messages, **more)["replies"][0]


user = ChatMessage.from_user


def plain():
    answer = ask([user("text")])
    same((answer.text, answer.meta["usage"]["prompt_tokens"], answer.meta["usage"]["completion_tokens"]), (TEXT, 12, 21))


def stream():
    seen = []
    ask([user("text")], streaming_callback=lambda chunk: seen.append(chunk.content))
    pieces(seen)


def calls(answer):
    return [(call.tool_name, call.arguments) for call in answer.tool_calls]


def tools():
    answer = ask([user("tool")], tools=TOOLS)
    same(calls(answer), [("stock", STOCK), ("now", {})])
    results = [ChatMessage.from_tool(tool_result="yes", origin=call) for call in answer.tool_calls]
    same(ask([user("tool"), answer, *results], tools=TOOLS).text, ANSWERED)


def stream_tools():
    same(calls(ask([user("tool")], tools=TOOLS, streaming_callback=lambda chunk: None)), [("stock", STOCK), ("now", {})])


def documents():
    image = ImageContent(base64_image=base64.b64encode(PNG).decode(), mime_type="image/png")
    document = FileContent(base64_data=base64.b64encode(PDF).decode(), mime_type="application/pdf", filename="price list.pdf")
    same(ask([ChatMessage.from_user(content_parts=["look", image, document])]).text, LOOKED)


def caching():
    system = ChatMessage.from_system(LONG, meta={"cachePoint": {"type": "default"}})
    cached(lambda: ask([system, user("cached")]).meta["usage"].get("cache_read_input_tokens"))


def thinking():
    more = {"additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}}, "maxTokens": 4096}
    answer = ask([user("think")], generation_kwargs=more)
    same(answer.reasoning.reasoning_text, THOUGHT)
    same(ask([user("think"), answer, user("go on")], generation_kwargs=more).text, GONE_ON)


run({"plain": plain, "stream": stream, "tools": tools, "stream tools": stream_tools, "structured": "the component has no option for it",
     "images, documents": documents, "caching": caching, "thinking sent back": thinking,
     "errors, attempts": lambda: attempts(lambda: ask([user("text")])),
     "mid-stream error": lambda: breaks(lambda: ask([user("broken")], streaming_callback=lambda chunk: None)),
     "CountTokens": "the component has no call for it"})
