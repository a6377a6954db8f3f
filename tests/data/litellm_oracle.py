"""Writes tests/data/litellm_cases.csv: calls as LiteLLM's own cost calculator prices them.

usage: litellm_oracle.py CATALOG_CSV > litellm_cases.csv   (pip install litellm==1.110.2)

Every row of the first list, with its region, its door, each tier it has prices for, and prompts on both sides of each
of its thresholds. Left out, and why:
- a cache token in a tier that the row has no price for: there LiteLLM takes the standard tier's, and we say unknown;
- an hour's write where only the shorter write has a price: LiteLLM takes that one, and we say unknown.
"""
import csv
import os
import sys

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import litellm
from litellm.cost_calculator import batch_cost_calculator
from litellm.litellm_core_utils.llm_cost_calc.utils import generic_cost_per_token
from litellm.types.utils import CacheCreationTokenDetails, PromptTokensDetailsWrapper, Usage

SUFFIX = {"standard": "", "batch": "_batches", "flex": "_flex", "priority": "_priority", "ultrafast": "_ultrafast"}


def usage_of(i, o, r, w5, w1):
    prompt = i + r + w5 + w1
    details = PromptTokensDetailsWrapper(
        text_tokens=i, cached_tokens=r, cache_creation_tokens=w5 + w1,
        cache_creation_token_details=CacheCreationTokenDetails(
            ephemeral_5m_input_tokens=w5, ephemeral_1h_input_tokens=w1),
    )
    return Usage(prompt_tokens=prompt, completion_tokens=o, total_tokens=prompt + o, prompt_tokens_details=details,
                 cache_read_input_tokens=r, cache_creation_input_tokens=w5 + w1)


def name_of(row):
    parts = ["bedrock_mantle"] if row["door"] == "mantle" else ["bedrock"] if row["region"] else []
    return "/".join(parts + ([row["region"]] if row["region"] else []) + [row["id"]])


def main(catalog):
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["model", "region", "door", "tier", "input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "usd"])
    rows = list(csv.DictReader(open(catalog)))
    for row in rows:
        if row["list"] or row["above_tokens"]:
            continue
        name = name_of(row)
        known = litellm.model_cost.get(name)
        if not known or known.get("input_cost_per_token") is None:
            print(f"left out: {name}: not in LiteLLM's list", file=sys.stderr)
            continue
        place = [row["id"], row["region"], row["door"]]
        limits = sorted({int(key.rsplit("_above_", 1)[1].split("k_tokens")[0]) * 1000
                         for key in known if "_above_" in key and "k_tokens" in key})
        for tier, suffix in SUFFIX.items():
            if known.get("input_cost_per_token" + suffix) is None:
                continue
            read = known.get("cache_read_input_token_cost" + suffix) is not None
            write = known.get("cache_creation_input_token_cost" + suffix) is not None
            hour = known.get("cache_creation_input_token_cost_above_1hr" + suffix) is not None
            # Nobody's write price: both take the input's.
            none = not any(key.startswith("cache_creation") for key in known) and known.get("cache_read_input_token_cost") is not None
            calls = [(1_234, 567, 0, 0, 0)]
            for limit in limits:
                calls += [(limit, 31, 0, 0, 0), (limit + 1, 31, 0, 0, 0)]
            for limit in limits or [2_000]:
                if read:
                    calls += [(10, 300, limit - 10, 0, 0), (11, 300, limit - 10, 0, 0)]
                if write or none:
                    calls += [(7, 40, 0, limit - 7, 0), (8, 40, 0, limit - 7, 0)]
                if hour or none:
                    calls += [(7, 41, 0, 0, limit - 7), (8, 41, 0, 0, limit - 7)]
            for call in calls:
                if known.get("output_cost_per_token" + suffix) is None:
                    call = (call[0], 0, *call[2:])
                usage = usage_of(*call)
                if tier == "batch":
                    if (call[3] or call[4]) and not write:
                        continue
                    a, b = batch_cost_calculator(usage, name, known["litellm_provider"])
                else:
                    a, b = generic_cost_per_token(name, usage, known["litellm_provider"],
                                                  service_tier=None if tier == "standard" else tier)
                out.writerow([*place, tier, *call, repr(a + b)])


main(sys.argv[1])
