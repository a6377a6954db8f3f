"""LiteLLM bedrock/: Converse."""

from litellm_cells import *

run(cells("bedrock/converse/" + HAIKU, thinks={"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4096}))
