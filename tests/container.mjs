// The Dockerfile as a container tool runs it: with one, it is built and started; without one, its COPY, USER, CMD and
// HEALTHCHECK are carried out here. `node tests/container.mjs PROGRAM`.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const program = process.argv[2];
assert.ok(program, "node tests/container.mjs PROGRAM");
const text = readFileSync("Dockerfile", "utf8").replace(/\\\n/g, " ");
const all = text.split("\n").filter((line) => line && !line.startsWith("#")).map((line) => line.match(/^(\S+)\s+(.*)$/).slice(1));
const of = (name) => all.filter(([instruction]) => instruction === name).map(([, rest]) => rest);
const words = (rest) => JSON.parse(rest.slice(rest.indexOf("[")));

// The context: what an archive of a release holds.
const context = mkdtempSync(join(tmpdir(), "rehearsal-context-"));
copyFileSync(program, join(context, "rehearsal"));
for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) copyFileSync(name, join(context, name));
writeFileSync(join(context, "THIRD-PARTY.txt"), "of this test\n");

assert.deepEqual(of("RUN"), [], "an image without a shell runs nothing while it is built");
assert.match(of("FROM").at(-1), /distroless.*:nonroot$/);
const [uid] = of("USER").at(-1).split(":").map(Number);
assert.ok(uid > 0, "not root");

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function healthy(check) {
  for (let tries = 0; tries < 100; tries++) {
    if (check() === 0) return true;
    await wait(100);
  }
  return false;
}
const client = async (port) => {
  const answer = await fetch(`http://127.0.0.1:${port}/model/anthropic.claude-3-haiku-20240307-v1:0/converse`, {
    method: "POST",
    body: JSON.stringify({ messages: [{ role: "user", content: [{ text: "What are your store hours?" }] }] }),
  });
  assert.equal(answer.status, 200, await answer.text());
};

if (spawnSync("docker", ["info"], { stdio: "ignore" }).status === 0) {
  const image = "rehearsal-test";
  execFileSync("docker", ["build", "--quiet", "--tag", image, "--file", "Dockerfile", context], { stdio: "inherit" });
  const flags = ["--rm", "--detach", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--publish", "127.0.0.1:0:8787"];
  const id = execFileSync("docker", ["run", ...flags, image], { encoding: "utf8" }).trim();
  try {
    const state = () => execFileSync("docker", ["inspect", "--format", "{{.State.Health.Status}}", id], { encoding: "utf8" }).trim();
    assert.ok(await healthy(() => (state() === "healthy" ? 0 : 1)), "its health check passes");
    await client(execFileSync("docker", ["port", id, "8787"], { encoding: "utf8" }).trim().split(":").at(-1));
  } finally {
    execFileSync("docker", ["rm", "--force", id], { stdio: "ignore" });
  }
  console.log("the image was built and started by docker");
} else {
  const root = mkdtempSync(join(tmpdir(), "rehearsal-root-"));
  for (const copy of of("COPY")) {
    const parts = copy.split(/\s+/).filter((part) => !part.startsWith("--"));
    const to = parts.at(-1);
    for (const from of parts.slice(0, -1)) {
      const target = join(root, to.endsWith("/") ? join(to, basename(from)) : to);
      mkdirSync(join(target, ".."), { recursive: true });
      copyFileSync(join(context, from), target);
    }
  }
  chmodSync(join(root, "rehearsal"), 0o555);
  chmodSync(root, 0o755);
  // The port of the image may be taken here.
  const port = 20000 + (process.pid % 20000);
  const here = (list) => list.map((word) => (word === "/rehearsal" ? join(root, "rehearsal") : word.replace("8787", String(port))));
  const asUser = process.getuid?.() === 0 ? ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--no-new-privs"] : [];
  const start = (list) => [...asUser, ...here(list)];
  const check = words(of("HEALTHCHECK").at(-1));
  const run = (list) => spawnSync(start(list)[0], start(list).slice(1), { encoding: "utf8", cwd: "/" });
  assert.equal(run(check).status, 1, "nothing answers yet");
  const command = start([...words(of("ENTRYPOINT").at(-1)), ...words(of("CMD").at(-1))]);
  const served = spawn(command[0], command.slice(1), { cwd: "/", stdio: ["ignore", "ignore", "inherit"], env: { PATH: process.env.PATH } });
  try {
    assert.ok(await healthy(() => run(check).status), "its health check passes");
    await client(port);
  } finally {
    served.kill("SIGTERM");
  }
  const ended = await new Promise((resolve) => served.once("exit", (code, signal) => resolve(code ?? signal)));
  assert.ok(ended === 0 || ended === "SIGTERM", `it ends when it is asked to: ${ended}`);
  rmSync(root, { recursive: true });
  console.log(`no container tool here: what the Dockerfile says was carried out as user ${asUser.length ? uid : "of this test"}`);
}
rmSync(context, { recursive: true });
