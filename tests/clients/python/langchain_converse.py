"""langchain-aws ChatBedrockConverse."""

from langchain_aws import ChatBedrockConverse

from langchain_cells import *

def chat(**more):
    return ChatBedrockConverse(**{"model": HAIKU, "endpoint_url": URL, "region_name": REGION, **more})


def documents():
    message = HumanMessage([
        {"type": "text", "text": "look"},
        {"type": "image", "source_type": "base64", "mime_type": "image/png", "data": base64.b64encode(PNG).decode()},
        {"document": {"format": "pdf", "name": "price list", "source": {"bytes": PDF}}},
    ])
    same(text_of(chat().invoke([message])), LOOKED)


def caching():
    system = SystemMessage([{"type": "text", "text": LONG}, {"cachePoint": {"type": "default"}}])
    cached(lambda: chat().invoke([system, HumanMessage("cached")]).usage_metadata["input_token_details"]["cache_read"])


def count():
    holds(chat(model=HAIKU.removeprefix("us.")).get_num_tokens_from_messages([HumanMessage("Hello, world!")]) > 5, "no tokens")
    same(records()[-1]["operation"], "CountTokens")


thinks = chat(additional_model_request_fields={"thinking": {"type": "enabled", "budget_tokens": 1024}}, max_tokens=4096)
run(cells(chat(), thinks, documents, caching, count))
