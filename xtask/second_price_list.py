"""Prints the second price list in the form that `cargo xtask prices --second` reads.

usage: second_price_list.py LITELLM_JSON > genai-prices.json      (pip install genai-prices)

Asks genai-prices for every Bedrock model of LiteLLM's list, and writes its prices per token under the names of
LiteLLM's fields. An id with a region's price of its own ("regional.…" in genai-prices) is marked `in_region` where it
was asked for without a profile before it.
"""
import datetime
import importlib.metadata
import json
import re
import sys

from genai_prices import data_snapshot
from genai_prices.types import TieredPrices

FIELDS = {
    "input_mtok": "input_cost_per_token",
    "output_mtok": "output_cost_per_token",
    "cache_read_mtok": "cache_read_input_token_cost",
    "cache_write_mtok": "cache_creation_input_token_cost",
    "cache_write_1h_mtok": "cache_creation_input_token_cost_above_1hr",
}
GEOGRAPHY = re.compile(r"^(us-gov|us|eu|apac|jp|au|ca|in|global)\.")


def fields(prices):
    out = {}
    for theirs, ours in FIELDS.items():
        value = getattr(prices, theirs, None)
        if value is None and theirs == "cache_write_1h_mtok":
            value = (getattr(prices, "extra_prices", None) or {}).get(theirs)
        if value is None:
            continue
        if isinstance(value, TieredPrices):
            out[ours] = str(value.base)
            for tier in value.tiers:
                assert tier.start % 1000 == 0, tier
                out[f"{ours}_above_{tier.start // 1000}k_tokens"] = str(tier.price)
        else:
            out[ours] = str(value)
    return {name: float(price) / 1e6 for name, price in out.items()}


def main(path):
    listed = json.load(open(path))
    snapshot = data_snapshot.get_snapshot()
    aws = next(provider for provider in snapshot.providers if provider.id == "aws")
    now = datetime.datetime.now(datetime.timezone.utc)
    models = {}
    for name, row in listed.items():
        if not isinstance(row, dict) or row.get("litellm_provider") not in ("bedrock", "bedrock_converse"):
            continue
        if row.get("mode") not in ("chat", "embedding") or "/" in name:
            continue
        found = aws.find_model(name, all_providers=snapshot.providers)
        if not found and not GEOGRAPHY.match(name):
            # Listed by its profiles only: what the profiles of a geography pay is what a region pays.
            found = aws.find_model("us." + name, all_providers=snapshot.providers)
            found = found if found and found.id.startswith("regional.") else None
        if not found:
            continue
        prices = fields(found.get_prices(now))
        in_region = found.id.startswith("regional.") and not GEOGRAPHY.match(name)
        models[name] = {**prices, "in_region": in_region, "source": "genai-prices " + importlib.metadata.version("genai-prices")}
    json.dump(models, sys.stdout, indent=1, sort_keys=True)


main(sys.argv[1])
