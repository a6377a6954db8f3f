"""The code that the page offers to copy, run as it stands: in Rust, JavaScript, Python, by curl and by AWS's command line."""

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
REHEARSAL = os.environ.get("REHEARSAL", str(ROOT / "target/debug/rehearsal"))
#: What the shipped fixture of a greeting answers.
GREETING = "いらっしゃいませ。MangaAssist"
#: A client that is not among these tests' packages; tests/clients has it.
NOT_HERE = "openai"


def copied():
    command = ["cargo", "run", "--quiet", "--example", "copied_code", "--", "echo"]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, encoding="utf-8").stdout.splitlines()
    return [json.loads(line) for line in lines]


def said(printed):
    """The texts in what was printed, in whatever notation: the answer, or its pieces in order."""
    pieces = re.findall(r"""(?:text|content|delta)\\?["']?\s*[:=]\s*\\?(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""", printed)
    joined = "".join(double or single for double, single in pieces)
    # A stream of InvokeModel has the provider's events in base64.
    inside = "\n".join(base64.b64decode(part).decode("utf-8") for part in re.findall(r'"bytes":"([A-Za-z0-9+/=]+)"', printed))
    return printed + "\n" + joined + ("\n" + said(inside) if inside else "")


class Snippets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.all = copied()
        cls.folder = tempfile.TemporaryDirectory(dir=HERE, prefix=".snippets-")
        cls.home = pathlib.Path(cls.folder.name)
        cls.server = subprocess.Popen(
            [REHEARSAL, "serve", "--port", "0", "--fallback", "echo"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        cls.url = json.loads(cls.server.stdout.readline())["listening"]

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        cls.server.wait()
        cls.server.stdout.close()
        cls.folder.cleanup()

    def of(self, language):
        found = [item for item in self.all if item["language"] == language]
        self.assertEqual(len(found), 2 * 11, language)
        return found

    def check(self, item, done):
        what = f"{item['language']} {item['operation']} {item['prompt']}"
        self.assertEqual(done.returncode, 0, f"{what}:\n{item['code']}\n{done.stderr}")
        printed = said(done.stdout)
        if item["operation"] == "CountTokens":
            self.assertRegex(printed, r"\d", what)
        elif item["prompt"] == 0:
            self.assertTrue(GREETING in printed or "Response to: こんにちは" in printed, f"{what}:\n{done.stdout}")
        else:
            self.assertIn("Response to: it", printed, f"{what}:\n{done.stdout}")

    def run_all(self, language, suffix, command):
        for number, item in enumerate(self.of(language)):
            file = self.home / f"copied{number}{suffix}"
            file.write_text(item["code"].replace("http://127.0.0.1:8787", self.url), encoding="utf-8")
            if NOT_HERE in item["code"] and language == "JavaScript" and not (HERE / "node_modules" / NOT_HERE).exists():
                done = subprocess.run(["node", "--check", str(file)], capture_output=True, text=True, encoding="utf-8")
                self.assertEqual(done.returncode, 0, done.stderr)
                continue
            done = subprocess.run([*command, str(file)], capture_output=True, cwd=self.home, timeout=120)
            # A stream of the AWS API is frames with text in them.
            done.stdout, done.stderr = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
            self.check(item, done)

    def test_python(self):
        self.run_all("Python", ".py", [sys.executable, "-W", "ignore"])

    @unittest.skipUnless(shutil.which("curl"), "there is no curl here")
    def test_shell(self):
        self.run_all("curl", ".sh", ["sh"])

    def test_aws_command_line(self):
        # Its own package comes with these tests' clients, and is called as a person calls it.
        folder = str(pathlib.Path(sys.executable).parent)
        with unittest.mock.patch.dict(os.environ, {"PATH": folder + os.pathsep + os.environ["PATH"]}):
            self.assertIsNotNone(shutil.which("aws", path=folder), "pip install awscli")
            self.run_all("AWS CLI", ".sh", ["sh"])

    def test_javascript(self):
        modules = self.home / "node_modules"
        modules.mkdir()
        (modules / "rehearsal").symlink_to(ROOT / "pkg", target_is_directory=True)
        self.run_all("JavaScript", ".mjs", ["node"])

    def test_rust(self):
        home = self.home / "rust"
        (home / "src/bin").mkdir(parents=True)
        manifest = f"""
            [package]
            name = "copied"
            version = "0.0.0"
            edition = "2024"
            [workspace]
            [dependencies]
            rehearsal = {{ path = "{ROOT}", features = ["fixtures"] }}
            serde_json = "1"
            tokio = {{ version = "1", features = ["macros", "rt"] }}
            [profile.dev]
            debug = "line-tables-only"
        """
        (home / "Cargo.toml").write_text(manifest, encoding="utf-8")
        shutil.copy(ROOT / "Cargo.lock", home / "Cargo.lock")
        items = self.of("Rust")
        for number, item in enumerate(items):
            (home / f"src/bin/copied{number}.rs").write_text(item["code"], encoding="utf-8")
        target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
        build = ["cargo", "build", "--quiet", "--bins", "--target-dir", target]
        done = subprocess.run(build, cwd=home, capture_output=True, text=True, encoding="utf-8")
        self.assertEqual(done.returncode, 0, done.stderr)
        for number, item in enumerate(items):
            program = pathlib.Path(target) / "debug" / f"copied{number}"
            done = subprocess.run([program], capture_output=True, text=True, encoding="utf-8", timeout=120)
            program.unlink()
            self.check(item, done)


if __name__ == "__main__":
    unittest.main()
