"""The retry rules of the newest boto3 beside the simulation's: attempts, delays and the retry quota.

`serve` answers with scripted faults; what the real client does then is compared with what `simulate` says of a
client of the same mode that meets nothing but such faults.
"""

import json
import os
import pathlib
import subprocess
import time
import unittest
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

HERE = pathlib.Path(__file__).parent
REHEARSAL = os.environ.get("REHEARSAL", str(HERE.parents[1] / "target/debug/rehearsal"))
HAIKU = "anthropic.claude-3-haiku-20240307-v1:0"
FAULTS = {"throttle_rate": "ThrottlingException", "error_rate": "InternalServerException"}


def simulated(mode, fault, clients, messages):
    """What a day is like in which every attempt meets this fault."""
    scenario = {
        "daily_messages": 432000,
        "types": [{"name": "a", "share_pct": 100, "model": "m"}],
        "models": {"m": {"latency": 0}},
        "faults": {fault: 1},
        "retry": {"mode": mode, "clients": clients},
    }
    command = [REHEARSAL, "simulate", "--scenario", "-", "--messages", str(messages), "--json"]
    done = subprocess.run(command, input=json.dumps(scenario), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


class Retries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = subprocess.Popen([REHEARSAL, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
        cls.url = json.loads(cls.server.stdout.readline())["listening"]

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        cls.server.wait(timeout=10)
        cls.server.stdout.close()

    def control(self, verb, body):
        request = urllib.request.Request(f"{self.url}/_rehearsal/{verb}", data=json.dumps(body).encode(), headers={"content-type": "application/json"})
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def client(self, mode):
        return boto3.client(
            "bedrock-runtime",
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries={"mode": mode}),
        )

    def fail(self, client):
        """Asks in vain; gives how often the client tried again and for how long it slept."""
        slept, original = [], time.sleep
        time.sleep = lambda seconds: slept.append(seconds)
        try:
            with self.assertRaises(ClientError) as caught:
                client.converse(modelId=HAIKU, messages=[{"role": "user", "content": [{"text": "hello"}]}])
        finally:
            time.sleep = original
        return caught.exception.response["ResponseMetadata"]["RetryAttempts"], slept

    def test_delays_and_attempts(self):
        for mode in ("standard", "legacy"):
            for fault, code in FAULTS.items():
                with self.subTest(mode=mode, fault=fault):
                    self.control("reset", {})
                    self.control("force-error", {"code": code, "message": "told to fail", "count": 10_000})
                    retries, total, calls = 0, 0.0, 120
                    for call in range(calls):
                        # A quota of its own for every few calls, so that none runs out.
                        client = self.client(mode) if call % 15 == 0 else client
                        tried, slept = self.fail(client)
                        retries += tried
                        total += sum(slept)
                    day = simulated(mode, fault, 10_000, 20_000)
                    self.assertEqual(retries / calls, day["counts"]["retries"] / day["counts"]["arrived"])
                    # Nobody is answered, so everyone who is in the system waits for a retry; 5 come a second.
                    stays = day["mean_concurrency"] / 5
                    self.assertLess(abs(total / calls / stays - 1), 0.2, f"{total / calls} s, simulated {stays} s")

    def test_the_quota(self):
        for fault, code, expected in [("error_rate", FAULTS["error_rate"], 35), ("throttle_rate", FAULTS["throttle_rate"], 100)]:
            with self.subTest(fault=fault):
                self.control("reset", {})
                self.control("force-error", {"code": code, "message": "told to fail", "count": 10_000})
                client = self.client("standard")
                retries = sum(self.fail(client)[0] for _ in range(120))
                self.assertEqual(retries, expected)
                for mode in ("standard", "standard-2026", "adaptive"):
                    if fault == "error_rate" or mode != "adaptive":
                        self.assertEqual(simulated(mode, fault, 1, 400)["counts"]["retries"], retries, mode)


if __name__ == "__main__":
    unittest.main()
