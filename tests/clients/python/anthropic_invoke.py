"""AnthropicBedrock: InvokeModel and its stream."""

from anthropic_cells import *

client = anthropic.AnthropicBedrock(base_url=URL, aws_region=REGION, aws_access_key="x", aws_secret_key="x")
# This SDK speaks the API of 2026-10-21, which Bedrock has for Claude 4.7 and later.
run(cells(client, SONNET, "the class refuses: token counting is not supported in Bedrock yet", adaptive=True))
