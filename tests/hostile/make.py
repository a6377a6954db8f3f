"""Writes tests/hostile/inputs: one small file for each kind of input that has broken a reader somewhere."""
import gzip
import json
import pathlib
import struct
import zlib

OUT = pathlib.Path(__file__).parent / "inputs"


def packed(data):
    return gzip.compress(data, 9, mtime=0)


def frame(total, headers, body=b""):
    prelude = struct.pack(">II", total, headers)
    start = prelude + struct.pack(">I", zlib.crc32(prelude)) + body
    return start + struct.pack(">I", zlib.crc32(start))


RECORD = json.dumps({"schemaType": "ModelInvocationLog", "timestamp": "2026-01-01T00:00:00Z", "modelId": "amazon.nova-lite-v1:0",
                     "operation": "Converse", "input": {"inputTokenCount": 1}, "output": {"outputTokenCount": 1}}).encode()
FILES = {
    # Nesting
    "deep-lists.json": b"[" * 20_000,
    "deep-objects.json": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep-quoted.json": json.dumps({"message": "[" * 5_000}).encode(),
    "deep-flow.yaml": b"a: " + b"[" * 5_000,
    "deep-schema.json": json.dumps({"messages": [], "response_format": {"type": "json_schema", "json_schema": {
        "schema": {"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}}}}}}).encode(),
    # What unfolds
    "aliases.yaml": b"a0: &a0 [x, x]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 40)),
    "alias-of-itself.yaml": b"a: &a\n  b: *a\n",
    "merge-keys.yaml": b"a: &a {x: 1}\nb: &b {<<: [*a, *a, *a]}\nc: {<<: *b, <<: *a}\n",
    "unpacks-to-much.gz": packed(b"\0" * 8_000_000),
    "unpacks-to-lines.gz": packed(b"{}\n" * 100_000),
    "packed-twice.gz": packed(packed(RECORD)),
    "members.gz": packed(RECORD + b"\n") * 20,
    "cut-off.gz": packed(RECORD * 20)[:-9],
    "wrong-checksum.gz": packed(RECORD)[:-8] + b"\0" * 8,
    # Numbers
    "numbers.json": b'{"daily_messages":1e999,"seed":-0.0,"types":[{"name":"a","share_pct":1e-400,"input_tokens":18446744073709551616}]}',
    "digits.json": b'{"daily_messages":' + b"9" * 5_000 + b"}",
    "decimals.json": b'{"a":{"input":0.' + b"0" * 4_000 + b"1}}",
    "counts.csv": b"timestamp,model,input_tokens,output_tokens\n2026-01-01,m,9223372036854775807,18446744073709551615\n2026-01-01,m,1e18,-5\n2026-01-01,m,NaN,inf\n",
    "times.csv": b"timestamp,model,input_tokens,output_tokens\n0000-00-00T99:99:99Z,m,1,1\n+275760-09-13,m,1,1\n-9999999999999999,m,1,1\n2026-02-29T24:00:60.999999999999+99:99,m,1,1\n",
    # Names
    "keys-twice.json": b'{"version":1,"daily_messages":5,"daily_messages":6,"types":[],"types":[{}]}',
    "prototype.json": b'{"__proto__":{"polluted":1},"constructor":{"prototype":{}},"toString":null,"hasOwnProperty":1}',
    "empty-keys.json": b'{"":{"":{"":[{"":""}]}},"types":[{"":1}],"models":{"":{}}}',
    "dots-in-keys.json": b'{"models":{"a.b[0].c":{"latency":[1,2]},"a[0]":{"latency":{"kind":"q"}}}}',
    "paths.json": b'{"version":1,"fixture_id":"../../../etc/passwd","prompt":"p","answer":"x","tags":["/","\\\\..\\\\","con.json","a\\u0000b"]}',
    "long-name.json": json.dumps({"x" * 9_000: {"y" * 9_000: 1}}).encode(),
    # Letters
    "surrogates.json": b'{"prompt":"\\ud83d","answer":"\\udc00\\ud83d x","fixture_id":"a"}',
    "direction.json": '{"types":[{"name":"\u202egnp.exe\u2066","share_pct":100}],"name":"\u200b\u2060\ufeff"}'.encode(),
    "not-utf8.json": b'{"prompt":"\xff\xfe\xc0\x80\xed\xa0\x80"}',
    "utf16-odd.json": b"\xff\xfe" + '{"daily_messages": 5}'.encode("utf-16-le") + b"\x00",
    "utf32.json": b"\xff\xfe\0\0" + '{"a":1}'.encode("utf-32-le"),
    "marks.json": b"\xef\xbb\xbf\xef\xbb\xbf{}",
    "nul.json": b'{"a":1}\0\0\0{"b":2}',
    "combining.txt": ("e" + "\u0301" * 3_000 + "\U0001f468" + "\u200d\U0001f469" * 800).encode(),
    # Tables
    "formulas.csv": b'timestamp,model,input_tokens,output_tokens,type\n2026-01-01,m,1,1,"=HYPERLINK(""http://x"",""y"")"\n2026-01-01,m,1,1,@SUM(A1)\n2026-01-01,m,1,1,+1|cmd\n',
    "quote-without-end.csv": b'timestamp,model,input_tokens,output_tokens\n2026-01-01,"m,1,1\n' + b"2026-01-01,m,1,1\n" * 300,
    "ragged.csv": b"a,b,c\n1\n1,2,3,4,5\n,,,\n\n\n\r\r\n\"\"\n",
    "columns.csv": b",".join(b"c%d" % n for n in range(2_000)) + b"\n" + b"," * 1_999 + b"\n",
    "heading-twice.csv": b"model,model,input_tokens,input_tokens,output_tokens,timestamp\na,b,1,2,3,2026-01-01\n",
    "line-ends.csv": b"timestamp,model,input_tokens,output_tokens\r2026-01-01,m,1,1\r\n2026-01-01,m,1,1\n\r2026-01-01,m,1,1",
    # Frames and events
    "frame-largest.bin": frame(0xFFFFFFFF, 0),
    "frame-smallest.bin": frame(0, 0) + frame(15, 0) + frame(16, 16),
    "frame-headers.bin": frame(16 + 131_072, 131_072),
    "frame-half.bin": frame(1_000_000, 0, b"x" * 100),
    "frame-names.bin": frame(16 + 4, 4, b"\0\x07\0\0"),
    "frame-type.bin": frame(16 + 4, 4, b"\x01a\xff\0"),
    "events.sse": b"data: {\n" * 500 + b"\n\n" + b":\n" * 500 + b"data:[DONE]\n\ndata: {}\n\n",
    "events-without-end.sse": b"event: x\ndata: " + b"x" * 10_000,
    "websocket-length.bin": b"\x81\x7f" + b"\xff" * 8,
    "websocket-parts.bin": b"\x01\x00" + b"\x00\x00" * 500,
    # Requests
    "roles.json": json.dumps({"messages": [{"role": "user" if n % 2 else "assistant", "content": [{"text": ""}]} for n in range(300)]}).encode(),
    "blocks.json": json.dumps({"messages": [{"role": "user", "content": [{"cachePoint": {"type": "default"}}] * 300}]}).encode(),
    "image.json": json.dumps({"messages": [{"role": "user", "content": [{"image": {"format": "png", "source": {
        "bytes": "iVBORw0KGgoAAAANSUhEUv////////8IBgAAAA=="}}}]}]}).encode(),
    "tools.json": json.dumps({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}],
                              "tools": [{"name": "t%d" % n, "input_schema": {"type": ["object", "null"], "pattern": "(a+)+$"}} for n in range(100)]}).encode(),
    "stops.json": json.dumps({"messages": [{"role": "user", "content": [{"text": "aaaa"}]}], "inferenceConfig": {"stopSequences": ["a" * n for n in range(100)]}}).encode(),
    # Patterns that take for ever
    "patterns.json": json.dumps({"guardrail": {"regexes": [{"name": "x", "pattern": "(a|a)*(a+)+$"}, {"name": "y", "pattern": "(x{1,1000}){1,1000}"}]}}).encode(),
    "rule.yaml": b"version: 1\nfixture_id: a\nrule:\n  user_pattern: '((a{0,99}){0,99}){0,99}'\nanswer: x\n",
    # Other things entirely
    "workbook.csv": b"PK\x03\x04" + b"\0" * 60,
    "parquet.csv": b"PAR1" + b"\0" * 60 + b"PAR1",
    "page.json": b"<!doctype html><title>502 Bad Gateway</title>",
    "nothing.json": b"",
    "blank.yaml": b"\n \n\t\n---\n...\n---\n",
    "tag.yaml": b"!!python/object/apply:os.system ['true']\n",
}

if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    for name, data in FILES.items():
        (OUT / name).write_bytes(data)
    print(len(FILES), "files,", sum(len(data) for data in FILES.values()), "bytes")
