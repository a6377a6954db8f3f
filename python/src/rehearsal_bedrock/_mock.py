"""Starts ``rehearsal serve`` and talks to its control addresses. Needs nothing but the standard library."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
import urllib.error
import urllib.request
import warnings
from pathlib import Path
from typing import Any, Mapping, Sequence

#: What the SDKs read: AWS's for every client of the runtime, and a region and credentials that are none.
ENDPOINT = "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"
_PLACEHOLDERS = {
    "AWS_ACCESS_KEY_ID": "rehearsal",
    "AWS_SECRET_ACCESS_KEY": "rehearsal",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    # The SDKs must not ask a machine on the network for credentials.
    "AWS_EC2_METADATA_DISABLED": "true",
}

#: What the options of `rehearsal serve` are called here.
_HERE = " (in Python: Mock(speed=1); with pytest: --rehearsal-speed 1, or rehearsal_speed = 1 among its settings)"


def _said_here(warning: str) -> str:
    """A warning of the program's; one that names its option ``--speed`` with what that is called here."""
    return f"rehearsal: {warning}{_HERE if '--speed' in warning else ''}"


class BinaryNotFound(RuntimeError):
    """The program ``rehearsal`` is not installed."""


class MockError(RuntimeError):
    """The mock did not start, or refused what it was told; the message says why."""


def binary() -> str:
    """The path of ``rehearsal``: ``REHEARSAL_BINARY``, else the one installed with this package, else the PATH's.

    Raises BinaryNotFound when there is none.
    """
    name = "rehearsal.exe" if sys.platform == "win32" else "rehearsal"
    told = os.environ.get("REHEARSAL_BINARY")
    if told:
        if Path(told).is_file():
            return told
        raise BinaryNotFound(f"REHEARSAL_BINARY names {told}, which is no file")
    schemes = [sysconfig.get_path("scripts")]
    if user := sysconfig.get_preferred_scheme("user") if hasattr(sysconfig, "get_preferred_scheme") else None:
        schemes.append(sysconfig.get_path("scripts", user))
    for folder in schemes:
        if folder and (Path(folder) / name).is_file():
            return str(Path(folder) / name)
    found = shutil.which(name)
    if found:
        return found
    raise BinaryNotFound("`rehearsal` is not beside this Python: install the wheel for this platform, or set REHEARSAL_BINARY")


def seed_of(where: str, value: Any) -> int:
    """A seed, given as a number or, as in a file of settings, as its text."""
    digits = value.strip() if isinstance(value, str) else value
    try:
        seed = int(digits) if isinstance(digits, (int, str)) and not isinstance(digits, bool) else -1
    except ValueError:
        seed = -1
    if not 0 <= seed < 2**64:
        raise MockError(f"{where}: expected a whole number from 0 to {2**64 - 1}, found {value!r}")
    return seed


def speed_of(where: str, value: Any) -> float:
    """How fast time passes, given as a number or, as in a file of settings, as its text."""
    try:
        speed = float(value)
    except (TypeError, ValueError):
        speed = math.nan
    if not 0 <= speed <= 1e6:
        raise MockError(f"{where}: expected a number from 0 (answers at once; 1 is real time) to 1000000, found {value!r}")
    return speed


class Mock:
    """A mock of the Bedrock runtime in a process of its own.

    ``fixtures`` is a folder of answers (those that come with the product by default), ``config`` a mapping or a file,
    ``seed`` what every draw follows from, ``fallback`` what answers when nothing matches (strict, hash, random, echo),
    ``speed`` how fast time passes (0 answers at once, 1 is real), ``arguments`` anything else ``rehearsal serve`` takes.
    """

    def __init__(
        self,
        fixtures: str | os.PathLike[str] | None = None,
        *,
        config: Mapping[str, Any] | str | os.PathLike[str] | None = None,
        seed: int | None = None,
        fallback: str | None = None,
        speed: float | None = None,
        arguments: Sequence[str] = (),
        start_timeout_s: float = 30.0,
    ) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        command = [binary(), "serve", "--port", "0"]
        if fixtures is not None:
            if not Path(fixtures).is_dir():
                raise MockError(f"fixtures: {fixtures} is no folder")
            command += ["--fixtures", os.fspath(fixtures)]
        seed = None if seed is None else seed_of("seed", seed)
        speed = None if speed is None else speed_of("speed", speed)
        # Before there is a folder: what is no JSON leaves nothing behind.
        told = json.dumps(config, ensure_ascii=False) if isinstance(config, Mapping) else None
        self._folder = tempfile.TemporaryDirectory(prefix="rehearsal-")
        if told is not None:
            path = Path(self._folder.name) / "config.json"
            path.write_text(told, encoding="utf-8")
            command += ["--config", str(path)]
        elif config is not None:
            command += ["--config", os.fspath(config)]
        for flag, value in (("--seed", seed), ("--fallback", fallback), ("--speed", speed)):
            if value is not None:
                command += [flag, str(value)]
        self._command = [*command, *arguments]
        self.url = self._start(start_timeout_s)

    def _start(self, timeout_s: float) -> str:
        assert self._folder is not None
        # A file: a pipe that nobody reads would stop the program as soon as it is full.
        try:
            with open(Path(self._folder.name) / "stderr", "ab") as errors:
                process = subprocess.Popen(
                    self._command, stdout=subprocess.PIPE, stderr=errors, text=True, encoding="utf-8", errors="replace"
                )
        except OSError as error:
            self.close()
            why = "; REHEARSAL_BINARY names it: is it the program `rehearsal`?" if os.environ.get("REHEARSAL_BINARY") else ""
            raise MockError(f"`{' '.join(self._command)}` did not start: {error}{why}") from None
        self._process = process
        first: list[str] = []
        reader = threading.Thread(target=lambda: first.append(process.stdout.readline()), daemon=True)
        reader.start()
        reader.join(timeout_s)
        try:
            url = json.loads(first[0])["listening"]
        except (IndexError, ValueError, KeyError, TypeError):
            why = self._why_not(process, first, timeout_s)
            command = " ".join(self._command)
            self.close()
            raise MockError(f"`{command}` did not start: {why}") from None
        for line in self._said().splitlines():
            if line.startswith("warning: "):
                warnings.warn(_said_here(line[len("warning: ") :]), stacklevel=3)
        return url

    def _why_not(self, process: subprocess.Popen[str], first: Sequence[str], timeout_s: float) -> str:
        if not first:
            return self._said() or f"it said nothing for {timeout_s:g} s"
        try:
            code = process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return f"it said {first[0].strip()!r} instead of where it listens"
        if said := self._said():
            return said
        why = f"it ended at once with exit code {code} and said " + (repr(first[0].strip()) if first[0].strip() else "nothing")
        told = os.environ.get("REHEARSAL_BINARY")
        return f"{why}; REHEARSAL_BINARY names it: is it the program `rehearsal`?" if told else why

    def _said(self) -> str:
        """The end of what the program said on standard error."""
        if self._folder is None:
            return ""
        with open(Path(self._folder.name) / "stderr", "rb") as errors:
            size = errors.seek(0, os.SEEK_END)
            errors.seek(max(0, size - 20_000))
            return errors.read().decode("utf-8", "replace").strip()

    def __enter__(self) -> "Mock":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process; open answers have a few seconds."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.cleanup()

    @property
    def environment(self) -> dict[str, str]:
        """What SDKs need in their environment to talk to this mock and to nothing else."""
        return {ENDPOINT: self.url, **_PLACEHOLDERS}

    def force_error(self, code: str, message: str | None = None, count: int = 1, **fields: Any) -> None:
        """The next ``count`` calls fail with the exception ``code``, for example ``ThrottlingException``."""
        body: dict[str, Any] = {"code": code, "count": count, **fields}
        if message is not None:
            body["message"] = message
        self._control("force-error", body)

    def faults(self, *faults: Mapping[str, Any]) -> None:
        """Replaces the scripted faults, for example ``{"kind": "cut_frame", "after_events": 3}``.

        Warns of those that do nothing: ``stall`` and ``slow_first_token`` need a ``speed`` above 0.
        """
        for warning in self._control("faults", list(faults)).get("warnings", []):
            warnings.warn(_said_here(warning), stacklevel=2)

    def answer(self, prompt: str, response: str) -> None:
        """Answers a conversation of exactly this one prompt with a text, until the next reset; a later turn or more blocks
        need a fixture."""
        self.override(hashlib.sha256(prompt.encode("utf-8")).hexdigest()[:16], response)

    def override(self, prompt_hash: str, response: str) -> None:
        """Answers the prompt with this hash with a text; ``answer`` takes the prompt itself."""
        self._control("overrides", {"prompt_hash": prompt_hash, "response": response})

    def log(self) -> list[dict[str, Any]]:
        """The calls since the start or the last reset, in order; the mock gives them in pages, and keeps the newest."""
        calls: list[dict[str, Any]] = []
        while page := self._control(f"log?limit=10000&from={calls[-1]['call'] + 1 if calls else 0}"):
            calls += page
        return calls

    def report(self) -> dict[str, Any]:
        """Usage in total and by model, cost, and what the client did wrong (``findings``)."""
        return self._control("report")

    def models(self) -> dict[str, dict[str, Any]]:
        """How each chat model behaves (latency, speed, limit, rates), by id: as configured, known or assumed."""
        return self._control("models")

    def reset(self) -> None:
        """Forgets calls, faults, overrides and what the prompt cache holds."""
        self._control("reset", {})

    def expect_no_findings(self) -> None:
        """Raises AssertionError with every finding about the client: retries that came too early, streams not read, …"""
        findings = self.report()["findings"]
        if findings:
            lines = [f"- {finding['rule']} (calls {', '.join(map(str, finding['calls']))}): {finding['message']}" for finding in findings]
            raise AssertionError("the client was found to do something wrong:\n" + "\n".join(lines))

    def _control(self, verb: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8")
        request = urllib.request.Request(f"{self.url}/_rehearsal/{verb}", data=data, headers={"content-type": "application/json"})
        # Whatever proxy the environment names, the mock is on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            said = error.read().decode("utf-8", "replace")
            try:
                said = json.loads(said)["error"]
            except (ValueError, KeyError, TypeError):
                pass
            raise MockError(f"{verb.split('?')[0]}: {said}") from None
        except (urllib.error.URLError, OSError) as error:
            ended = "" if self._process and self._process.poll() is None else "; the mock has ended: " + self._said()
            raise MockError(f"{verb.split('?')[0]}: {error}{ended}") from None
