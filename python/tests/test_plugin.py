"""The plugin as a team uses it: from the installed wheel, with boto3."""

import json
import os
import re
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import pytest
from rehearsal_bedrock import Mock, MockError

HAIKU = "anthropic.claude-3-haiku-20240307-v1:0"


def ask(text="text"):
    client = boto3.client("bedrock-runtime")
    return client.converse(modelId=HAIKU, messages=[{"role": "user", "content": [{"text": text}]}])


def test_the_environment_leads_every_client_to_the_mock(bedrock_mock):
    assert os.environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] == bedrock_mock.url
    with pytest.raises(Exception, match="No fixture answers"):
        ask("nobody answers this")
    assert [call["status"] for call in bedrock_mock.log()] == [400]


def test_a_test_begins_with_nothing_from_the_one_before(bedrock_mock):
    assert bedrock_mock.log() == []


def test_forced_errors_are_retried_by_the_sdk(bedrock_mock):
    bedrock_mock.force_error("ThrottlingException", count=1)
    with pytest.raises(Exception, match="No fixture answers"):
        ask("nobody answers this")
    assert [call["status"] for call in bedrock_mock.log()] == [429, 400]


def test_a_log_longer_than_a_page_is_whole(bedrock_mock):
    url, body = f"{bedrock_mock.url}/model/no.such-model/converse", b"{}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(1100):
        with pytest.raises(urllib.error.HTTPError):
            opener.open(urllib.request.Request(url, data=body))
    assert [call["call"] for call in bedrock_mock.log()] == list(range(1100))


def test_what_the_mock_refuses_says_why(bedrock_mock):
    with pytest.raises(MockError, match="kind"):
        bedrock_mock.faults({"kind": "no such fault"})


def test_a_folder_that_is_none_is_named():
    with pytest.raises(MockError, match="is no folder"):
        Mock("/no/such/folder")


def test_a_mock_that_does_not_start_says_why():
    with pytest.raises(MockError, match="fallback"):
        Mock(fallback="guess")


def test_a_configuration_and_a_fixture_of_ones_own(tmp_path):
    fixture = {"version": 1, "fixture_id": "a", "prompt": "text", "answer": "Open from ten.", "usage": {"input_tokens": 3, "output_tokens": 4}}
    (tmp_path / "a.json").write_text(json.dumps(fixture), encoding="utf-8")
    with Mock(tmp_path, config={"seed": 7}) as mock:
        body = json.dumps({"messages": [{"role": "user", "content": [{"text": "text"}]}]}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{mock.url}/model/{HAIKU}/converse", data=body)) as response:
            assert json.load(response)["output"]["message"]["content"] == [{"text": "Open from ten."}]
        assert mock.report()["total"]["calls"] == 1


def test_a_session_says_what_it_would_have_cost_and_snapshots_hold(pytester, monkeypatch):
    pytester.makefile(".json", **{"answers/a": json.dumps({"version": 1, "fixture_id": "a", "prompt": "text", "answer": "Open from ten.", "usage": {"input_tokens": 1000000, "output_tokens": 0}})})
    pytester.makeini("[pytest]\nrehearsal_fixtures = answers\n")
    pytester.makepyfile(
        f"""
        import boto3

        def test_it(bedrock_mock, bedrock_snapshot):
            client = boto3.client("bedrock-runtime")
            answer = client.converse(modelId="{HAIKU}", messages=[{{"role": "user", "content": [{{"text": "text"}}]}}])
            bedrock_snapshot(answer)
        """
    )
    monkeypatch.setenv("CI", "1")
    refused = pytester.runpytest("-p", "no:cacheprovider")
    refused.assert_outcomes(failed=1)
    refused.stdout.fnmatch_lines(["*there is no snapshot*with CI set none is written*"])
    monkeypatch.delenv("CI")
    first = pytester.runpytest()
    first.assert_outcomes(passed=1)
    first.stdout.fnmatch_lines(["1 call in 1 test*; 1 snapshot written"])
    again = pytester.runpytest()
    again.assert_outcomes(passed=1)
    again.stdout.fnmatch_lines(["1 call in 1 test, 0 answered with an error; on Bedrock they would have cost 0.250000 USD*"])
    kept = next(pytester.path.glob("__bedrock_snapshots__/*/*.json"))
    kept.write_text(kept.read_text(encoding="utf-8").replace("ten", "eleven"), encoding="utf-8")
    changed = pytester.runpytest()
    changed.assert_outcomes(failed=1)
    changed.stdout.fnmatch_lines(["*-*eleven*", "*+*ten*"])
    pytester.runpytest("--rehearsal-update").assert_outcomes(passed=1)
    pytester.runpytest().assert_outcomes(passed=1)


def test_a_prompt_is_answered_with_a_text(bedrock_mock):
    bedrock_mock.answer("営業時間は?", "毎日10時から21時までです。")
    assert ask("営業時間は?")["output"]["message"]["content"] == [{"text": "毎日10時から21時までです。"}]


def test_a_session_of_several_processes_says_what_all_would_have_cost(pytester, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    pytester.makepyfile(
        f"""
        import boto3, pytest

        @pytest.mark.parametrize("number", range(6))
        def test_it(bedrock_mock, bedrock_snapshot, number):
            bedrock_mock.answer("text", "Open from ten.")
            client = boto3.client("bedrock-runtime")
            bedrock_snapshot(client.converse(modelId="{HAIKU}", messages=[{{"role": "user", "content": [{{"text": "text"}}]}}])["output"])
        """
    )
    run = pytester.runpytest_subprocess("-n", "2")
    run.assert_outcomes(passed=6)
    run.stdout.fnmatch_lines(["*- rehearsal -*", "6 calls in 6 tests, 0 answered with an error; on Bedrock they would have cost 0.00* USD; 6 snapshots written"])


STALLED = f"""
    import time
    import boto3

    def test_it(bedrock_mock):
        bedrock_mock.answer("text", "Open from ten, every day of the year.")
        bedrock_mock.faults({{"kind": "stall", "ms": 700}})
        begun = time.monotonic()
        client = boto3.client("bedrock-runtime")
        for event in client.converse_stream(modelId="{HAIKU}", messages=[{{"role": "user", "content": [{{"text": "text"}}]}}])["stream"]:
            pass
        print("took", "long" if time.monotonic() - begun > 0.6 else "no time")
    """


def test_a_stall_takes_its_time_at_a_speed_and_says_so_without(pytester):
    pytester.makepyfile(STALLED)
    idle = pytester.runpytest("-s")
    idle.assert_outcomes(passed=1, warnings=1)
    idle.stdout.fnmatch_lines(["*took no time", "*UserWarning: rehearsal: stall*does nothing*--rehearsal-speed 1*rehearsal_speed*"])
    real = pytester.runpytest("-s", "--rehearsal-speed", "1")
    real.assert_outcomes(passed=1, warnings=0)
    real.stdout.fnmatch_lines(["*took long"])
    pytester.makeini("[pytest]\nrehearsal_speed = 1\n")
    pytester.runpytest("-s").stdout.fnmatch_lines(["*took long"])


def test_a_fault_of_the_configuration_that_does_nothing_is_named():
    with pytest.warns(UserWarning, match="the fault slow_first_token does nothing.*Mock\\(speed=1\\)"):
        Mock(config={"faults": [{"kind": "slow_first_token", "ms": 500}]}).close()


def test_a_warning_of_something_else_says_nothing_of_speed():
    from rehearsal_bedrock import _mock

    assert _mock._said_here("the port is taken") == "rehearsal: the port is taken"
    assert "Mock(speed=1)" in _mock._said_here("stall: does nothing; start with --speed 1")


def test_settings_that_are_no_numbers_are_named(pytester):
    pytester.makepyfile("def test_it(bedrock_mock):\n    pass\n")
    pytester.makeini("[pytest]\nrehearsal_seed = x\n")
    wrong = pytester.runpytest_subprocess()
    assert wrong.ret == pytest.ExitCode.USAGE_ERROR
    wrong.stderr.fnmatch_lines(["*rehearsal_seed: expected a whole number from 0 to 18446744073709551615, found 'x'"])
    pytester.makeini("[pytest]\nrehearsal_speed = fast\n")
    pytester.runpytest_subprocess().stderr.fnmatch_lines(["*rehearsal_speed: expected a number from 0*found 'fast'"])
    for seed in ("x", -1, 2**64, 1.5, True):
        with pytest.raises(MockError, match="^seed: expected a whole number from 0 to"):
            Mock(seed=seed)
    with pytest.raises(MockError, match="^speed: expected a number from 0"):
        Mock(speed=-1)


@pytest.mark.skipif(os.name == "nt", reason="needs a program that is none of ours")
def test_another_program_is_told_from_one_that_says_nothing(monkeypatch, tmp_path):
    for script, said in (("exit 3", "exit code 3 and said nothing; REHEARSAL_BINARY names it"), ("echo hello", "exit code 0 and said 'hello'")):
        other = tmp_path / "other"
        other.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        other.chmod(0o755)
        monkeypatch.setenv("REHEARSAL_BINARY", str(other))
        with pytest.raises(MockError, match=said):
            Mock()


SOURCES = Path(os.environ.get("REHEARSAL_SOURCES") or Path(__file__).parents[2])


def test_a_program_that_cannot_be_run_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    other = tmp_path / "rehearsal"
    other.write_bytes(b"no program")
    monkeypatch.setenv("REHEARSAL_BINARY", str(other))
    for mode in (0o644, 0o755):
        other.chmod(mode)
        with pytest.raises(MockError, match="did not start: .*REHEARSAL_BINARY names it"):
            Mock()
    with pytest.raises(TypeError):
        Mock(config={"seed": object()})
    assert list(tmp_path.glob("rehearsal-*")) == []


def test_the_seed_of_the_configuration_counts(pytester):
    pytester.makefile(".json", conf=json.dumps({"seed": 7}))
    pytester.makepyfile(
        """
        def test_it(bedrock_mock):
            assert bedrock_mock._command[-2:] == ["--speed", "0.0"] and "--seed" not in bedrock_mock._command
        """
    )
    pytester.makeini("[pytest]\nrehearsal_config = conf.json\n")
    pytester.runpytest().assert_outcomes(passed=1)


def test_snapshots_of_classes_and_cases_stand_apart(pytester, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    pytester.makepyfile(
        """
        import pytest

        class TestA:
            def test_s(self, bedrock_snapshot):
                bedrock_snapshot("a")

        class TestB:
            def test_s(self, bedrock_snapshot):
                bedrock_snapshot("b")

        @pytest.mark.parametrize("text", ["a b", "a_b", "a/b", "a::b", "a.b"])
        def test_case(bedrock_snapshot, text):
            bedrock_snapshot(text)
        """
    )
    pytester.runpytest().assert_outcomes(passed=7)
    pytester.runpytest().assert_outcomes(passed=7)
    names = [path.name for path in pytester.path.glob("__bedrock_snapshots__/*/*.json")]
    assert len(names) == 7 and "TestA.test_s.json" in names


def test_the_documents_label_calls_as_the_mock_reads_them(bedrock_mock):
    told = {label for document in [SOURCES / "README.md", *SOURCES.glob("docs/*.md")] for label in re.findall(r"--type metadata:(\w+)|types: \"metadata:(\w+)", document.read_text(encoding="utf-8"))}
    labels = {label for pair in told for label in pair if label}
    assert labels == {"query_type"}
    bedrock_mock.answer("text", "Open from ten.")
    for label in labels:
        boto3.client("bedrock-runtime").converse(modelId=HAIKU, messages=[{"role": "user", "content": [{"text": "text"}]}], requestMetadata={label: "faq"})
    assert list(bedrock_mock.report()["by_query_type"]) == ["faq"]


BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("document", ["README.md", "docs/start.md", "python/README.md"])
def test_what_the_documents_print_is_green_in_a_fresh_folder(pytester, monkeypatch, document):
    """Nothing beside the package, pytest and boto3."""
    monkeypatch.delenv("CI", raising=False)
    blocks = [block for block in BLOCK.findall((SOURCES / document).read_text(encoding="utf-8")) if "def test_" in block]
    assert blocks
    pytester.makepyfile(**{f"test_{number}": block for number, block in enumerate(blocks)})
    run = pytester.runpytest_subprocess("-W", "error::UserWarning")
    run.assert_outcomes(passed=sum(block.count("def test_") for block in blocks))


def test_faults_reach_the_client_and_are_found(bedrock_mock):
    bedrock_mock.faults({"kind": "http", "code": "ThrottlingException", "times": 2})
    with pytest.raises(Exception, match="No fixture answers"):
        ask("nobody answers this")
    assert [call["reason"] for call in bedrock_mock.log()][:2] == ["scripted fault: http"] * 2
    bedrock_mock.expect_no_findings()
    body = json.dumps({"messages": [{"role": "user", "content": [{"text": "nobody answers this"}]}]}).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(3):
        request = urllib.request.Request(f"{bedrock_mock.url}/model/{HAIKU}/converse", data=body, headers={"amz-sdk-invocation-id": "one"})
        with pytest.raises(urllib.error.HTTPError):
            opener.open(request)
    # Who asks again what no retry mends is told so.
    with pytest.raises(AssertionError, match="retried-non-retryable"):
        bedrock_mock.expect_no_findings()


def test_every_model_says_how_it_behaves():
    with Mock(config={"models": {HAIKU: {"avg_latency_ms": 20, "latency_jitter_ms": 0}}}) as mock:
        rows = mock.models()
        assert (rows[HAIKU]["avg_latency_ms"], rows[HAIKU]["latency_jitter_ms"]) == (20, 0)
        # The original's other model.
        sonnet = rows["anthropic.claude-3-sonnet-20240229-v1:0"]
        assert (sonnet["avg_latency_ms"], sonnet["latency_jitter_ms"], sonnet["tokens_per_second"], sonnet["max_tokens"]) == (1200, 300, 60, 4096)


def test_what_the_folder_lacks_is_asked_once_and_kept(pytester):
    """The service is played by another mock: what it is asked in the first session, it is not in the second."""
    pytester.makefile(".json", **{"service/a": json.dumps({"version": 1, "fixture_id": "a", "prompt": "text", "answer": "Open from ten."})})
    pytester.makeini("[pytest]\nrehearsal_fixtures = answers\n")
    pytester.makepyfile(
        f"""
        import boto3

        def test_it(bedrock_mock):
            client = boto3.client("bedrock-runtime")
            answer = client.converse(modelId="{HAIKU}", messages=[{{"role": "user", "content": [{{"text": "text"}}]}}])
            assert answer["output"]["message"]["content"] == [{{"text": "Open from ten."}}]
        """
    )
    with Mock(pytester.path / "service") as service:
        for _ in range(2):
            pytester.runpytest_subprocess("--rehearsal-record", service.url).assert_outcomes(passed=1)
            assert service.report()["total"]["calls"] == 1
    assert list((pytester.path / "answers").iterdir())
    # From then on the folder is enough.
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_recording_needs_a_folder(pytester):
    pytester.makepyfile("def test_it(bedrock_mock):\n    pass\n")
    refused = pytester.runpytest("--rehearsal-record", "http://127.0.0.1:1")
    refused.stdout.fnmatch_lines(["*--rehearsal-record needs a folder*"])
