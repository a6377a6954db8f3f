"""BedrockOpenAI: Responses."""

from openai_cells import *

client = openai.BedrockOpenAI(base_url=URL + "/openai/v1", api_key=KEY, aws_region=REGION)
run(responses(client, GPT_MANTLE))
