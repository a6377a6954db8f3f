"""Runs the SQL of `rehearsal import --sql` over a small log, and imports what comes out: it must be what importing the
log itself gives, as a whole and of each record that is written here. DuckDB runs its own dialect as it is, and
Athena's, Trino's and Spark's as sqlglot translates them, which refuses what is none of theirs; with `--spark`, PySpark
runs Spark's as it is.

usage: agree.py REHEARSAL GENERATOR [--spark]   (needs duckdb and sqlglot; `cargo xtask test sql` calls it)
"""
import csv
import json
import re
import subprocess
import sys
import tempfile
from datetime import date, timedelta
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

ROUTER = "arn:aws:bedrock:us-east-1:1:default-prompt-router/anthropic.claude:1"
PROFILES = ["--profile", "known=amazon.nova-pro-v1:0", "--profile", f"{ROUTER}x=amazon.nova-lite-v1:0"]
# What a tool was given is no word of the service.
GIVEN = {"serviceTier": "flex", "service_tier": "flex", "usage": {"inputTokens": 5, "outputTokens": 5, "service_tier": "batch", "server_tool_use": {"web_search_requests": 3}}, "cachePoint": {"type": "default", "ttl": "1h"}, "cache_control": {"ttl": "1h"}, "cacheDetails": [{"ttl": "1h", "inputTokens": 9}], "ephemeral_1h_input_tokens": 9, "guardrailConfig": {}, "guardrail": {}, "performanceConfig": {"latency": "optimized"}, "invocationLatency": 7, "note": "a { brace"}


# More tokens than a call can have, than a whole number of 64 bits holds, and than any number does.
HUGE = [10**8 + 1, 10**10, 10**17, 10**20, 1e30, "1e400", "9" * 400]


def of_bodies():
    """Records whose price is in their bodies, in tools' arguments beside it, or in both."""
    haiku, nova = "global.anthropic.claude-haiku-4-5-20251001-v1:0", "amazon.nova-pro-v1:0"
    call = [{"toolUse": {"toolUseId": "t", "name": "f", "input": GIVEN}}]
    result = [{"toolResult": {"toolUseId": "t", "content": [{"json": GIVEN}]}}]
    message = {"output": {"message": {"role": "assistant", "content": call}}}
    asked = {"messages": [{"role": "assistant", "content": call}, {"role": "user", "content": result}]}

    def one(model, counts=(1000, 100), answer=None, body=None, **more):
        record = {"modelId": model, "input": {"inputTokenCount": counts[0]}, "output": {"outputTokenCount": counts[1]}}
        record["input"].update(more.pop("input", {}))
        if answer is not None:
            record["output"]["outputBodyJson"] = answer
        if body is not None:
            record["input"]["inputBodyJson"] = body
        return record | more

    converse = {"inputTokens": 1000, "outputTokens": 100, "cacheReadInputTokens": 50, "totalTokens": 1150}
    chunks = [
        {"type": "message_start", "message": {"usage": {"input_tokens": 100, "output_tokens": 1, "cache_creation_input_tokens": 10000, "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 10000}, "service_tier": "standard"}}},
        {"type": "message_delta", "usage": {"output_tokens": 100}},
        {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 100, "outputTokenCount": 100, "invocationLatency": 900, "firstByteLatency": 200}},
    ]
    none = (None, None)
    hour = {"cachePoint": {"type": "default", "ttl": "1h"}}
    return [
        # Tools' arguments, on both sides.
        one(nova, answer=message, body=asked),
        one(haiku, answer=message | {"usage": converse, "metrics": {"latencyMs": 33}}, body=asked, input={"cacheWriteInputTokenCount": 300}),
        one(haiku, answer={"content": [{"type": "tool_use", "id": "t", "name": "f", "input": GIVEN}], "usage": {"input_tokens": 1000, "output_tokens": 100}}),
        one(haiku, body={"system": [{"text": "a"}, hour], **asked}, input={"cacheWriteInputTokenCount": 300}),
        one(haiku, body={"system": [hour], "messages": [{"role": "user", "content": [{"toolResult": {"content": [{"text": "x"}, {"cachePoint": {"type": "default"}}]}}]}]}, input={"cacheWriteInputTokenCount": 300}),
        one(haiku, body={"system": "words", "tools": [{"name": "f", "input_schema": {"properties": GIVEN}, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]}, input={"cacheWriteInputTokenCount": 300}),
        # Counts that only the body has, or has otherwise.
        one(haiku, none, message | {"usage": converse}),
        one(haiku, none, json.dumps(message | {"usage": converse})),
        one(haiku, (1000, 100), message | {"usage": converse}),
        one(haiku, (1000, 99), message | {"usage": converse}),
        one(haiku, none, chunks, operation="InvokeModelWithResponseStream"),
        one(haiku, (100, 100), chunks, operation="InvokeModelWithResponseStream", input={"cacheWriteInputTokenCount": 10000}),
        one(haiku, none, [{"metadata": {"usage": converse, "metrics": {"latencyMs": 5}}}], operation="ConverseStream"),
        one("openai.gpt-oss-120b-1:0", none, {"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 50, "prompt_tokens_details": {"cached_tokens": 300}}}),
        one("meta.llama3-8b-instruct-v1:0", none, {"generation": "x", "prompt_token_count": 80, "generation_token_count": 9}),
        one("amazon.titan-embed-text-v2:0", none, {"embedding": [0.5], "inputTextTokenCount": 70}),
        one("amazon.titan-embed-image-v1", (10, 0), body={"inputImage": "x"}),
        one("amazon.nova-canvas-v1:0", (0, 0)),
        # Counts as people and programs write them.
        one(haiku, ("1,000", "1000.0")),
        one(haiku, (" 12 000 ", 1e3)),
        one(haiku, ("", None)),
        # Lifetimes.
        one(haiku, answer={"usage": converse | {"cacheDetails": [{"ttl": "24h", "inputTokens": 300}]}}, input={"cacheWriteInputTokenCount": 300}),
        one(haiku, answer={"usage": converse | {"cacheDetails": [{"ttl": "1h", "inputTokens": 900}]}}, input={"cacheWriteInputTokenCount": 300}),
        # Models behind a profile or a router.
        one("arn:aws:bedrock:eu-west-1:1:application-inference-profile/known"),
        one("arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-lite-v1:0"),
        one(ROUTER, answer={"trace": {"promptRouter": {"invokedModelId": "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0"}}, "usage": converse}),
        one(f"{ROUTER}x", answer={"trace": {"promptRouter": {"invokedModelId": "anthropic.claude-3-haiku-20240307-v1:0"}}, "usage": converse}),
        # Tiers, words and searches.
        one(nova, answer=message | {"serviceTier": {"type": "flex"}}),
        one(nova, serviceTier="reserved"),
        one(nova, serviceTier="gold"),
        one(nova, body={"additionalModelRequestFields": {"service_tier": "flex"}, **asked}),
        one(haiku, answer={"usage": {"input_tokens": 1000, "output_tokens": 100, "server_tool_use": {"web_search_requests": 2}}}),
        one(haiku, answer=message | {"trace": {"guardrail": {"inputAssessment": {}}}}),
        one(haiku, answer={"usage": {"input_tokens": 1000, "output_tokens": 100, "speed": "fast"}}),
        one(haiku, body={"inference_geo": "us", "messages": []}),
        one("us.anthropic.claude-haiku-4-5-20251001-v1:0", answer={"usage": {"input_tokens": 1000, "output_tokens": 100, "inference_geo": "us"}}),
        one(nova, region="moon", inferenceRegion="eu-west-1"),
        # Failures.
        one(haiku, (1000, 0), operation="ConverseStream", errorCode="ModelStreamErrorException"),
        one(haiku, (1000, 0), operation="ConverseStream", errorCode="ValidationException"),
        one(haiku, (1000, 0), errorCode="429"),
        one(haiku, errorCode="200"),
        one(haiku, errorCode=""),
        # Empty texts are none, as redacted logs have them.
        one(haiku, requestId=""),
        one(haiku, (1000, 101), requestId=""),
        one(haiku, region="", inferenceRegion="eu-west-1"),
        one(nova, serviceTier="", answer=message | {"serviceTier": {"type": "flex"}}),
        one(nova, serviceTier={"type": ""}, input={"serviceTier": "flex"}),
        one(haiku, performanceConfig={"latency": ""}, answer=message | {"performanceConfig": {"latency": "optimized"}}),
        one(haiku, operation="", errorCode="ModelStreamErrorException"),
        one(haiku, schemaType=""),
        one(haiku, requestMetadata={"queryType": ""}),
        one(""),
        one(haiku, timestamp=""),
        # Without an operation nothing says that the answer would tell how quick it was.
        one(haiku, answer=message, body={"speed": "fast", "messages": []}, operation=None),
        # The same request again, the same and otherwise.
        one(haiku, requestId="again"),
        one(haiku, requestId="again"),
        one(haiku, (1000, 101), requestId="again"),
        one(haiku, requestId=None),
        one(haiku, requestId=None),
        # Times.
        one(haiku, timestamp="2026-11-21T03:00:00"),
        one(haiku, timestamp="2026/11/21 03:00:00"),
        one(haiku, timestamp="1795230000000"),
        # No records: without a model, a time or a count that can be read, and none at all.
        one(None),
        one(haiku, timestamp="yesterday"),
        one(haiku, ("about 5", 1)),
        one(haiku, ("1.000", 1)),
        {"schemaType": None, "modelId": haiku},
        {"schemaType": None, "modelId": haiku, "output": {"outputTokenCount": 5}},
        # Counts beyond any call's, and beyond what numbers hold.
        *[one(haiku, (count, 1)) for count in HUGE],
        *[one(haiku, (1, count)) for count in HUGE],
        one(haiku, input={"cacheWriteInputTokenCount": 10**20}),
        one(haiku, (10**9, 0), errorCode="ThrottlingException"),
        one(haiku, answer={"metrics": {"latencyMs": 10**12}, "usage": converse}),
    ]


def of_iterations():
    """Answers in several steps. The log itself bills them all; the SQL says where that is more than it counts."""
    haiku = "global.anthropic.claude-haiku-4-5-20251001-v1:0"

    def of(steps, counts=(1000, 100)):
        usage = {"input_tokens": counts[0], "output_tokens": counts[1], "iterations": steps}
        record = {"modelId": haiku, "operation": "InvokeModel", "input": {"inputTokenCount": counts[0]}, "output": {"outputTokenCount": counts[1]}}
        record["output"]["outputBodyJson"] = {"usage": usage}
        return record

    def step(kind, counts, **more):
        return {"type": kind, "input_tokens": counts[0], "output_tokens": counts[1]} | more

    message, compaction = step("message", (1000, 100)), step("compaction", (180_000, 3000))
    return [
        of([message]),
        of([]),
        # The usage is the sum of the steps that a tool of the service's made.
        of([step("message", (400, 40)), step("message", (600, 60))]),
        of([message, message]),
        of([compaction, message]),
        of([step("message", (400, 40)), step("message", (600, 60)), compaction]),
        of([step("message", (1000, 100), cache_read_input_tokens=50)]),
        of([message, step("advisor_message", (500, 20), model="claude-opus-4-6")]),
    ]


def imported(rehearsal, path, rules):
    arguments = [x for rule in rules for x in ("--type", rule)] + PROFILES
    printed = subprocess.run([rehearsal, "import", path, "--json", *arguments], check=True, capture_output=True)
    document = json.loads(printed.stdout)
    # Broken lines are no rows of a table, so SQL cannot tell of them.
    del document["skipped"], document["skipped_count"]
    # Sums by hour do not tell how the calls of a minute came; the times between calls are compared
    # as `arrival_cv`.
    del document["burstiness"]
    # The two have other columns.
    del document["columns"], document["counts"], document["counts_source"]
    named = {finding["name"] for finding in document["findings"]}
    document["unknown"] = [name for name in document["unknown"] if name not in named]
    # Notes of single calls are not in sums; what makes the bill a least is, as a kind of its own. Which record it is
    # said of is compared record by record.
    document["findings"] = sorted({finding["code"] for finding in document["findings"] if finding["at_least"]})
    return document


# Which column of the SQL counts what the importer says of a record, by the finding's name.
COLUMNS = {
    "performanceConfig.latency optimized": "optimized",
    "guardrail": "guarded",
    "web_search_requests": "web_searched",
    "tier .*": "other_tier",
    "ttl 5m and 1h": "mixed_ttl",
    "ttl 1h": None,
    "ttl .*": "other_ttl",
    ".* only in the body": "body_only",
    "cache_write_1h contradicts": "hour_contradicts",
    ".* contradicts": "body_contradicts",
    ".* media": "media",
    "speed fast": "fast",
    "inference_geo .*": "in_geo",
    "usage.iterations.*": "iterated",
    "(region|performance) .*": "other_word",
    "lines that were not read": "unread",
}


def said(document):
    """The columns of the SQL in which the importer's findings are to be counted."""
    found = set()
    for finding in document["findings"]:
        # What is said of a model is said of its name, in a summary as in a log.
        if finding["code"] in ("profile", "taken_as", "row", "end_of_life"):
            continue
        names = [column for pattern, column in COLUMNS.items() if re.fullmatch(pattern, finding["name"])]
        column = "uncounted" if finding["code"] == "uncounted" else next(iter(names), None)
        assert column or not finding["at_least"], f"{finding} is counted in no column"
        found |= {column} - {None}
    return found


def by_record(rehearsal, records, folder):
    """What the importer says of each record alone, and what it counts, by the day that the record is given."""
    out, lines = {}, []
    for n, record in enumerate(records):
        day = str(date(2024, 1, 1) + timedelta(n))
        record = {"schemaType": "ModelInvocationLog", "operation": "Converse", "requestId": f"own-{n}", "timestamp": f"{day}T09:00:00Z"} | record
        if record["requestId"] == "again":
            record["requestId"] = f"own-{n}"
        lines.append(json.dumps(record) + "\n")
        if record["timestamp"].startswith(day):
            Path(folder, "one.ndjson").write_text(lines[-1])
            printed = subprocess.run([rehearsal, "import", Path(folder, "one.ndjson"), "--json", *PROFILES], capture_output=True, text=True)
            # A file without a call is refused.
            document = json.loads(printed.stdout) if printed.returncode == 0 else None
            columns, tokens = (said(document), document["tokens"]) if document else ({"unread"}, dict.fromkeys(TOKENS, 0))
            out[day] = (lines[-1], columns, tokens)
    return out, "".join(lines)


# The importer's names of what it counts, and the SQL's.
TOKENS = {"input": "input", "output": "output", "cache_read": "cache_read", "cache_write_5m": "cache_write", "cache_write_1h": "cache_write_1h"}


def of_each(expected, summary):
    """Where the SQL's row of a record says or counts something else."""
    with open(summary, newline="") as file:
        # A date may come back as a time.
        rows = {row["day"][:10]: row for row in csv.DictReader(file)}
    names = list(next(iter(rows.values())))
    beside = names[names.index("last_ms") + 1 :]
    # What comes of two records is compared in the whole log.
    unseen = set(beside) - {"seen_twice", "seen_otherwise"} - set().union(*(columns for _, columns, _ in expected.values()))
    assert not unseen, f"no record here has anything for {unseen}"
    for day, (record, columns, tokens) in expected.items():
        row = rows.get(day)
        if row is None:
            yield f": nothing by SQL: {record[:400]}"
            continue
        found = {column for column in beside if row[column] != "0"}
        counted = {name: int(row[column]) for name, column in TOKENS.items()}
        if found != columns:
            yield f": {sorted(columns)} here, {sorted(found)} by SQL: {record[:400]}"
        if counted != tokens and "iterated" not in columns:
            yield f": {tokens} here, {counted} by SQL: {record[:400]}"


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
        sql = sql.replace("'array<string>'", """'["JSON"]'""")
        names = lambda found: [name.partition(":")[0] for name in found[1].split(",")]
        structure = lambda found: json.dumps([dict.fromkeys(names(found), "VARCHAR")])
        sql = re.sub(r"array<struct<([a-z:,]+)>>", structure, sql)
    tree = sqlglot.parse_one(sql.rstrip().rstrip(";"), read=dialect, error_level=sqlglot.ErrorLevel.RAISE)
    # DuckDB's reduce ends with the sum itself.
    for reduce in tree.find_all(sqlglot.exp.Reduce):
        if finish := reduce.args.pop("finish", None):
            assert finish.sql() == "s -> s", finish.sql()
    unknown = sorted({node.name for node in tree.find_all(sqlglot.exp.Anonymous)} - KNOWN.get(dialect, set()))
    assert not unknown, f"{dialect}: {unknown} are no functions that sqlglot knows"
    return tree.sql("duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)


def sound(line):
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def by_duckdb(log, sql, summary, is_own):
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    db.execute("CREATE TABLE bedrock_log (line VARCHAR)")
    lines = log.read_text().splitlines()
    # The other engines read nothing at any path of a line that is no JSON; DuckDB stops there.
    db.execute("INSERT INTO bedrock_log SELECT unnest(?)", [[l if is_own or not l.strip() or sound(l) else "{}" for l in lines]])
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
        own += of_bodies()
        whole = [{"schemaType": "ModelInvocationLog", "timestamp": first["timestamp"], "requestId": f"own-{n}", "operation": "Converse", **one} for n, one in enumerate(own)]
        log.write_text(log.read_text() + "".join(json.dumps(one) + "\n" for one in whole) + '{"cut": "of\nno JSON\n\n')
        expected, each = by_record(rehearsal, own + of_iterations(), folder)
        records = Path(folder, "records.ndjson")
        records.write_text(each)

        def reduced(log, dialect, rules):
            arguments = [x for rule in rules for x in ("--type", rule)]
            sql = subprocess.run([rehearsal, "import", "--sql", "--dialect", dialect.removeprefix("py"), *arguments, *PROFILES], check=True, capture_output=True, text=True).stdout
            if dialect == "pyspark":
                by_spark(spark, log, sql, summary)
            else:
                by_duckdb(log, sql if dialect == "duckdb" else translated(sql, dialect), summary, dialect == "duckdb")

        dialects = DIALECTS + (["pyspark"] if spark else [])
        for dialect in dialects:
            reduced(records, dialect, [])
            found += [f"{dialect}{line}" for line in of_each(expected, summary)]
        for rules in RULES:
            here = imported(rehearsal, log, rules)
            assert here["requests"] > 3_900, here["requests"]
            for dialect in dialects:
                reduced(log, dialect, rules)
                by_sql = imported(rehearsal, summary, [])
                found += [f"{dialect}{rules}{line}" for line in differences(here, by_sql)]
    for line in found:
        print(line)
    print("the importer and the SQL agree" if not found else f"{len(found)} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
