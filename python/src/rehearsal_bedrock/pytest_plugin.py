"""The pytest plugin: ``bedrock_mock``, snapshots, and what a session would have cost."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any, Iterator

import pytest

from ._mock import Mock, MockError, seed_of, speed_of

#: Members of an answer that differ from run to run.
_VOLATILE = {"id", "toolUseId", "latencyMs", "invocationLatency", "firstByteLatency", "p", "ResponseMetadata", "request_id"}
_TOTALS = pytest.StashKey[dict]()
#: What a worker of pytest-xdist hands over at its end.
_HANDED_OVER = "rehearsal_totals"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("rehearsal", "a mock of the Amazon Bedrock runtime")
    group.addoption("--rehearsal-fixtures", metavar="DIR", help="the folder of answers, instead of the ini setting")
    group.addoption("--rehearsal-update", action="store_true", help="write snapshots anew instead of comparing with them")
    group.addoption("--rehearsal-speed", metavar="N", help="how fast time passes (0: answers at once, 1: real), instead of the ini setting")
    group.addoption("--rehearsal-record", metavar="URL", help="ask the service at URL for what the fixtures folder lacks, and keep it there")
    parser.addini("rehearsal_fixtures", "the folder of answers, relative to the root (default: those that come with the product)")
    parser.addini("rehearsal_config", "a configuration file of the mock, relative to the root")
    parser.addini("rehearsal_fallback", "what answers when nothing matches: strict, hash, random or echo")
    parser.addini("rehearsal_seed", "what every draw follows from (default: the configuration's, else 42)")
    parser.addini("rehearsal_speed", "how fast time passes: 0 answers at once, 1 is real (stalls and slow tokens need it)", default="0")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TOTALS] = {"calls": 0, "errors": 0, "cost_usd": 0.0, "unpriced": 0, "tests": 0, "findings": 0, "written": 0}
    try:
        _seed(config)
        _speed(config)
    except MockError as error:
        raise pytest.UsageError(str(error)) from None


def _seed(config: pytest.Config) -> int | None:
    """The seed of the settings; a configuration may say one, too, which must not be passed over for a default."""
    told = config.getini("rehearsal_seed")
    return seed_of("rehearsal_seed", told) if told else None


def _speed(config: pytest.Config) -> float:
    option = config.getoption("--rehearsal-speed")
    return speed_of("rehearsal_speed", config.getini("rehearsal_speed")) if option is None else speed_of("--rehearsal-speed", option)


def _under_root(config: pytest.Config, value: str | None) -> str | None:
    return str((config.rootpath / value).resolve()) if value else None


@pytest.fixture(scope="session")
def _rehearsal_server(pytestconfig: pytest.Config) -> Iterator[Mock]:
    fixtures = pytestconfig.getoption("--rehearsal-fixtures") or pytestconfig.getini("rehearsal_fixtures")
    fixtures = _under_root(pytestconfig, fixtures)
    arguments: list[str] = []
    upstream = pytestconfig.getoption("--rehearsal-record")
    if upstream:
        if not fixtures:
            raise pytest.UsageError("--rehearsal-record needs a folder: set rehearsal_fixtures or --rehearsal-fixtures")
        Path(fixtures).mkdir(parents=True, exist_ok=True)
        arguments = ["--record", fixtures, "--upstream", upstream]
        fixtures = None
    with Mock(
        fixtures,
        config=_under_root(pytestconfig, pytestconfig.getini("rehearsal_config")),
        seed=_seed(pytestconfig),
        fallback=pytestconfig.getini("rehearsal_fallback") or None,
        speed=_speed(pytestconfig),
        arguments=arguments,
    ) as mock:
        yield mock


@pytest.fixture
def bedrock_mock(_rehearsal_server: Mock, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> Iterator[Mock]:
    """A mock of Bedrock, as new, that every AWS SDK of this test talks to."""
    mock = _rehearsal_server
    mock.reset()
    for name, value in mock.environment.items():
        monkeypatch.setenv(name, value)
    yield mock
    report, totals = mock.report(), pytestconfig.stash[_TOTALS]
    total = report["total"]
    totals["tests"] += 1
    totals["calls"] += total["calls"]
    totals["errors"] += total["errors"]
    totals["findings"] += len(report["findings"])
    totals["cost_usd"] += total["cost_usd"] or 0.0
    # A model without a known price makes the total unknown; what was refused costs nothing.
    totals["unpriced"] += bool(report["unknown"])


@pytest.fixture
def bedrock_snapshot(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> "Snapshot":
    """Compares values with those kept beside the test: ``bedrock_snapshot(answer)``. The first run writes them, but not with ``CI`` set."""
    folder = Path(request.node.path).parent / "__bedrock_snapshots__" / Path(request.node.path).stem
    return Snapshot(folder, _file_name(request.node.nodeid), pytestconfig.getoption("--rehearsal-update"), pytestconfig.stash[_TOTALS])


def _file_name(node_id: str) -> str:
    """The name of a test's snapshots: with its classes, and told apart from what is spelled alike in a file's name."""
    test = node_id.partition("::")[2]
    name = re.sub(r"[^\w.-]+", "_", test.replace("::", "."))
    plain = re.fullmatch(r"[\w-]+(::[\w-]+)*", test)
    return name if plain else f"{name}-{hashlib.sha256(test.encode('utf-8')).hexdigest()[:8]}"


class Snapshot:
    """Answers kept as JSON, one file a call; ids, times and padding are left out."""

    def __init__(self, folder: Path, name: str, update: bool, totals: dict) -> None:
        self._folder, self._name, self._update, self._totals, self._count = folder, name, update, totals, 0

    def __call__(self, value: Any) -> None:
        self._count += 1
        number = "" if self._count == 1 else f".{self._count}"
        path = self._folder / f"{self._name}{number}.json"
        text = json.dumps({"version": 1, "value": normalised(value)}, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        missing = not path.exists()
        if missing and not self._update and os.environ.get("CI"):
            raise AssertionError(f"there is no snapshot {path}, and with CI set none is written; run pytest once where CI is not set, and keep the file")
        if missing or self._update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            self._totals["written"] += 1
            return
        kept = path.read_text(encoding="utf-8")
        if kept != text:
            lines = difflib.unified_diff(kept.splitlines(), text.splitlines(), "kept", "now", lineterm="")
            raise AssertionError(f"the answer differs from {path} (--rehearsal-update keeps the new one):\n" + "\n".join(lines))


def normalised(value: Any) -> Any:
    """A value as JSON without what differs from run to run. Streams and bytes are read."""
    if isinstance(value, dict):
        return {str(key): normalised(member) for key, member in value.items() if key not in _VOLATILE}
    if isinstance(value, (bytes, bytearray)):
        text = bytes(value).decode("utf-8", "replace")
        try:
            return normalised(json.loads(text))
        except ValueError:
            return text
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    if hasattr(value, "model_dump"):
        return normalised(value.model_dump(mode="json"))
    if hasattr(value, "read"):
        return normalised(value.read())
    if hasattr(value, "__iter__"):
        return [normalised(member) for member in value]
    raise TypeError(f"a snapshot holds what JSON can: got {type(value).__name__}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    # A worker of pytest-xdist has no summary of its own.
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_HANDED_OVER] = session.config.stash[_TOTALS]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: Any) -> None:
    totals = node.config.stash[_TOTALS]
    for name, value in getattr(node, "workeroutput", {}).get(_HANDED_OVER, {}).items():
        totals[name] += value


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    totals = config.stash[_TOTALS]
    if not totals["tests"] and not totals["written"]:
        return
    cost = f"{totals['cost_usd']:.6f} USD"
    if totals["unpriced"]:
        cost = f"at least {cost}, with calls of {totals['unpriced']} tests at unknown prices"
    line = f"{_counted(totals['calls'], 'call')} in {_counted(totals['tests'], 'test')}, {totals['errors']} answered with an error; on Bedrock they would have cost {cost}"
    if totals["written"]:
        line += f"; {_counted(totals['written'], 'snapshot')} written"
    if totals["findings"]:
        line += f"; {_counted(totals['findings'], 'finding')} about the client (bedrock_mock.report()['findings'])"
    terminalreporter.section("rehearsal", sep="-")
    terminalreporter.write_line(line)
