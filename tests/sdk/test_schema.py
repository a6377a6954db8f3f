"""Fixtures and scenarios against the schemas that editors check them by."""

import copy
import json
import os
import pathlib
import subprocess
import unittest

import yaml
from jsonschema import Draft202012Validator

ROOT = pathlib.Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "fixtures/schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def read(path):
    text = path.read_text(encoding="utf-8")
    return yaml.safe_load(text) if path.suffix == ".yaml" else json.loads(text)


class Schema(unittest.TestCase):
    def test_it_is_a_schema(self):
        Draft202012Validator.check_schema(SCHEMA)

    def test_every_fixture_fits(self):
        files = [path for path in sorted(ROOT.glob("fixtures/*.*")) if path.name != "schema.json"]
        files += sorted((ROOT / "src/fixture/starter").glob("*.json"))
        self.assertGreater(len(files), 70)
        for path in files:
            with self.subTest(file=path.name):
                self.assertEqual([error.message for error in VALIDATOR.iter_errors(read(path))], [])

    def test_what_the_product_refuses_does_not_fit(self):
        own = {"version": 1, "fixture_id": "a", "prompt": "p", "answer": "ok"}
        original = read(ROOT / "fixtures/order_status_001.json")
        template = read(ROOT / "fixtures/order_status_template.json")

        def changed(document, **changes):
            document = copy.deepcopy(document) | changes
            return {key: value for key, value in document.items() if value is not None}

        for name, document in {
            "a list": [own, changed(own, fixture_id="b")],
            "a schema named": changed(own, **{"$schema": "./schema.json"}),
            "blocks": changed(own, answer={"content": [{"type": "tool_use", "name": "t", "input": {}}], "stop_reason": "tool_use"}),
            "a broken stream": changed(own, error={"code": "ThrottlingException", "after_events": 3}),
        }.items():
            with self.subTest(fits=name):
                self.assertTrue(VALIDATOR.is_valid(document))
        for name, document in {
            "no id": changed(own, fixture_id=None),
            "nothing to send": changed(own, answer=None),
            "answer and recording": changed(own, recording={"operation": "Converse", "body": "{}"}),
            "another version": changed(own, version=2),
            "a misspelt field": changed(own, promt="p"),
            "an unknown block": changed(own, answer={"content": [{"type": "image"}]}),
            "an unknown reason": changed(own, answer={"content": "x", "stop_reason": "tired"}),
            "an unknown operation": changed(own, answer=None, recording={"operation": "Invoke", "body": ""}),
            "a hash too short": changed(own, prompt_hash="abc"),
            "the original without text": changed(original, response_text=None),
            "an error without its code": changed(original, stop_reason="error"),
            "an unknown type of variable": changed(template, variables={"order_id": {"type": "date"}}),
            "a score above 1": changed(own, metadata={"quality": {"score": 2, "rubric": "r", "scored_by": "author", "date": "2026-01-01"}}),
        }.items():
            with self.subTest(refused=name):
                self.assertFalse(VALIDATOR.is_valid(document))


class Scenario(unittest.TestCase):
    """What a foreign validator says of a scenario is what the command line says."""

    def setUp(self):
        self.schema = json.loads((ROOT / "docs/scenario.schema.json").read_text(encoding="utf-8"))
        self.validator = Draft202012Validator(self.schema)

    def test_it_is_a_schema(self):
        Draft202012Validator.check_schema(self.schema)

    def test_what_the_product_takes_fits(self):
        kind = {"name": "a", "share_pct": 100, "model": "amazon.nova-micro-v1:0"}
        for document in [
            {},
            {"$schema": "x", "version": 1, "retry": {"mode": "standard-2026", "max_attempts": None}},
            {"daily_messages": [1000, 2000], "types": [kind | {"region": "ap-northeast-1", "input_tokens": [100, 200]}]},
            {"types": [kind | {"model": None, "route": [{"model": "m", "share_pct": 100}], "output_tokens": {"kind": "gamma", "mean": [1, 2], "sd_ms": 1}}]},
            {"stages": [{"name": "search", "latency": 20, "after": True}, {"parallel": [{"name": "b", "latency": {"kind": "empirical", "values": [1, 2]}}]}]},
            {"traffic": {"curve": [1] * 24, "arrivals": "trace", "trace": {"arrivals_ms": [0, 5]}}, "infrastructure": {"fargate": True, "dynamodb": {"reads_per_message": 2}}},
            {"billing": {"currency": {"code": "JPY", "per_usd": 150}, "prices": {"m": {"input": 1, "flex": {"cache_read": 0.1}, "long_context": [{"above_tokens": 1, "input": 1, "output": 2}]}}}},
        ]:
            with self.subTest(fits=document):
                self.assertEqual([error.message for error in self.validator.iter_errors(document)], [])
                self.assertEqual(self.said(document), "")

    def test_what_the_product_refuses_or_ignores_does_not_fit(self):
        for document in [
            {"daily_mesages": 5},
            {"daily_messages": -1},
            {"seed": 1.5},
            {"types": [{"name": "a"}]},
            {"retry": {"mode": "standrd"}},
            {"capacity": {"concurrency": 2.5}},
            {"traffic": {"curve": [1] * 23}},
            {"billing": {"prices": {"m": {"imput": 1}}}},
            {"billing": {"prices": {"m": {"long_context": {"above_tokens": 1, "input": 1}}}}},
            {"infrastructure": {"fargate": {"task": 1}}},
            {"patience_ms": {"kind": "gama", "mean": 1}},
            {"patience_ms": {"kind": "gamma"}},
        ]:
            with self.subTest(refused=document):
                self.assertFalse(self.validator.is_valid(document))
                self.assertNotEqual(self.said(document), "")

    def said(self, document):
        command = [os.environ.get("REHEARSAL", str(ROOT / "target/debug/rehearsal")), "estimate", "--scenario", "-", "--json"]
        ran = subprocess.run(command, input=json.dumps(document), capture_output=True, text=True)
        return ran.stderr


if __name__ == "__main__":
    unittest.main()
