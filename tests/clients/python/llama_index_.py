"""LlamaIndex BedrockConverse."""

from llama_index.core.llms import ChatMessage, ImageBlock, MessageRole, TextBlock
from llama_index.core.base.llms.types import CachePoint, DocumentBlock
from llama_index.core.tools import FunctionTool
from llama_index.llms.bedrock_converse import BedrockConverse
from pydantic import BaseModel

from cells import *


class Hours(BaseModel):
    """When a shop opens."""

    shop: str
    opens: int


def stock(title: str, volume: int) -> str:
    """Is a volume in stock?"""
    return "yes"


def now() -> str:
    """The time."""
    return "nine"


TOOLS = [FunctionTool.from_defaults(stock), FunctionTool.from_defaults(now)]
llm = BedrockConverse(model=HAIKU, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x", max_retries=3)
thinks = BedrockConverse(model=HAIKU, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x", max_tokens=4096, temperature=1, thinking={"type": "enabled", "budget_tokens": 1024})


def said(text, *more):
    return ChatMessage(role="user", blocks=[TextBlock(text=text), *more])


def plain():
    same(llm.chat([said("text")]).message.content, TEXT)


def stream():
    pieces(chunk.delta for chunk in llm.stream_chat([said("text")]))


def uses(answer):
    return [(call.tool_name, call.tool_kwargs) for call in llm.get_tool_calls_from_response(answer)]


def tools():
    answer = llm.chat_with_tools(TOOLS, user_msg="tool", allow_parallel_tool_calls=True)
    same(uses(answer), [("stock", STOCK), ("now", {})])
    calls = llm.get_tool_calls_from_response(answer)
    results = [ChatMessage(role=MessageRole.TOOL, content="yes", additional_kwargs={"tool_call_id": call.tool_id}) for call in calls]
    same(llm.chat_with_tools(TOOLS, chat_history=[said("tool"), answer.message, *results], allow_parallel_tool_calls=True).message.content, ANSWERED)


def stream_tools():
    last = list(llm.stream_chat_with_tools(TOOLS, user_msg="tool", allow_parallel_tool_calls=True))[-1]
    same(uses(last), [("stock", STOCK), ("now", {})])


def structured():
    from llama_index.core.prompts import PromptTemplate
    holds(isinstance(llm.structured_predict(Hours, PromptTemplate("structured")), Hours), "nothing parsed")


def documents():
    image = ImageBlock(image=base64.b64encode(PNG), image_mimetype="image/png")
    document = DocumentBlock(data=base64.b64encode(PDF), title="price list", document_mimetype="application/pdf")
    same(llm.chat([said("look", image, document)]).message.content, LOOKED)


def caching():
    system = ChatMessage(role="system", blocks=[TextBlock(text=LONG), CachePoint(cache_control={"type": "default"})])
    cached(lambda: llm.chat([system, said("cached")]).additional_kwargs.get("cache_read_input_tokens"))


def thinking():
    answer = thinks.chat([said("think")]).message
    holds(any(getattr(block, "content", "") == THOUGHT for block in answer.blocks), answer)
    same(thinks.chat([said("think"), answer, said("go on")]).message.content, GONE_ON)


run({"plain": plain, "stream": stream, "tools": tools, "stream tools": stream_tools, "structured": structured, "images, documents": documents,
     "caching": caching, "thinking sent back": thinking, "errors, attempts": lambda: attempts(lambda: llm.chat([said("text")])),
     "mid-stream error": lambda: breaks(lambda: list(llm.stream_chat([said("broken")]))), "CountTokens": "the package has no call for it"})
