"""Writes tests/data/litellm_cases.csv: calls as LiteLLM's cost calculator prices them.

usage: litellm_oracle.py CATALOG_CSV > litellm_cases.csv   (pip install litellm)

Left out, and why:
- models that LiteLLM's own table prices differently than the catalog does (another release of the table);
- tiers that LiteLLM's table has no price for;
- rows with a long-context limit at 272,000 tokens, which the catalog's table has no column for, beyond it;
- cache tokens of flex, priority and batch calls, whose prices the catalog does not carry: there a used
  one is unknown, where LiteLLM falls back to the standard tier's.
"""
import csv
import os
import sys

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import litellm
from litellm.cost_calculator import batch_cost_calculator
from litellm.litellm_core_utils.llm_cost_calc.utils import generic_cost_per_token
from litellm.types.utils import CacheCreationTokenDetails, PromptTokensDetailsWrapper, Usage

# input, output, cache read, cache write 5 m, cache write 1 h
PLAIN = [(1_234, 567), (100_001, 31), (200_000, 7), (200_001, 7)]
CACHED = [(10, 300, 2_000, 0, 0), (10, 300, 0, 2_000, 0), (10, 300, 0, 0, 2_000), (500, 40, 90_000, 9_500, 1),
          (500, 40, 180_000, 19_000, 501), (0, 1, 100_000, 1, 0)]


def usage_of(i, o, r, w5, w1):
    prompt = i + r + w5 + w1
    details = PromptTokensDetailsWrapper(
        text_tokens=i, cached_tokens=r, cache_creation_tokens=w5 + w1,
        cache_creation_token_details=CacheCreationTokenDetails(
            ephemeral_5m_input_tokens=w5, ephemeral_1h_input_tokens=w1),
    )
    return Usage(prompt_tokens=prompt, completion_tokens=o, total_tokens=prompt + o, prompt_tokens_details=details,
                 cache_read_input_tokens=r, cache_creation_input_tokens=w5 + w1)


def main(catalog):
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["model", "tier", "input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "usd"])
    for row in csv.DictReader(open(catalog)):
        known = litellm.model_cost.get(row["id"])
        if row["mode"] != "chat" or not known:
            continue
        same = {
            "input_cost_per_token": "input_usd_per_1M", "output_cost_per_token": "output_usd_per_1M",
            "cache_read_input_token_cost": "cache_read_input_usd_per_1M",
            "cache_creation_input_token_cost": "cache_creation_input_usd_per_1M",
            "cache_creation_input_token_cost_above_1hr": "cache_creation_input_above_1hr_usd_per_1M",
        }
        ours = {k: float(row[v]) if row[v] else None for k, v in same.items()}
        theirs = {k: round(known[k] * 1e6, 9) if known.get(k) is not None else None for k in same}
        if ours != theirs or ours["input_cost_per_token"] is None:
            print(f"left out: {row['id']}: {ours} here, {theirs} there", file=sys.stderr)
            continue
        limit = 272_000 if "input_cost_per_token_above_272k_tokens" in known else None
        calls = [(i, o, 0, 0, 0) for i, o in PLAIN]
        needs = [None, None, "cache_read_input_token_cost", "cache_creation_input_token_cost",
                 "cache_creation_input_token_cost_above_1hr"]
        calls += [c for c in CACHED if all(not n or not need or ours[need] is not None for n, need in zip(c, needs))]
        for call in calls:
            if limit and sum(call) - call[1] > limit:
                continue
            a, b = generic_cost_per_token(row["id"], usage_of(*call), known["litellm_provider"])
            out.writerow([row["id"], "standard", *call, repr(a + b)])
        for tier in ["flex", "priority"]:
            # Without a price of its own for a tier, LiteLLM takes the standard one.
            if row[f"input_{tier}_usd_per_1M"] and known.get(f"input_cost_per_token_{tier}") is not None:
                for call in [(1_234, 567, 0, 0, 0), (90_000, 31, 0, 0, 0)]:
                    a, b = generic_cost_per_token(row["id"], usage_of(*call), known["litellm_provider"], service_tier=tier)
                    out.writerow([row["id"], tier, *call, repr(a + b)])
        if row["input_batches_usd_per_1M"] and row["output_batches_usd_per_1M"]:
            for call in [(1_234, 567, 0, 0, 0), (90_000, 31, 0, 0, 0)]:
                a, b = batch_cost_calculator(usage_of(*call), row["id"], known["litellm_provider"])
                out.writerow([row["id"], "batch", *call, repr(a + b)])


main(sys.argv[1])
