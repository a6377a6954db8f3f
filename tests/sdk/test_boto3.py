"""boto3 against `rehearsal serve`: every operation, every exception, every fault."""

import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

HERE = pathlib.Path(__file__).parent
REHEARSAL = os.environ.get("REHEARSAL", str(HERE.parents[1] / "target/debug/rehearsal"))
HAIKU = "anthropic.claude-3-haiku-20240307-v1:0"
TEXT = "一巻は在庫がございます。\n\n👨‍👩‍👧 どうぞ!"
FIXTURES = [
    {"version": 1, "fixture_id": "text", "prompt": "text", "answer": TEXT, "usage": {"input_tokens": 12, "output_tokens": 21}},
    {
        "version": 1,
        "fixture_id": "tool",
        "prompt": "tool",
        "answer": {"content": [{"type": "tool_use", "name": "stock", "input": {"volume": 1}}]},
        "usage": {"input_tokens": 40, "output_tokens": 33},
    },
]
ANSWERS = ["invoke_model", "invoke_model_with_response_stream", "converse", "converse_stream"]
EXCEPTIONS = [
    ("AccessDeniedException", 403, ANSWERS + ["count_tokens"], 1, 1),
    ("ValidationException", 400, ANSWERS + ["count_tokens"], 1, 1),
    ("ResourceNotFoundException", 404, ANSWERS + ["count_tokens"], 1, 1),
    ("ServiceQuotaExceededException", 400, ANSWERS[:2], 1, 1),
    ("ModelTimeoutException", 408, ANSWERS, 1, 1),
    ("ModelErrorException", 424, ANSWERS, 1, 1),
    ("ModelStreamErrorException", 424, ["invoke_model_with_response_stream"], 1, 1),
    ("ThrottlingException", 429, ANSWERS + ["count_tokens"], 3, 5),
    ("ModelNotReadyException", 429, ANSWERS, 3, 5),
    ("InternalServerException", 500, ANSWERS + ["count_tokens"], 3, 5),
    ("ServiceUnavailableException", 503, ANSWERS + ["count_tokens"], 3, 5),
]


class Boto3(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        for fixture in FIXTURES:
            path = pathlib.Path(cls.folder.name) / f"{fixture['fixture_id']}.json"
            path.write_text(json.dumps(fixture, ensure_ascii=False), encoding="utf-8")
        cls.server = subprocess.Popen(
            [REHEARSAL, "serve", "--port", "0", "--fixtures", cls.folder.name, "--seed", "42"], stdout=subprocess.PIPE, text=True
        )
        cls.url = json.loads(cls.server.stdout.readline())["listening"]

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        assert cls.server.wait(timeout=10) == 0, "a graceful stop"
        cls.server.stdout.close()
        cls.folder.cleanup()

    def setUp(self):
        self.control("reset")

    def control(self, verb, body=None):
        data = None if verb in ("log", "report") else json.dumps(body or {}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/_rehearsal/{verb}", data=data, headers={"content-type": "application/json"})) as response:
            return json.load(response)

    def client(self, mode="standard"):
        retries = {"mode": mode} if mode != "none" else {"total_max_attempts": 1}
        return boto3.client(
            "bedrock-runtime",
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries=retries),
        )

    @staticmethod
    def ask(client, operation, prompt="text", model=HAIKU):
        body = json.dumps({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 500, "messages": [{"role": "user", "content": prompt}]})
        messages = [{"role": "user", "content": [{"text": prompt}]}]
        if operation.startswith("invoke"):
            return getattr(client, operation)(modelId=model, body=body)
        if operation == "count_tokens":
            return client.count_tokens(modelId=model, input={"converse": {"messages": messages}})
        return getattr(client, operation)(modelId=model, messages=messages)

    def test_one_answer_serves_all_operations(self):
        client = self.client()
        whole = self.ask(client, "converse")
        self.assertEqual(whole["output"]["message"]["content"][0]["text"], TEXT)
        self.assertEqual(whole["usage"]["totalTokens"], 33)
        events = list(self.ask(client, "converse_stream")["stream"])
        self.assertEqual("".join(e.get("contentBlockDelta", {}).get("delta", {}).get("text", "") for e in events), TEXT)
        invoked = json.loads(self.ask(client, "invoke_model")["body"].read())
        self.assertEqual(invoked["content"][0]["text"], TEXT)
        chunks = [json.loads(e["chunk"]["bytes"]) for e in self.ask(client, "invoke_model_with_response_stream")["body"]]
        self.assertEqual("".join(c.get("delta", {}).get("text", "") for c in chunks), TEXT)
        self.assertEqual(self.ask(client, "count_tokens")["inputTokens"], 12)
        tool = list(self.ask(client, "converse_stream", "tool")["stream"])
        joined = "".join(e.get("contentBlockDelta", {}).get("delta", {}).get("toolUse", {}).get("input", "") for e in tool)
        self.assertEqual(json.loads(joined), {"volume": 1})

    def test_every_exception_and_its_attempts(self):
        # Pauses between attempts are the client's own; what counts is how often it asks.
        original, time.sleep = time.sleep, lambda seconds: None
        try:
            for mode, column in (("standard", 3), ("adaptive", 3), ("legacy", 4)):
                client = self.client(mode)
                for row in EXCEPTIONS:
                    name, status, operations = row[:3]
                    for operation in operations if mode != "adaptive" else operations[:1]:
                        with self.subTest(mode=mode, name=name, operation=operation):
                            self.control("reset")
                            self.control("force-error", {"code": name, "message": "told to fail", "count": 10})
                            with self.assertRaises(ClientError) as caught:
                                self.ask(client, operation)
                            error = caught.exception.response
                            self.assertEqual(error["Error"]["Code"], name)
                            self.assertEqual(error["Error"]["Message"], "told to fail")
                            self.assertEqual(error["ResponseMetadata"]["HTTPStatusCode"], status)
                            self.assertIsInstance(caught.exception, getattr(client.exceptions, name))
                            self.assertEqual(len(self.control("log")), row[column])
        finally:
            time.sleep = original

    def test_exceptions_inside_streams(self):
        client = self.client()
        for operation, names in {
            "converse_stream": ["internalServerException", "modelStreamErrorException", "validationException", "throttlingException", "serviceUnavailableException"],
            "invoke_model_with_response_stream": ["internalServerException", "modelStreamErrorException", "validationException", "throttlingException", "modelTimeoutException", "serviceUnavailableException"],
        }.items():
            for member in names:
                with self.subTest(operation=operation, member=member):
                    code = member[0].upper() + member[1:]
                    self.control("reset")
                    self.control("faults", [{"kind": "exception_frame", "code": code, "message": "inside", "after_events": 1}])
                    response = self.ask(client, operation)
                    with self.assertRaises(EventStreamError) as caught:
                        list(response.get("stream") or response.get("body"))
                    self.assertEqual(caught.exception.response["Error"]["Code"], member)
                    self.assertEqual(len(self.control("log")), 1)

    def test_damaged_streams(self):
        from botocore.eventstream import ChecksumMismatch

        client = self.client()
        self.control("faults", [{"kind": "crc_flip", "after_events": 2}])
        with self.assertRaises(ChecksumMismatch):
            list(self.ask(client, "converse_stream")["stream"])
        self.control("faults", [{"kind": "early_end", "after_events": 2}])
        self.assertEqual(len(list(self.ask(client, "converse_stream")["stream"])), 2)
        self.control("faults", [{"kind": "cut_frame", "after_events": 2}])
        with self.assertRaises(Exception):
            list(self.ask(client, "converse_stream")["stream"])
        self.assertIn("truncated-not-retried", [finding["rule"] for finding in self.control("report")["findings"]])

    def raw(self, request):
        """What the server says to these bytes, as far as it comes within some seconds."""
        host, port = self.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(request)
            said = b""
            while part := connection.recv(65536):
                said += part
                if b"\r\n\r\n" in said and b'"message"' in said:
                    break
            return said

    def test_hostile_requests_are_refused_as_the_service_would(self):
        head = f"POST /model/{HAIKU}/converse HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"

        def post(body):
            return self.raw(head.encode() + f"content-length: {len(body)}\r\n\r\n".encode() + body)

        announced = self.raw(f"{head}content-length: 99999999999\r\n\r\nabc".encode())
        self.assertIn(b"413", announced.split(b"\r\n")[0])
        self.assertIn(b"PayloadTooLargeException", announced)
        for body in [b"[" * 100_000 + b"]" * 100_000, b"\xff\xfe", b'{"messages": NaN}', b"", b"null"]:
            self.assertIn(b"ValidationException", post(body))
        with self.assertRaises(urllib.error.HTTPError) as refused:
            self.control("force-error", {"code": "Odd\r\nset-cookie: a", "message": "m\r\nx"})
        self.assertIn(b"is no exception that the service is known to send", refused.exception.read())
        large = {"messages": [{"role": "user", "content": [{"text": "x" * 10_000_000}]}]}
        self.assertIn(b"Input is too long", post(json.dumps(large).encode()))

    def test_quotas_say_when_to_come_back(self):
        config = pathlib.Path(self.folder.name) / "quota.config"
        config.write_text(json.dumps({"quotas": {"*": {"rpm": 2}}}), encoding="utf-8")
        command = [REHEARSAL, "serve", "--fixtures", self.folder.name, "--config", str(config)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            url, own = self.url, json.loads(server.stdout.readline())["listening"]
            try:
                self.url = own
                client = self.client("none")
                for _ in range(2):
                    self.ask(client, "converse")
                with self.assertRaises(ClientError) as caught:
                    self.ask(client, "converse")
                self.assertEqual(caught.exception.response["Error"]["Code"], "ThrottlingException")
                headers = caught.exception.response["ResponseMetadata"]["HTTPHeaders"]
                self.assertEqual(headers["retry-after"], "30")
                # Counting tokens is free; boto3 does not wait so long, which its users are told.
                self.assertEqual(self.ask(client, "count_tokens")["inputTokens"], 12)
                with self.assertRaises(ClientError):
                    self.ask(self.client("standard"), "converse")
                self.assertIn("ignored-retry-after", [finding["rule"] for finding in self.control("report")["findings"]])
            finally:
                self.url = url
                server.terminate()

    def test_wrong_control_requests_are_explained(self):
        with self.assertRaises(urllib.error.HTTPError) as caught:
            self.control("faults", [{"kind": "explode"}])
        self.assertIn("not a choice", json.load(caught.exception)["error"])


if __name__ == "__main__":
    unittest.main()
