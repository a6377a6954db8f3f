"""The fixtures of the library against the schema that editors check them by."""

import copy
import json
import pathlib
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


if __name__ == "__main__":
    unittest.main()
