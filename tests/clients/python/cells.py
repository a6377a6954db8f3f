"""What every client is asked, and how its answers are judged: one function a cell, one JSON line a result."""

import base64
import json
import os
import sys
import traceback
import urllib.request

URL = os.environ["URL"]
KEY = "any"
REGION = "us-east-1"
os.environ.update(
    AWS_REGION=REGION, AWS_DEFAULT_REGION=REGION, AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x",
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME=URL, AWS_EC2_METADATA_DISABLED="true",
)

TEXT = "We open at nine. 一巻 👨‍👩‍👧"
STOCK = {"title": "進撃の巨人", "volume": 1}
ANSWERED, LOOKED, THOUGHT, SHELF, GONE_ON = "Volume 1 is in stock.", "A white square and a price list.", "The shelf comes to mind.", "The third shelf.", "And then the fourth."
# More than the largest smallest prefix of any model.
LONG = "The shop is in Kanda and opens at nine. " * 800
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
SONNET, SONNET_MANTLE = "us.anthropic.claude-sonnet-5", "anthropic.claude-sonnet-5"
HAIKU_MANTLE = "anthropic.claude-haiku-4-5"
GPT, GPT_MANTLE, OSS_MANTLE = "us.openai.gpt-5.6-sol", "openai.gpt-5.6-sol", "openai.gpt-oss-120b"

STOCK_SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "volume": {"type": "integer"}},
    "required": ["title", "volume"],
}
NOW_SCHEMA = {"type": "object", "properties": {}}
HOURS_SCHEMA = {
    "type": "object",
    "properties": {"shop": {"type": "string"}, "opens": {"type": "integer"}},
    "required": ["shop", "opens"],
    "additionalProperties": False,
}


class NotApplicable(Exception):
    """A cell that a client has no call for; its text says why."""


def control(verb, body=None):
    data = None if verb in ("log", "report") else json.dumps(body or {}).encode()
    request = urllib.request.Request(f"{URL}/_rehearsal/{verb}", data=data, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def records():
    log = control("log")
    return log["records"] if isinstance(log, dict) else log


def same(found, expected):
    if found != expected:
        raise AssertionError(f"{found!r} instead of {expected!r}")


def holds(condition, what):
    if not condition:
        raise AssertionError(what)


def pieces(found, expected=TEXT):
    """A stream's texts: more than one, and together the whole."""
    found = [piece for piece in found if piece]
    holds(len(found) > 1, f"{len(found)} pieces")
    same("".join(found), expected)


def breaks(call):
    """The name of what a call raises whose answer had begun when it broke off."""
    try:
        call()
    except Exception as error:  # noqa: BLE001 - whatever a client raises is the result
        same(records()[-1]["status"], 200)
        return type(error).__name__
    raise AssertionError("nothing was raised: the client took half an answer for a whole one")


def attempts(call, expected=3):
    """How often the mock was asked until a throttled call was answered."""
    control("force-error", {"code": "ThrottlingException", "count": expected - 1})
    call()
    seen = [record["status"] for record in records()]
    same(seen, [429] * (expected - 1) + [200])
    return f"{expected} attempts"


def cached(call):
    """The same call twice: the ledger has a write, then a read; `call` gives what its client says was read."""
    call()
    read = call()
    first, second = [record for record in records() if record["status"] == 200][-2:]
    holds(first["cache_write_tokens"] > 0, f"the first call wrote {first['cache_write_tokens']}")
    same(second["cache_read_tokens"], first["cache_write_tokens"])
    if read is not None:
        same(read, second["cache_read_tokens"])


def run(cells):
    """Runs the cells that are named on the command line, or all; a line of JSON each."""
    wanted = sys.argv[1:]
    for name, cell in cells.items():
        if wanted and name not in wanted:
            continue
        control("reset")
        result = {"cell": name}
        try:
            if isinstance(cell, str):
                raise NotApplicable(cell)
            note = cell()
            result.update(state="passed", note=note if isinstance(note, str) else "")
        except NotApplicable as reason:
            result.update(state="not applicable", note=str(reason))
        except BaseException as error:  # noqa: BLE001 - also what groups of tasks raise
            if os.environ.get("VERBOSE"):
                traceback.print_exc()
            text = " ".join(str(error).split())[:300]
            result.update(state="failed", note=f"{type(error).__name__}: {text}")
        print(json.dumps(result, ensure_ascii=False), flush=True)
