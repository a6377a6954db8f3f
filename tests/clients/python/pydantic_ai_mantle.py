"""pydantic-ai BedrockMantleProvider: Responses."""

from pydantic_ai.models.openai import OpenAIResponsesModel, OpenAIResponsesModelSettings
from pydantic_ai.providers.bedrock_mantle import BedrockMantleProvider

from pydantic_ai_cells import *

model = OpenAIResponsesModel(GPT_MANTLE, provider=BedrockMantleProvider(base_url=URL, api_key=KEY))
thinks = OpenAIResponsesModelSettings(openai_reasoning_effort="low", openai_reasoning_summary="auto")


def caching(agent):
    result = agent(model, system_prompt=LONG).run_sync("cached")
    usage = result.usage() if callable(result.usage) else result.usage
    return usage.cache_read_tokens


run(cells(model, thinks, [BinaryContent(PNG, media_type="image/png")], caching, "the API has no call for it", native=True))
