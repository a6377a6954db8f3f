"""langchain-aws ChatOpenAIMantle."""

from langchain_aws import ChatOpenAIMantle

from langchain_cells import *

chat = ChatOpenAIMantle(model=OSS_MANTLE, base_url=URL + "/v1", region_name=REGION, api_key=KEY)
run(cells(chat, "Chat Completions takes no reasoning back", "gpt-oss takes no images", "gpt-oss does not cache", "the API has no call for it"))
