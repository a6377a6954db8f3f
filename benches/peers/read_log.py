"""Reads the same invocation log with `rehearsal import`, jq and DuckDB, one after the other, and prints MB of log a
second of processor time, which a busy machine does not distort, and of wall time.

usage: read_log.py LOG.ndjson [REHEARSAL]     (DuckDB: pip install duckdb; jq: the system's)
"""
import os
import resource
import subprocess
import sys
import time

SUMS = '''
import duckdb, sys
duckdb.sql("""select modelId, count(*), sum(input.inputTokenCount), sum(output.outputTokenCount)
  from read_json('%s', format='newline_delimited', maximum_object_size=33554432, columns={modelId:'VARCHAR',
    timestamp:'VARCHAR', errorCode:'VARCHAR', requestMetadata:'JSON', input:'STRUCT(inputTokenCount BIGINT,
    cacheReadInputTokenCount BIGINT, cacheWriteInputTokenCount BIGINT)', output:'STRUCT(outputTokenCount BIGINT)'})
  where errorCode is null group by 1""" % sys.argv[1]).fetchall()
'''
JQ = (
    "reduce inputs as $r ({}; if $r.errorCode then . else "
    ".[$r.modelId].calls += 1 | .[$r.modelId].input += $r.input.inputTokenCount "
    "| .[$r.modelId].output += $r.output.outputTokenCount end)"
)


def timed(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main(log, rehearsal):
    megabytes = os.path.getsize(log) / 1e6
    ours = None
    for name, command in [
        ("rehearsal import", [rehearsal, "import", log, "--json"]),
        ("duckdb", [sys.executable, "-c", SUMS, log]),
        ("jq", ["jq", "-n", JQ, log]),
    ]:
        runs = sorted(timed(command) for _ in range(3))
        processor, wall = runs[0][0], min(run[1] for run in runs)
        ours = ours or processor
        print(
            f"{name:17} {megabytes / processor:7.0f} MB/s of processor time ({ours / processor:.3f}), "
            f"{megabytes / wall:.0f} MB/s of wall time"
        )


main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "target/release/rehearsal")
