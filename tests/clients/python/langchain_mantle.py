"""langchain-aws ChatAnthropicMantle."""

from langchain_aws import ChatAnthropicMantle

from langchain_cells import *

def chat(**more):
    return ChatAnthropicMantle(model=SONNET_MANTLE, base_url=URL + "/anthropic", region_name=REGION, max_tokens=4096, **more)


def documents():
    source = lambda kind, data: {"type": "base64", "media_type": kind, "data": base64.b64encode(data).decode()}
    message = HumanMessage([
        {"type": "text", "text": "look"},
        {"type": "image", "source": source("image/png", PNG)},
        {"type": "document", "source": source("application/pdf", PDF)},
    ])
    same(text_of(chat().invoke([message])), LOOKED)


def caching():
    system = SystemMessage([{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}])
    cached(lambda: chat().invoke([system, HumanMessage("cached")]).usage_metadata["input_token_details"]["cache_read"])


def count():
    holds(chat().get_num_tokens_from_messages([HumanMessage("Hello, world!")]) > 5, "no tokens")


run(cells(chat(), chat(thinking={"type": "adaptive"}), documents, caching, count))
