// Is it safe to leave running? `serve` under active and idle connections, its memory over time; streams in the middle of
// which it is asked to stop; the page through many edits and changes of view: its heap, its nodes, what it stores.
//
//     cargo build --release --bin rehearsal && cargo xtask dist && node benches/soak.mjs [MINUTES] [PROGRAM]
//
// Minutes are 10 and active connections 200, idle ones 2,000 (ACTIVE, IDLE in the environment). The site in dist/ is left
// out when it is not there (SITE names another), and that is said; ONLY=page leaves the rest out. Ends with 1 when an answer was wrong or lost, a stream was cut, or memory
// grew by more than 10 % after the first tenth of the time.

import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const minutes = Number(process.argv[2] ?? 10);
const program = process.argv[3] ?? "target/release/rehearsal";
const active = Number(process.env.ACTIVE ?? 200);
const idle = Number(process.env.IDLE ?? 2000);
const EDITS = 500;
const CHANGES = 120;
const STREAMS = 50;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const MODEL = "anthropic.claude-3-haiku-20240307-v1:0";
const BODY = JSON.stringify({ messages: [{ role: "user", content: [{ text: "What are your store hours?" }] }] });
const wrong = [];

async function start(...more) {
  const server = spawn(program, ["serve", "--port", "0", "--fallback", "echo", ...more], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise((resolve, reject) => {
    server.stdout.once("data", (data) => resolve(String(data).split("\n")[0]));
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`${program} ended with ${code}`)));
  });
  const { port } = new URL(JSON.parse(line).listening);
  const ended = new Promise((resolve) => server.once("exit", (code, signal) => resolve(code ?? signal)));
  return { server, port: Number(port), ended };
}

/** Resident memory in MB, as Linux counts it. */
const resident = (pid) => Number(readFileSync(`/proc/${pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]) / 1024;

const call = (port, agent, operation, onData) =>
  new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", method: "POST", path: `/model/${MODEL}/${operation}`, agent };
    const sent = request({ ...options, headers: { "content-type": "application/json", "content-length": BODY.length } }, (response) => {
      const pieces = [];
      response.on("data", (piece) => (pieces.push(piece), onData?.(piece)));
      response.on("end", () => resolve({ status: response.statusCode, body: Buffer.concat(pieces) }));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(BODY);
  });

/** A connection that asked once and is kept open. */
const idleConnection = (port) =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () =>
      socket.write(`POST /model/${MODEL}/converse HTTP/1.1\r\nHost: x\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`),
    );
    socket.once("data", () => resolve(socket));
    socket.once("error", reject);
  });

const quantile = (sorted, p) => sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))];

async function load() {
  // By itself it closes what nobody uses for some minutes, as it should.
  const { server, port, ended } = await start("--idle-timeout", String(Math.ceil(minutes * 60) + 120));
  const sockets = [];
  let closed = 0;
  for (let made = 0; made < idle; made += 50) {
    const more = await Promise.all(Array.from({ length: Math.min(50, idle - made) }, () => idleConnection(port)));
    for (const socket of more) socket.once("close", () => closed++);
    sockets.push(...more);
  }
  const agent = new Agent({ keepAlive: true, maxSockets: active });
  const from = performance.now();
  const until = from + minutes * 60_000;
  const times = [];
  const memory = [];
  const ramp = [];
  let answered = 0;
  const worker = async () => {
    while (performance.now() < until) {
      const began = performance.now();
      try {
        const { status, body } = await call(port, agent, "converse");
        if (status !== 200 || !body.includes("end_turn")) wrong.push(`status ${status}: ${body.subarray(0, 200)}`);
      } catch (error) {
        wrong.push(error.message);
      }
      answered++;
      // Every hundredth time is enough for a percentile, and the list stays short.
      if (answered % 100 === 0) times.push(performance.now() - began);
    }
  };
  const watch = setInterval(() => {
    const share = (performance.now() - from) / (minutes * 60_000);
    (share < 0.1 ? ramp : memory).push(resident(server.pid));
  }, Math.max(200, minutes * 600));
  await Promise.all(Array.from({ length: active }, worker));
  const seconds = (performance.now() - from) / 1000;
  clearInterval(watch);
  agent.destroy();
  if (closed > 0) wrong.push(`${closed} of ${idle} idle connections were closed`);
  for (const socket of sockets) socket.destroy();
  server.kill("SIGTERM");
  await ended;
  times.sort((a, b) => a - b);
  const third = Math.max(1, Math.floor(memory.length / 3));
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const growth = mean(memory.slice(-third)) / mean(memory.slice(0, third));
  if (growth > 1.1) wrong.push(`memory grew to ${growth.toFixed(2)} times`);
  console.log(`${active} active and ${idle} idle connections, ${seconds.toFixed(0)} s: ${answered} requests, ${(answered / seconds).toFixed(0)}/s`);
  console.log(`  P50 ${quantile(times, 0.5).toFixed(1)} ms, P99 ${quantile(times, 0.99).toFixed(1)} ms; ${wrong.length} wrong or lost`);
  console.log(`  resident memory ${memory[0].toFixed(0)} to ${memory.at(-1).toFixed(0)} MB, the last third ${growth.toFixed(3)} times the first`);
}

/** Whether bytes are whole frames of which the last is the end of an answer. */
function whole(bytes) {
  let at = 0;
  let last = 0;
  while (at + 16 <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    if (length < 16 || at + length > bytes.length) return false;
    last = at;
    at += length;
  }
  return at === bytes.length && at > 0 && bytes.subarray(last).includes("metadata");
}

async function stop() {
  const config = join(tmpdir(), `soak-${process.pid}.json`);
  writeFileSync(config, JSON.stringify({ version: 1, latency: "model" }));
  const { server, port, ended } = await start("--speed", "0.2", "--config", config);
  const agent = new Agent({ maxSockets: STREAMS });
  let begun = 0;
  const streams = Array.from({ length: STREAMS }, () => {
    let first = true;
    return call(port, agent, "converse-stream", () => {
      if (first) begun++;
      first = false;
    }).catch((error) => ({ status: 0, body: Buffer.from(error.message) }));
  });
  while (begun < STREAMS) await wait(5);
  const from = performance.now();
  server.kill("SIGTERM");
  const answers = await Promise.all(streams);
  const code = await ended;
  const good = answers.filter(({ status, body }) => status === 200 && whole(body)).length;
  if (good < STREAMS) wrong.push(`${STREAMS - good} streams were cut by SIGTERM`);
  console.log(`SIGTERM in the middle of ${STREAMS} streams: ${good} whole, ended with ${code} after ${((performance.now() - from) / 1000).toFixed(1)} s`);
}

/** Goes through the views so many times, and waits until each is there; a handle of an element would keep it. */
async function roam(page, rounds) {
  const there = (selector) => page.waitForFunction((selector) => !!document.querySelector(selector), selector);
  // A button of a menu is clicked where it is.
  const go = (view) => page.locator(`[data-tab="${view}"]`).evaluate((button) => button.click());
  for (let round = 0; round < rounds; round++) {
    for (const view of ["fixtures", "client", "benchmarks"]) {
      await go(view);
      // Views that were left stay, hidden.
      await there("#lab .panes:not([hidden] *)");
    }
    await go("what-if");
    await there('[data-chart="latency"]');
  }
}

async function page() {
  if (!existsSync(join(process.env.SITE ?? "dist", "index.html"))) {
    console.log("the page was not looked at: there is no dist/ (cargo xtask dist)");
    return;
  }
  const { fresh, launch, open, serve } = await import("../tests/e2e/site.mjs");
  const site = await serve();
  const browser = await launch();
  const { page } = await open(browser, site.address);
  await fresh(page);
  await page.mouse.move(300, 300);
  await page.waitForSelector('[data-panel="import"]', { state: "attached" });
  const session = await page.context().newCDPSession(page);
  const heap = async () => {
    await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Runtime.getHeapUsage")).usedSize / 1e6;
  };
  const edit = async (count) => {
    for (let done = 0; done < count; done++) {
      const step = done % 2 ? -4 : 4;
      await page.evaluate((step) => {
        const slider = document.querySelector('[data-slider="daily_messages"]');
        slider.value = String(Number(slider.value) + step);
        slider.dispatchEvent(new InputEvent("input", { bubbles: true }));
        slider.dispatchEvent(new Event("change", { bubbles: true }));
      }, step);
      await page.waitForFunction(() => !document.querySelector('[data-figure="p95"]').closest('[aria-busy="true"]'));
    }
  };
  // What the browser keeps for the page, and its nodes, those that hang nowhere among them.
  const look = async () => ({
    heap: await heap(),
    nodes: (await session.send("Memory.getDOMCounters")).nodes,
    stored: await page.evaluate(async () => {
      const texts = Object.entries(localStorage).concat(Object.entries(sessionStorage)).flat();
      return texts.reduce((sum, text) => sum + text.length, 0) + ((await navigator.storage.estimate()).usage ?? 0);
    }),
  });
  const hold = (what, before, after) => {
    if (after.heap > before.heap * 1.1 + 1) wrong.push(`${what}: the heap grew from ${before.heap} to ${after.heap} MB`);
    if (after.nodes > before.nodes + 1500) wrong.push(`${what}: ${before.nodes} nodes became ${after.nodes}`);
    if (after.stored > before.stored * 1.5 + 1e6) wrong.push(`${what}: ${before.stored} bytes stored became ${after.stored}`);
    const said = ({ heap, nodes, stored }) => `${heap.toFixed(1)} MB of heap, ${nodes} nodes, ${(stored / 1e3).toFixed(0)} kB stored`;
    console.log(`the page through ${what}: ${said(before)} before, ${said(after)} after`);
  };
  await edit(EDITS / 10);
  const before = await look();
  await edit(EDITS);
  const edited = await look();
  hold(`${EDITS} edits`, before, edited);
  await roam(page, 2);
  const seen = await look();
  await roam(page, CHANGES / 4);
  hold(`${CHANGES} changes of view`, seen, await look());
  await browser.close();
  await site.close();
}

if (process.env.ONLY !== "page") {
  await load();
  await stop();
}
await page();
for (const line of new Set(wrong.slice(0, 20))) console.log(`WRONG: ${line}`);
process.exitCode = wrong.length ? 1 : 0;
