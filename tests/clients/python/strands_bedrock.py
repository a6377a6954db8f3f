"""Strands BedrockModel: ConverseStream."""

from botocore.config import Config
from strands.models import BedrockModel

from strands_cells import *

usual = {"model_id": HAIKU, "endpoint_url": URL, "boto_client_config": Config(retries={"mode": "standard"})}
model = BedrockModel(**usual)
thinks = BedrockModel(**usual, max_tokens=4096, additional_request_fields={"thinking": {"type": "enabled", "budget_tokens": 1024}})


def caching(agent):
    return agent(system_prompt=[{"text": LONG}, {"cachePoint": {"type": "default"}}])("cached").metrics.accumulated_usage.get("cacheReadInputTokens")


media = [{"image": {"format": "png", "source": {"bytes": PNG}}}, {"document": {"format": "pdf", "name": "price list", "source": {"bytes": PDF}}}]
run(cells(model, thinks, caching, media, "it estimates by itself unless told otherwise: nothing is sent"))
