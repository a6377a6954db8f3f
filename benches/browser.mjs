// Times a day of a million messages in Chromium's worker, beside other ways to simulate it.
//
// It needs `cargo xtask pkg`, Chromium, and for the peers python3 with numpy and simpy; a peer that
// cannot run is left out. Prints a table of milliseconds per 1,000,000 messages, the best of several
// runs, and each as a ratio to the first.

import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const { chromium } = createRequire(join(here, "../tests/e2e/package.json"))("playwright-core");
const types = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };
const server = createServer(async (request, response) => {
  const path = new URL(request.url, "http://localhost").pathname;
  if (path === "/") return response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");
  try {
    const content = await readFile(join(here, "..", path));
    response.writeHead(200, { "content-type": types[extname(path)] ?? "text/plain" }).end(content);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
const ours = await page.evaluate(async () => {
  const worker = new Worker("/benches/worker.mjs", { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
  });
});
await browser.close();
server.close();

const rows = [...ours];
const peer = (name, program, ...args) => {
  try {
    rows.push([name, Number(execFileSync(program, args, { cwd: here, encoding: "utf8" }))]);
  } catch (error) {
    console.error(`${name}: left out (${String(error.message).split("\n")[0]})`);
  }
};
peer("numpy, no queue", process.env.PYTHON ?? "python3", "peers/numpy_model.py");
peer("plain JavaScript, no queue", process.execPath, "peers/plain.mjs");
peer("SimPy, 48 servers", process.env.PYTHON ?? "python3", "peers/simpy_queue.py");
const first = rows[0][1];
console.log("| what | ms per 1,000,000 messages | ratio |\n|---|---:|---:|");
for (const [name, ms] of rows) console.log(`| ${name} | ${ms.toFixed(1)} | ${(ms / first).toFixed(1)} |`);
