"""Runs the SQL of `rehearsal import --sql` on DuckDB over a small log, in DuckDB's own dialect and in Athena's with
its functions in DuckDB's words, and imports what comes out: it must be what importing the log itself gives.

usage: agree.py REHEARSAL GENERATOR   (needs duckdb; `cargo xtask test --full` calls it)
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

# Trino's names, in DuckDB's words.
MACROS = """
CREATE MACRO json_extract_scalar(j, p) AS (j::JSON ->> replace(replace(p, '["', '."'), '"]', '"'));
CREATE MACRO from_iso8601_timestamp(t) AS CAST(replace(replace(t, 'T', ' '), 'Z', '') AS TIMESTAMP);
CREATE MACRO to_unixtime(t) AS epoch_ms(t) / 1000.0;
CREATE MACRO regexp_like(s, p) AS regexp_matches(s, p);
CREATE MACRO json_format(j) AS CAST(j AS varchar);
CREATE MACRO date_add(u, n, d) AS d + CAST(n AS integer);
"""
DIALECTS = ["duckdb", "athena"]
RULES = [[], ["metadata:queryType"], ["tokens:500,2000,100000"]]


def imported(rehearsal, path, rules):
    arguments = [x for rule in rules for x in ("--type", rule)]
    printed = subprocess.run([rehearsal, "import", path, "--json", *arguments], check=True, capture_output=True)
    document = json.loads(printed.stdout)
    # Broken lines are no rows of a table, so SQL cannot tell of them.
    del document["skipped"], document["skipped_count"]
    # Sums by hour do not tell how the calls of a minute came; the times between calls are compared
    # as `arrival_cv`.
    del document["burstiness"]
    # The two have other columns, and a summary has no ids.
    del document["columns"], document["seen_twice"], document["counts"], document["counts_source"]
    return document


def differences(a, b, path=""):
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted(a.keys() | b.keys()):
            yield from differences(a.get(key), b.get(key), f"{path}.{key}")
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for index, (x, y) in enumerate(zip(a, b)):
            yield from differences(x, y, f"{path}[{index}]")
    elif a != b:
        yield f"{path}: {a} here, {b} by SQL"


def main(rehearsal, generator):
    found = []
    with tempfile.TemporaryDirectory() as folder:
        log, summary = Path(folder, "log.ndjson"), Path(folder, "summary.csv")
        log.write_bytes(subprocess.run([sys.executable, generator, "4000", "7"], check=True, capture_output=True).stdout)
        # What the generator leaves out: tiers, regions, one-hour writes, a stream that broke, a hidden model.
        first = json.loads(log.read_text().splitlines()[0])
        id = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
        usage = {"inputTokens": 9, "outputTokens": 7, "cacheWriteInputTokens": 300, "cacheDetails": [{"inputTokens": 200, "ttl": "1h"}, {"inputTokens": 100, "ttl": "5m"}]}
        claude = {"input_tokens": 9, "output_tokens": 7, "cache_creation_input_tokens": 300, "cache_creation": {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 0}}
        own = [
            {"serviceTier": "flex", "modelId": "amazon.nova-pro-v1:0", "input": {"inputTokenCount": 70}, "output": {"outputTokenCount": 5}},
            {"modelId": id, "input": {"inputTokenCount": 9, "cacheWriteInputTokenCount": 300}, "output": {"outputTokenCount": 7, "outputBodyJson": {"metrics": {"latencyMs": 8}, "usage": usage}}},
            {"modelId": id, "input": {"inputTokenCount": 9, "cacheWriteInputTokenCount": 300}, "output": {"outputTokenCount": 7, "outputBodyJson": {"usage": claude}}},
            {"modelId": id, "region": "ap-northeast-1", "input": {"inputTokenCount": 250_000}, "output": {"outputTokenCount": 7}},
            {"modelId": id, "operation": "ConverseStream", "errorCode": "ModelStreamErrorException", "input": {"inputTokenCount": 90}, "output": {"outputTokenCount": 7}},
            {"modelId": id, "errorCode": "ValidationException", "input": {"inputTokenCount": 90}},
            {"modelId": "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", "region": "us-east-1", "input": {"inputTokenCount": 90}, "output": {"outputTokenCount": 7}},
        ]
        whole = [{"schemaType": "ModelInvocationLog", "timestamp": first["timestamp"], "requestId": f"own-{n}", "operation": "Converse", **one} for n, one in enumerate(own)]
        log.write_text(log.read_text() + "".join(json.dumps(one) + "\n" for one in whole))
        for dialect in DIALECTS:
            for rules in RULES:
                arguments = [x for rule in rules for x in ("--type", rule)]
                sql = subprocess.run([rehearsal, "import", "--sql", "--dialect", dialect, *arguments], check=True, capture_output=True, text=True)
                db = duckdb.connect()
                if dialect == "athena":
                    db.execute(MACROS)
                db.execute("CREATE TABLE bedrock_log (line VARCHAR)")
                db.executemany("INSERT INTO bedrock_log VALUES (?)", [[l] for l in log.read_text().splitlines()])
                query = sql.stdout.rstrip().rstrip(";")
                db.execute(f"COPY ({query}) TO '{summary}' (HEADER, DELIMITER ',')")
                here, by_sql = imported(rehearsal, log, rules), imported(rehearsal, summary, [])
                # Notes of single calls are not in sums.
                del here["findings"], by_sql["findings"]
                assert here["requests"] > 3_900, here["requests"]
                found += [f"{dialect}{rules}{line}" for line in differences(here, by_sql)]
    for line in found:
        print(line)
    print("the importer and the SQL agree" if not found else f"{len(found)} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
