"""LiteLLM bedrock_mantle/: Messages for Claude."""

import os

os.environ.update(BEDROCK_MANTLE_API_BASE=os.environ["URL"] + "/v1", BEDROCK_MANTLE_API_KEY="any")

from litellm_cells import *

run(cells("bedrock_mantle/" + SONNET_MANTLE, thinks={"thinking": {"type": "adaptive"}, "max_tokens": 4096}, max_tokens=512))
