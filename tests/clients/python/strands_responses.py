"""Strands OpenAIResponsesModel."""

from strands.models.openai_responses import OpenAIResponsesModel

from strands_cells import *

model = OpenAIResponsesModel(model_id=GPT_MANTLE, client_args={"base_url": URL + "/openai/v1", "api_key": KEY})
media = [{"image": {"format": "png", "source": {"bytes": PNG}}}]
run(cells(model, "the model class drops reasoning from the history", "GPT caches by itself", media, "the API has no call for it"))
