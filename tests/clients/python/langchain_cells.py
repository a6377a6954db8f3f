"""The cells of LangChain's chat models."""

from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from cells import *


class Hours(BaseModel):
    """When a shop opens."""

    shop: str
    opens: int


@tool
def stock(title: str, volume: int) -> str:
    """Is a volume in stock?"""
    return "yes"


@tool
def now() -> str:
    """The time."""
    return "nine"


def text_of(message):
    if isinstance(message.content, str):
        return message.content
    return "".join(block.get("text", "") if isinstance(block, dict) else block for block in message.content)


def cells(chat, thinks, documents, caching, count):
    """The cells of a model; what is a text is not applicable, for the reason it is."""
    with_tools = chat.bind_tools([stock, now])

    def plain():
        answer = chat.invoke("text")
        same((text_of(answer), answer.usage_metadata["input_tokens"], answer.usage_metadata["output_tokens"]), (TEXT, 12, 21))

    def stream():
        chunks = list(chat.stream("text"))
        pieces(text_of(chunk) for chunk in chunks)

    def tools():
        answer = with_tools.invoke("tool")
        same([(call["name"], call["args"]) for call in answer.tool_calls], [("stock", STOCK), ("now", {})])
        results = [ToolMessage("yes", tool_call_id=call["id"]) for call in answer.tool_calls]
        same(text_of(with_tools.invoke([HumanMessage("tool"), answer, *results])), ANSWERED)

    def stream_tools():
        whole = None
        for chunk in with_tools.stream("tool"):
            whole = chunk if whole is None else whole + chunk
        same([call["args"] for call in whole.tool_calls], [STOCK, {}])

    def structured():
        holds(isinstance(chat.with_structured_output(Hours).invoke("structured"), Hours), "nothing parsed")

    def thinking():
        answer = thinks.invoke("think")
        holds(THOUGHT in json.dumps(answer.content), answer.content)
        same(text_of(thinks.invoke([HumanMessage("think"), answer, HumanMessage("go on")])), GONE_ON)

    return {
        "plain": plain, "stream": stream, "tools": tools, "stream tools": stream_tools, "structured": structured,
        "images, documents": documents, "caching": caching, "thinking sent back": thinking if not isinstance(thinks, str) else thinks,
        "errors, attempts": lambda: attempts(lambda: chat.invoke("text")),
        "mid-stream error": lambda: breaks(lambda: list(chat.stream("broken"))),
        "CountTokens": count,
    }
