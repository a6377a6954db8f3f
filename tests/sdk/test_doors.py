"""OpenAI's and Anthropic's clients against `rehearsal serve`: every door, whole and streamed."""

import http.client
import json
import os
import pathlib
import socket
import ssl
import statistics
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

import anthropic
import openai
from pydantic import BaseModel

HERE = pathlib.Path(__file__).parent
REHEARSAL = os.environ.get("REHEARSAL", str(HERE.parents[1] / "target/debug/rehearsal"))
TEXT = "We open at nine. 一巻 👨‍👩‍👧"
FIXTURES = [
    {"version": 1, "fixture_id": "text", "prompt": "text", "answer": TEXT, "usage": {"input_tokens": 12, "output_tokens": 21, "cache_read_tokens": 5}},
    {
        "version": 1,
        "fixture_id": "tool",
        "prompt": "tool",
        "answer": {
            "content": [
                {"type": "thinking", "thinking": "look it up", "signature": "c2ln"},
                {"type": "tool_use", "name": "hours", "input": {"shop": "Kanda"}},
                {"type": "tool_use", "name": "now", "input": {}},
            ]
        },
        "usage": {"input_tokens": 40, "output_tokens": 33},
    },
    {"version": 1, "fixture_id": "json", "prompt": "json", "answer": '{"opens":"09:00"}'},
    {"version": 1, "fixture_id": "refusal", "prompt": "refusal", "answer": {"content": "I cannot.", "stop_reason": "refusal"}},
    {"version": 1, "fixture_id": "broken", "prompt": "broken", "answer": TEXT, "error": {"code": "ServiceUnavailableException", "after_events": 3}},
]
CLAUDE, CLAUDE_MANTLE = "us.anthropic.claude-sonnet-5", "anthropic.claude-sonnet-5"
GPT, GPT_MANTLE, OSS = "us.openai.gpt-5.6-sol", "openai.gpt-5.6-sol", "openai.gpt-oss-120b"


class Hours(BaseModel):
    opens: str


def said(text):
    return [{"role": "user", "content": text}]


class Doors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        path = pathlib.Path(cls.folder.name) / "all.json"
        path.write_text(json.dumps(FIXTURES, ensure_ascii=False), encoding="utf-8")
        cls.server, cls.url = cls.serve()

    @classmethod
    def serve(cls, *more):
        command = [REHEARSAL, "serve", "--port", "0", "--fixtures", cls.folder.name, "--seed", "42", *more]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        cls.first_line = json.loads(server.stdout.readline())
        return server, cls.first_line["listening"]

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        cls.server.wait(timeout=10)
        cls.server.stdout.close()
        cls.folder.cleanup()

    def setUp(self):
        self.control("reset")
        key = {"api_key": "any"}
        self.messages = anthropic.Anthropic(base_url=self.url + "/anthropic", **key).messages
        mantle = anthropic.AnthropicBedrockMantle(base_url=self.url + "/anthropic", aws_region="us-east-1", **key)
        self.mantle = mantle.messages
        self.openai = openai.BedrockOpenAI(base_url=self.url + "/openai/v1", aws_region="us-east-1", **key)
        self.v1 = openai.OpenAI(base_url=self.url + "/v1", **key)

    def control(self, verb, body=None):
        data = None if verb in ("log", "report") else json.dumps(body or {}).encode()
        request = urllib.request.Request(f"{self.url}/_rehearsal/{verb}", data=data, headers={"content-type": "application/json"})
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def test_messages(self):
        for messages, model in ((self.messages, CLAUDE), (self.mantle, CLAUDE_MANTLE)):
            ask = {"model": model, "max_tokens": 64}
            answer = messages.create(messages=said("text"), **ask)
            self.assertEqual((answer.content[0].text, answer.usage.input_tokens, answer.usage.cache_read_input_tokens), (TEXT, 12, 5))
            self.assertRegex(answer.id, "^msg_bdrk_[a-z2-7]{52}$")
            with messages.stream(messages=said("tool"), **ask) as stream:
                final = stream.get_final_message()
            self.assertEqual([block.type for block in final.content], ["thinking", "tool_use", "tool_use"])
            self.assertEqual([block.input for block in final.content[1:]], [{"shop": "Kanda"}, {}])
            self.assertEqual(messages.parse(messages=said("json"), output_format=Hours, **ask).parsed_output, Hours(opens="09:00"))
            with self.assertRaises(anthropic.APIStatusError), messages.stream(messages=said("broken"), **ask) as stream:
                stream.get_final_message()
        self.assertEqual(self.mantle.count_tokens(model=CLAUDE_MANTLE, messages=said("text")).input_tokens, 17)

    def test_chat(self):
        for client, model in ((self.openai, GPT), (self.openai, GPT_MANTLE), (self.v1, OSS)):
            create = client.chat.completions.create
            answer = create(model=model, messages=said("text"))
            self.assertEqual(answer.choices[0].message.content, TEXT)
            self.assertEqual((answer.usage.prompt_tokens, answer.usage.total_tokens, answer.model), (17, 38, model))
            call = create(model=model, messages=said("tool")).choices[0]
            self.assertEqual((call.finish_reason, len(call.message.tool_calls)), ("tool_calls", 2))
            with client.chat.completions.stream(model=model, messages=said("tool"), stream_options={"include_usage": True}) as stream:
                final = stream.get_final_completion()
            calls = final.choices[0].message.tool_calls
            self.assertEqual([(c.function.name, json.loads(c.function.arguments)) for c in calls], [("hours", {"shop": "Kanda"}), ("now", {})])
            self.assertEqual(final.usage.completion_tokens, 33)
            self.assertEqual(create(model=model, messages=said("refusal")).choices[0].message.refusal, "I cannot.")
            parsed = client.chat.completions.parse(model=model, messages=said("json"), response_format=Hours)
            self.assertEqual(parsed.choices[0].message.parsed, Hours(opens="09:00"))
            with self.assertRaises(openai.APIError):
                list(create(model=model, messages=said("broken"), stream=True))

    def test_responses(self):
        for client, model in ((self.openai, GPT), (self.openai, GPT_MANTLE), (self.v1, OSS)):
            answer = client.responses.create(model=model, input="text")
            self.assertEqual((answer.output_text, answer.usage.input_tokens, answer.usage.input_tokens_details.cached_tokens), (TEXT, 17, 5))
            numbers = []
            with client.responses.stream(model=model, input="tool") as stream:
                numbers.extend(event.sequence_number for event in stream)
                calls = [item for item in stream.get_final_response().output if item.type == "function_call"]
            self.assertEqual(numbers, list(range(len(numbers))))
            self.assertEqual([json.loads(c.arguments) for c in calls], [{"shop": "Kanda"}, {}])
            # gpt-oss has ids of its own for each call, the others those of the fixture.
            ids = [c.call_id for c in calls]
            self.assertEqual(len(set(ids)) if model == OSS else ids, 2 if model == OSS else ["call_0", "call_1"])
            self.assertEqual(client.responses.parse(model=model, input="json", text_format=Hours).output_parsed, Hours(opens="09:00"))
            kinds = [event.type for event in client.responses.create(model=model, input="broken", stream=True)]
            self.assertEqual(kinds[-1], "response.failed")

    def test_stored_responses(self):
        first = self.openai.responses.create(model=GPT, input="tool")
        outputs = [{"type": "function_call_output", "call_id": f"call_{n}", "output": "nine"} for n in (0, 1)]
        with self.assertRaises(openai.BadRequestError):
            self.openai.responses.create(model=GPT, input="text", previous_response_id=first.id)
        with self.assertRaises(openai.BadRequestError) as raised:
            self.openai.responses.create(model=GPT, input=outputs, previous_response_id=first.id)
        self.assertIn("No fixture answers", str(raised.exception))
        self.assertEqual(self.openai.responses.retrieve(first.id).id, first.id)
        self.assertEqual(self.openai.responses.cancel(first.id).status, "completed")
        self.openai.responses.delete(first.id)
        with self.assertRaises(openai.NotFoundError):
            self.openai.responses.retrieve(first.id)
        apart = self.openai.responses.create(model=GPT, input="text", store=False)
        with self.assertRaises(openai.NotFoundError):
            self.openai.responses.create(model=GPT, input="text", previous_response_id=apart.id)

    def test_wrong_doors(self):
        wrong = [
            (openai.NotFoundError, lambda: self.openai.chat.completions.create(model=CLAUDE, messages=said("text"))),
            (openai.NotFoundError, lambda: self.openai.responses.create(model="openai.gpt-none", input="text")),
            (openai.BadRequestError, lambda: self.v1.responses.create(model=GPT_MANTLE, input="text")),
            (openai.BadRequestError, lambda: self.v1.chat.completions.create(model=CLAUDE_MANTLE, messages=said("text"))),
            (openai.BadRequestError, lambda: self.openai.responses.create(model=GPT, input="text", background=True)),
            (openai.BadRequestError, lambda: self.openai.chat.completions.create(model=GPT, messages=said("text"), max_tokens=9)),
            (anthropic.BadRequestError, lambda: self.mantle.create(model=OSS, max_tokens=9, messages=said("text"))),
            (anthropic.NotFoundError, lambda: self.messages.create(model="us.anthropic.claude-sonnet-4-6", max_tokens=9, messages=said("text"))),
        ]
        for number, (error, call) in enumerate(wrong):
            with self.subTest(number), self.assertRaises(error):
                call()
        self.assertIn(OSS, [model.id for model in self.v1.models.list()])

    def test_errors_are_retried_and_told(self):
        self.control("force-error", {"code": "ThrottlingException", "count": 2})
        self.openai.responses.create(model=GPT, input="text")
        self.control("force-error", {"code": "overloaded_error", "count": 1})
        self.messages.create(model=CLAUDE, max_tokens=9, messages=said("text"))
        log = self.control("log")
        calls = log["records"] if isinstance(log, dict) else log
        self.assertEqual([(call["status"], call["attempt"]) for call in calls], [(429, 1), (429, 2), (200, 3), (529, 1), (200, 2)])
        self.assertEqual({(call["door"], call["host"]) for call in calls}, {("responses", "runtime"), ("messages", "runtime")})

    def test_a_client_that_leaves_harms_no_one(self):
        body = json.dumps({"model": GPT, "input": "text", "stream": True}).encode()
        host, port = self.url.removeprefix("http://").split(":")
        for _ in range(5):
            with socket.create_connection((host, int(port))) as raw:
                raw.sendall(b"POST /openai/v1/responses HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
                raw.recv(10)
        self.assertEqual(self.openai.responses.create(model=GPT, input="text").output_text, TEXT)

    def test_a_body_too_large_is_413_everywhere(self):
        for path in ("/openai/v1/responses", "/anthropic/v1/messages", f"/model/{CLAUDE}/converse"):
            request = urllib.request.Request(self.url + path, data=b"x" * (27 << 20), headers={"content-type": "application/json"})
            with self.assertRaises(urllib.error.HTTPError) as raised:
                urllib.request.urlopen(request)
            self.assertEqual(raised.exception.code, 413)

    def test_tls_and_named_origins(self):
        server, url = self.serve("--tls", "--allow-origin", "http://localhost:5173")
        try:
            trust = ssl.create_default_context(cafile=self.first_line["certificate"])
            headers = {"origin": "http://localhost:5173", "access-control-request-method": "POST"}
            ask = lambda **more: urllib.request.urlopen(urllib.request.Request(url + "/openai/v1/responses", **more), context=trust)
            preflight = ask(method="OPTIONS", headers=headers)
            self.assertEqual((preflight.status, preflight.headers["access-control-allow-origin"]), (204, headers["origin"]))
            body = json.dumps({"model": GPT, "input": "text"}).encode()
            answer = ask(data=body, headers={"content-type": "application/json", "origin": headers["origin"]})
            self.assertEqual(answer.headers["access-control-allow-origin"], headers["origin"])
            os.remove(self.first_line["certificate"])
        finally:
            server.terminate()
            server.wait(timeout=10)
            server.stdout.close()

    def test_kept_connections_do_not_wait(self):
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"))
        body = json.dumps({"model": CLAUDE, "max_tokens": 9, "messages": said("text")})
        times = []
        for _ in range(41):
            begun = time.perf_counter()
            connection.request("POST", "/anthropic/v1/messages", body, {"content-type": "application/json"})
            connection.getresponse().read()
            times.append(time.perf_counter() - begun)
        connection.close()
        # Nagle's delay alone would be 40 ms of every call.
        self.assertLess(statistics.median(times), 0.035)


if __name__ == "__main__":
    unittest.main()
