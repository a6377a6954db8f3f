"""pydantic-ai BedrockConverseModel."""

from pydantic_ai.messages import CachePoint
from pydantic_ai.models.bedrock import BedrockConverseModel, BedrockModelSettings
from pydantic_ai.providers.bedrock import BedrockProvider

import boto3
from botocore.config import Config

from pydantic_ai_cells import *

client = boto3.client("bedrock-runtime", endpoint_url=URL, config=Config(retries={"mode": "standard"}))
# Without max_tokens it asks for all that the model gives; a bound that the rules call exclusive.
usual = ModelSettings(max_tokens=4096)
model = BedrockConverseModel(HAIKU, provider=BedrockProvider(bedrock_client=client), settings=usual)
thinks = BedrockModelSettings(max_tokens=4096, bedrock_additional_model_requests_fields={"thinking": {"type": "enabled", "budget_tokens": 1024}})
media = [BinaryContent(PNG, media_type="image/png"), BinaryContent(PDF, media_type="application/pdf")]


def caching(agent):
    settings = BedrockModelSettings(max_tokens=4096, bedrock_cache_instructions=True)
    result = agent(model, system_prompt=LONG, model_settings=settings).run_sync("cached")
    usage = result.usage() if callable(result.usage) else result.usage
    return usage.cache_read_tokens


def count():
    from pydantic_ai.messages import ModelRequest
    from pydantic_ai.models import ModelRequestParameters
    asked = asyncio.run(model.count_tokens([ModelRequest.user_text_prompt("Hello, world!")], None, ModelRequestParameters()))
    holds(asked.input_tokens > 5, asked)


run(cells(model, thinks, media, caching, count))
