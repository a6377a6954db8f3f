"""`serve --record`: another mock as the upstream, boto3 and the clients of the other doors in front."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

import anthropic
import boto3
import openai
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

os.environ.setdefault("AWS_ACCESS_KEY_ID", "x")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "x")
HERE = pathlib.Path(__file__).parent
REHEARSAL = os.environ.get("REHEARSAL", str(HERE.parents[1] / "target/debug/rehearsal"))
HAIKU, SONNET, GPT = "us.anthropic.claude-haiku-4-5-20251001-v1:0", "us.anthropic.claude-sonnet-5", "us.openai.gpt-5.6-sol"
TITAN = "amazon.titan-embed-text-v2:0"
SECRET = "bedrock-api-key-not-to-be-kept"
ADDRESS = "taro@example.co.jp"


class Serve:
    def __init__(self, *options):
        command = [REHEARSAL, "serve", "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.first_line = json.loads(self.process.stdout.readline())
        self.url = self.first_line["listening"]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()
        with self.process.stderr as stderr:
            return stderr.read()

    def log(self):
        with urllib.request.urlopen(self.url + "/_rehearsal/log") as response:
            log = json.load(response)
        return log["records"] if isinstance(log, dict) else log


def said(text):
    return [{"role": "user", "content": [{"text": text}]}]


def runtime(url):
    """boto3 takes a bearer token over https only, so it is laid into requests that are not signed."""
    config = Config(retries={"total_max_attempts": 1}, signature_version=UNSIGNED)
    client = boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url=url, config=config)
    bear = lambda request, **_: request.headers.__setitem__("Authorization", f"Bearer {SECRET}")
    client.meta.events.register("before-send.bedrock-runtime", bear)
    return client


def calls(url):
    """What each door answers, as plain values; the bytes of streams are those of their events."""
    client = runtime(url)
    found = {}
    answer = client.converse(modelId=HAIKU, messages=said("plain"))
    found["converse"] = (answer["output"], answer["usage"])
    # The same words with another system prompt are another request.
    found["system"] = client.converse(modelId=HAIKU, messages=said("plain"), system=[{"text": "Be brief."}])["usage"]
    found["stream"] = list(client.converse_stream(modelId=HAIKU, messages=said("plain"))["stream"])
    body = json.dumps({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 64, "messages": [{"role": "user", "content": "plain"}]})
    found["invoke"] = json.loads(client.invoke_model(modelId=HAIKU, body=body)["body"].read())
    found["chunks"] = [event["chunk"]["bytes"] for event in client.invoke_model_with_response_stream(modelId=HAIKU, body=body)["body"]]
    found["vector"] = client.invoke_model(modelId=TITAN, body=json.dumps({"inputText": "hello"}))["body"].read()
    found["count"] = client.count_tokens(modelId=HAIKU.removeprefix("us."), input={"converse": {"messages": said("plain")}})["inputTokens"]
    try:
        client.converse(modelId=HAIKU, messages=[{"role": "user", "content": []}], inferenceConfig={"maxTokens": 10_000_000})
    except ClientError as error:
        found["refused"] = error.response["Error"]
    messages = anthropic.Anthropic(base_url=url + "/anthropic", api_key=SECRET, max_retries=0).messages
    found["messages"] = messages.create(model=SONNET, max_tokens=64, messages=[{"role": "user", "content": "plain"}]).model_dump()
    with messages.stream(model=SONNET, max_tokens=64, messages=[{"role": "user", "content": "plain"}]) as stream:
        found["messages stream"] = [event.model_dump() for event in stream]
    chat = openai.OpenAI(base_url=url + "/openai/v1", api_key=SECRET, max_retries=0)
    found["responses"] = chat.responses.create(model=GPT, input="plain").model_dump()
    found["chat stream"] = [chunk.model_dump() for chunk in chat.chat.completions.create(model=GPT, messages=[{"role": "user", "content": "plain"}], stream=True)]
    return found


class Record(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.fixtures, self.recordings = self.folder / "fixtures", self.folder / "recordings"
        self.fixtures.mkdir()
        fixture = {"version": 1, "fixture_id": "plain", "match": [{"user": "plain"}], "answer": "We open at nine. 一巻"}
        told = {"version": 1, "fixture_id": "told", "match": [{"user": "told"}], "answer": f"Write to {ADDRESS}."}
        (self.fixtures / "all.json").write_text(json.dumps([fixture, told], ensure_ascii=False), encoding="utf-8")
        self.servers = []

    def tearDown(self):
        for server in self.servers:
            if server.process.poll() is None:
                server.stop()
        shutil.rmtree(self.folder)

    def serve(self, *options):
        self.servers.append(Serve(*options))
        return self.servers[-1]

    def test_what_is_recorded_is_replayed(self):
        upstream = self.serve("--fixtures", str(self.fixtures))
        recorder = self.serve("--record", str(self.recordings), "--upstream", upstream.url)
        first = calls(recorder.url)
        asked = len(upstream.log())
        self.assertEqual(asked, len(first))
        self.assertEqual(calls(recorder.url), first)
        self.assertEqual(len(upstream.log()), asked, "nothing was asked twice")
        # The ledger knows both rounds.
        statuses = [record["status"] for record in recorder.log()]
        self.assertEqual(statuses, statuses[:asked] * 2)
        recorder.stop()
        upstream.stop()
        files = list(self.recordings.glob("*.json"))
        self.assertEqual(len(files), asked)
        kept = "".join(file.read_text(encoding="utf-8") for file in self.recordings.iterdir())
        self.assertNotIn(SECRET, kept)
        self.assertNotIn("authorization", kept.lower())
        checked = subprocess.run([REHEARSAL, "fixtures", "check", str(self.recordings)], capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        # For CI: no upstream, and what was not recorded is refused in each door's own form.
        strict = self.serve("--record", str(self.recordings), "--strict")
        self.assertEqual(calls(strict.url), first)
        client = runtime(strict.url)
        with self.assertRaises(ClientError) as raised:
            client.converse(modelId=HAIKU, messages=said("something else"))
        self.assertIn("Not recorded", str(raised.exception))
        with self.assertRaises(openai.BadRequestError):
            openai.OpenAI(base_url=strict.url + "/openai/v1", api_key="x").responses.create(model=GPT, input="something else")

    def test_what_changed_is_said(self):
        upstream = self.serve("--fixtures", str(self.fixtures))
        recorder = self.serve("--record", str(self.recordings), "--upstream", upstream.url)
        client = runtime(recorder.url)
        text = lambda: client.converse(modelId=HAIKU, messages=said("told"))["output"]["message"]["content"][0]["text"]
        self.assertEqual(text(), f"Write to {ADDRESS}.")
        self.assertEqual(text(), "Write to {EMAIL}.")
        (file,) = self.recordings.glob("*.json")
        self.assertIn("redacted", json.loads(file.read_text(encoding="utf-8"))["metadata"]["rewritten"])
        self.assertIn("1 redactions", recorder.stop())

    def test_what_says_nothing_of_the_request_is_not_kept(self):
        upstream = self.serve("--fixtures", str(self.fixtures))
        recorder = self.serve("--record", str(self.recordings), "--upstream", upstream.url)
        body = json.dumps({"code": "ThrottlingException", "count": 1}).encode()
        urllib.request.urlopen(urllib.request.Request(upstream.url + "/_rehearsal/force-error", data=body, headers={"content-type": "application/json"}))
        config = Config(retries={"total_max_attempts": 1})
        client = boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url=recorder.url, config=config)
        with self.assertRaises(ClientError):
            client.converse(modelId=HAIKU, messages=said("plain"))
        self.assertEqual(list(self.recordings.glob("*.json")), [])
        self.assertEqual(client.converse(modelId=HAIKU, messages=said("plain"))["stopReason"], "end_turn")
        self.assertEqual([record["status"] for record in recorder.log()], [429, 200])
        # An upstream that is gone is an error that can be tried again.
        upstream.stop()
        with self.assertRaises(ClientError) as raised:
            client.converse(modelId=HAIKU, messages=said("another"))
        self.assertEqual(raised.exception.response["ResponseMetadata"]["HTTPStatusCode"], 503)

    def test_a_certificate_is_checked(self):
        upstream = self.serve("--fixtures", str(self.fixtures), "--tls")
        config = Config(retries={"total_max_attempts": 1})

        def ask(*more):
            recorder = self.serve("--record", str(self.recordings), "--upstream", upstream.url, *more)
            client = boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url=recorder.url, config=config)
            return client.converse(modelId=HAIKU, messages=said("plain"))["stopReason"]

        with self.assertRaises(ClientError):
            ask()
        certificate = upstream.first_line["certificate"]
        self.assertEqual(ask("--cacert", certificate), "end_turn")
        os.remove(certificate)

    def test_options_that_say_nothing_are_refused(self):
        for options in (["--record", str(self.recordings)], ["--upstream", "http://127.0.0.1:1"], ["--strict"], ["--record", str(self.recordings), "--upstream", "ftp://x"], ["--record", str(self.recordings / "none"), "--strict"]):
            done = subprocess.run([REHEARSAL, "serve", *options], capture_output=True, text=True, timeout=20)
            self.assertEqual(done.returncode, 2, options)


if __name__ == "__main__":
    unittest.main()
