"""OpenAI with a base URL: Chat Completions of gpt-oss on mantle."""

from openai_cells import *

client = openai.OpenAI(base_url=URL + "/v1", api_key=KEY)
run(chat(client, OSS_MANTLE, sees="gpt-oss takes no images"))
