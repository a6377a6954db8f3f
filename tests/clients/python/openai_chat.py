"""BedrockOpenAI: Chat Completions."""

from openai_cells import *

client = openai.BedrockOpenAI(base_url=URL + "/openai/v1", api_key=KEY, aws_region=REGION)
# Tools with reasoning are refused at this door: the model must not reason.
run(chat(client, GPT, reasoning_effort="none"))
