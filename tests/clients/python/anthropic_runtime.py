"""Anthropic: Messages of the runtime host."""

from anthropic_cells import *

client = anthropic.Anthropic(base_url=URL + "/anthropic", api_key=KEY)
run(cells(client, SONNET, "the runtime host has no count_tokens", adaptive=True))
