"""Runs the SQL of `rehearsal import --sql` over a small log, and imports what comes out: it must be what importing the
log itself gives. DuckDB runs its own dialect as it is, and Athena's, Trino's and Spark's as sqlglot translates them,
which refuses what is none of theirs; with `--spark`, PySpark runs Spark's as it is.

usage: agree.py REHEARSAL GENERATOR [--spark]   (needs duckdb and sqlglot; `cargo xtask test sql` calls it)
"""
import csv
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import sqlglot

DIALECTS = ["duckdb", "athena", "trino", "spark"]
# Functions that a dialect has and sqlglot passes on as they are.
KNOWN = {}
RULES = [
    [],
    ["metadata:queryType"],
    ["tokens:500,2000,100000"],
    # What was said last, and not what surrounds it.
    [r"pattern:faq's=^faq: ", r"pattern:quoted=\"One Piece\" \{vol\. \d\}\.\s$", "pattern:return=返品|(?P<how>交換)", "pattern:two=^one.?two$"],
]

# Requests of every form: several turns, a list of blocks, text, a body that is text, no messages, none that a person wrote.
TURNS = [{"role": "user", "content": "faq: first"}, {"role": "assistant", "content": [{"text": "返品"}]}]
BODIES = [
    {"messages": [*TURNS, {"role": "user", "content": "交換したい \\ \"x\" 'y'"}]},
    {"messages": [*TURNS, {"role": "user", "content": [{"text": "one"}, {"image": {"format": "png"}}, {"text": "two"}]}]},
    {"messages": [{"role": "user", "content": "one\ntwo"}], "system": "faq: 返品"},
    {"messages": [{"role": "user", "content": "one-two\n"}]},
    {"messages": [{"role": "user", "content": "[\"返品\"]"}]},
    {"messages": [TURNS[1]], "inputText": "返品"},
    {"inputText": "返品したい"},
    {"prompt": "faq: x"},
    json.dumps({"messages": [{"role": "user", "content": [{"text": "返品"}]}]}),
    {},
]


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


def translated(sql, dialect):
    """In DuckDB's words; anything that is none of the dialect's is refused."""
    # A schema is a text to both, which no translator reads.
    if dialect == "spark":
        names = lambda found: [name.partition(":")[0] for name in found[1].split(",")]
        structure = lambda found: json.dumps([dict.fromkeys(names(found), "VARCHAR")])
        sql = re.sub(r"array<struct<([a-z:,]+)>>", structure, sql)
    tree = sqlglot.parse_one(sql.rstrip().rstrip(";"), read=dialect, error_level=sqlglot.ErrorLevel.RAISE)
    unknown = sorted({node.name for node in tree.find_all(sqlglot.exp.Anonymous)} - KNOWN.get(dialect, set()))
    assert not unknown, f"{dialect}: {unknown} are no functions that sqlglot knows"
    return tree.sql("duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)


def by_duckdb(log, sql, summary):
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    db.execute("CREATE TABLE bedrock_log (line VARCHAR)")
    db.executemany("INSERT INTO bedrock_log VALUES (?)", [[l] for l in log.read_text().splitlines()])
    db.execute(f"COPY ({sql.rstrip().rstrip(';')}) TO '{summary}' (HEADER, DELIMITER ',')")


def by_spark(spark, log, sql, summary):
    spark.createDataFrame([(l,) for l in log.read_text().splitlines()], "line string").createOrReplaceTempView("bedrock_log")
    rows = spark.sql(sql.rstrip().rstrip(";"))
    with open(summary, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(rows.columns)
        out.writerows(["" if cell is None else cell for cell in row] for row in rows.collect())


def session():
    from pyspark.sql import SparkSession

    return SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", "1").getOrCreate()


def main(rehearsal, generator, *options):
    found = []
    spark = session() if "--spark" in options else None
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
            *[{"modelId": id, "input": {"inputTokenCount": 9, "inputBodyJson": body}, "output": {"outputTokenCount": 7}} for body in BODIES],
            # What only some records say: a tier in capitals, the answer's before the request's, a region in an ARN alone,
            # writes for an hour that only the request marks, a stream that was throttled after it began, images.
            {"serviceTier": "FLEX", "modelId": "amazon.nova-pro-v1:0", "input": {"inputTokenCount": 70}, "output": {"outputTokenCount": 5}},
            {"modelId": "amazon.nova-pro-v1:0", "input": {"inputTokenCount": 70, "inputBodyJson": {"serviceTier": {"type": "priority"}}}, "output": {"outputTokenCount": 5, "outputBodyJson": {"serviceTier": {"type": "default"}}}},
            {"modelId": "amazon.nova-pro-v1:0", "input": {"inputTokenCount": 70, "inputBodyJson": {"serviceTier": {"type": "priority"}}}, "output": {"outputTokenCount": 5}},
            {"modelId": "amazon.nova-pro-v1:0", "requestMetadata": {"serviceTier": "flex"}, "input": {"inputTokenCount": 70}, "output": {"outputTokenCount": 5}},
            {"modelId": "arn:aws:bedrock:ap-northeast-1::foundation-model/deepseek.v3.2", "input": {"inputTokenCount": 90}, "output": {"outputTokenCount": 7}},
            {"modelId": id, "input": {"inputTokenCount": 9, "cacheWriteInputTokenCount": 300, "inputBodyJson": {"system": [{"cachePoint": {"type": "default", "ttl": "1h"}}]}}, "output": {"outputTokenCount": 7}},
            {"modelId": id, "operation": "ConverseStream", "errorCode": "ThrottlingException", "input": {"inputTokenCount": 90}, "output": {"outputTokenCount": 7}},
            {"modelId": id, "performanceConfig": {"latency": "optimized"}, "input": {"inputTokenCount": 90}, "output": {"outputTokenCount": 7}},
            {"modelId": id, "input": {"inputTokenCount": 90, "inputBodyJson": {"guardrailConfig": {"guardrailIdentifier": "g"}}}, "output": {"outputTokenCount": 7}},
            {"modelId": "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", "region": "us-east-1", "input": {"inputTokenCount": 90}, "output": {"outputTokenCount": 7}},
        ]
        whole = [{"schemaType": "ModelInvocationLog", "timestamp": first["timestamp"], "requestId": f"own-{n}", "operation": "Converse", **one} for n, one in enumerate(own)]
        log.write_text(log.read_text() + "".join(json.dumps(one) + "\n" for one in whole))
        for rules in RULES:
            arguments = [x for rule in rules for x in ("--type", rule)]
            here = imported(rehearsal, log, rules)
            # Notes of single calls are not in sums.
            del here["findings"]
            assert here["requests"] > 3_900, here["requests"]
            for dialect in DIALECTS + (["pyspark"] if spark else []):
                sql = subprocess.run([rehearsal, "import", "--sql", "--dialect", dialect.removeprefix("py"), *arguments], check=True, capture_output=True, text=True).stdout
                if dialect == "pyspark":
                    by_spark(spark, log, sql, summary)
                else:
                    by_duckdb(log, sql if dialect == "duckdb" else translated(sql, dialect), summary)
                by_sql = imported(rehearsal, summary, [])
                del by_sql["findings"]
                found += [f"{dialect}{rules}{line}" for line in differences(here, by_sql)]
    for line in found:
        print(line)
    print("the importer and the SQL agree" if not found else f"{len(found)} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
