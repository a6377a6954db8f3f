// Runs in an empty folder into which npm installed the packed packages: the program, and without it WebAssembly.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const bin = join(import.meta.dirname, "node_modules/.bin/rehearsal-bedrock");
const own = join(import.meta.dirname, "node_modules", `rehearsal-bedrock-${process.platform}-${process.arch}`);
const away = `${own}.away`;
const run = (args, input) => spawnSync(bin, args, { encoding: "utf8", input, timeout: 120_000 });
const scenario = join(mkdtempSync(join(tmpdir(), "rehearsal-")), "a.json");
writeFileSync(scenario, JSON.stringify({ daily_messages: 5000, capacity: { concurrency: 40 } }));

after(() => existsSync(away) && renameSync(away, own));

test("the package of this machine is installed, and no other", () => assert.ok(existsSync(own)));

test("the program's words and exit codes come through", () => {
  const estimate = run(["estimate", "--scenario", scenario, "--json"]);
  assert.equal(estimate.status, 0, estimate.stderr);
  assert.equal(JSON.parse(estimate.stdout).daily_messages, 5000);
  assert.equal(run(["check", scenario, "--max-usd-day", "0.01"]).status, 1);
  const bad = run(["estimate", "--scenario", "-"], '{"daily_messages": "x"}');
  assert.equal(bad.status, 2);
  assert.match(bad.stderr, /daily_messages.*\[wrong_type\]/);
  assert.match(run(["--version"]).stdout, /^rehearsal \d+\.\d+\.\d+/);
});

test("serve answers, and a signal ends it", { timeout: 60_000 }, async () => {
  const serve = spawn(bin, ["serve", "--port", "0", "--fallback", "echo"], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise((resolve) => serve.stdout.once("data", (data) => resolve(String(data))));
  const { listening } = JSON.parse(line.split("\n")[0]);
  const answer = await fetch(`${listening}/model/anthropic.claude-3-haiku-20240307-v1:0/converse`, {
    method: "POST",
    body: JSON.stringify({ messages: [{ role: "user", content: [{ text: "hello" }] }] }),
  });
  assert.match((await answer.json()).output.message.content[0].text, /hello/);
  const ended = new Promise((resolve) => serve.once("exit", (code, signal) => resolve([code, signal])));
  serve.kill("SIGTERM");
  const [code, signal] = await ended;
  assert.ok(signal === "SIGTERM" || code !== null);
  await assert.rejects(fetch(listening), "nothing listens any more");
});

test("without the program WebAssembly gives the same figures", () => {
  const calls = [
    ["estimate", "--scenario", scenario, "--json", "--today", "2026-11-30"],
    ["simulate", "--scenario", scenario, "--json"],
    ["capacity", "--scenario", scenario, "--knob", "concurrency", "--max-ms", "4000", "--json"],
    ["price", "--model", "global.anthropic.claude-sonnet-4-6", "--input", "1200", "--output", "300", "--cache-read", "4000", "--json"],
  ];
  const before = calls.map((args) => JSON.parse(run(args).stdout));
  renameSync(own, away);
  const lacking = run(["serve", "--port", "0"]);
  assert.equal(lacking.status, 2);
  assert.match(lacking.stderr, /rehearsal-bedrock-linux-x64, .*rehearsal-bedrock-win32-x64/);
  calls.forEach((args, index) => {
    const done = run(args);
    assert.equal(done.status, 0, done.stderr);
    assert.match(done.stderr, /WebAssembly/);
    assert.deepEqual(JSON.parse(done.stdout), before[index], args.join(" "));
  });
  for (const args of [["estimate", "--csv"], ["simulate", "--messages", "x"], ["estimate", "--scenario", "none.json"]]) {
    assert.equal(run(args).status, 2, args.join(" "));
  }
});
