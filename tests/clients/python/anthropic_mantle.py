"""AnthropicBedrockMantle: Messages of the mantle host."""

from anthropic_cells import *

client = anthropic.AnthropicBedrockMantle(base_url=URL + "/anthropic", api_key=KEY, aws_region=REGION)
run(cells(client, SONNET_MANTLE, True, adaptive=True))
