"""pydantic-ai BedrockMantleProvider: Responses."""

from pydantic_ai.models.openai import OpenAIResponsesModel, OpenAIResponsesModelSettings
from pydantic_ai.providers.bedrock_mantle import BedrockMantleProvider

from pydantic_ai_cells import *

model = OpenAIResponsesModel(GPT_MANTLE, provider=BedrockMantleProvider(base_url=URL, api_key=KEY))
thinks = OpenAIResponsesModelSettings(openai_reasoning_effort="low", openai_reasoning_summary="auto")
run(cells(model, thinks, [BinaryContent(PNG, media_type="image/png")], "GPT caches by itself", "the API has no call for it", native=True))
