"""The signature of `bench run --bedrock --auth sigv4` beside the newest botocore's own of the same request and second."""

import datetime
import http.server
import json
import os
import pathlib
import subprocess
import threading
import unittest
import unittest.mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

HERE = pathlib.Path(__file__).parent
REHEARSAL = os.environ.get("REHEARSAL", str(HERE.parents[1] / "target/debug/rehearsal"))
MODELS = [
    "anthropic.claude-3-haiku-20240307-v1:0",
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3",
]


class Keeper(http.server.BaseHTTPRequestHandler):
    """Keeps what it is asked and answers nothing of use."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.kept.append((self.path, dict(self.headers.items()), body))
        self.send_response(500)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Signatures(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keeper)
        self.server.kept = []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()

    def asked(self, model, region, keys):
        command = [REHEARSAL, "bench", "run", "--url", self.url, "--bedrock", "--auth", "sigv4", "--region", region]
        command += ["--samples", "2", "--runs", "1", "--model", model, "--force", "--json"]
        environment = {**{name: value for name, value in os.environ.items() if not name.startswith("AWS_")}, **keys}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        self.assertTrue(self.server.kept, done.stderr)
        return self.server.kept

    def test_botocore_writes_the_same(self):
        for model in MODELS:
            for token in (None, "SESSION/TOKEN=="):
                for region in ("us-east-1", "ap-northeast-1"):
                    with self.subTest(model=model, token=token, region=region):
                        self.server.kept.clear()
                        keys = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
                        if token:
                            keys["AWS_SESSION_TOKEN"] = token
                        for path, sent, body in self.asked(model, region, keys):
                            self.same(path, sent, body, keys, region)

    def same(self, path, sent, body, keys, region):
        lower = {name.lower(): value for name, value in sent.items()}
        names = lower["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        self.assertIn("host", names)
        credentials = Credentials(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], keys.get("AWS_SESSION_TOKEN"))
        headers = {name: lower[name] for name in names if name not in ("x-amz-date", "x-amz-security-token")}
        request = AWSRequest(method="POST", url=self.url + path, headers=headers, data=body)
        signer = botocore.auth.SigV4Auth(credentials, "bedrock", region)
        when = datetime.datetime.strptime(lower["x-amz-date"], "%Y%m%dT%H%M%SZ")
        with unittest.mock.patch.object(botocore.auth, "get_current_datetime", return_value=when):
            signer.add_auth(request)
        self.assertEqual(request.headers["X-Amz-Date"], lower["x-amz-date"], "botocore was given the same second")
        self.assertEqual(request.headers.get("X-Amz-Security-Token"), lower.get("x-amz-security-token"))
        self.assertEqual(request.headers["Authorization"], lower["authorization"])
        self.assertEqual(json.loads(body)["inferenceConfig"]["maxTokens"], 512)


if __name__ == "__main__":
    unittest.main()
