"""Runs the SQL of `rehearsal import --sql` on DuckDB over a small log, and imports what comes out:
it must be what importing the log itself gives.

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
CREATE MACRO date_format(t, f) AS strftime(t, f);
"""
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
        for rules in RULES:
            arguments = [x for rule in rules for x in ("--type", rule)]
            sql = subprocess.run([rehearsal, "import", "--sql", *arguments], check=True, capture_output=True, text=True)
            db = duckdb.connect()
            db.execute(MACROS)
            db.execute("CREATE TABLE bedrock_log (line VARCHAR)")
            db.executemany("INSERT INTO bedrock_log VALUES (?)", [[l] for l in log.read_text().splitlines()])
            query = sql.stdout.rstrip().rstrip(";")
            db.execute(f"COPY ({query}) TO '{summary}' (HEADER, DELIMITER ',')")
            here, by_sql = imported(rehearsal, log, rules), imported(rehearsal, summary, [])
            assert here["requests"] > 3_900, here["requests"]
            found += [f"{rules}{line}" for line in differences(here, by_sql)]
    for line in found:
        print(line)
    print("the importer and the SQL agree" if not found else f"{len(found)} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
