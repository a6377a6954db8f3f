// Times how the built site begins on a slow line and a slow machine, in Chromium: until the first figures
// are painted, until a first edit is answered, until the charts are drawn. Beside it, in the same run,
// a blank page, so that a busy or a quick machine changes the ratios little.
//
//     cargo xtask dist && node benches/page.mjs [--write | --check] [RUNS]
//
// `--write` keeps the ratios in `benches/page.json`; `--check` fails where one is above 1.15 times what is kept.

import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

import { launch } from "../tests/e2e/site.mjs";

const KEPT = fileURLToPath(new URL("page.json", import.meta.url));
const SITE = process.env.SITE ?? fileURLToPath(new URL("../dist", import.meta.url));
/** How much worse than what is kept is a failure. */
const MOST = 1.15;
/** Bits a second, milliseconds there and back, times slower. */
const LINES = {
  "1.6 Mbit/s, 150 ms, 4x": { bits: 1.6e6, latency: 150, slower: 4 },
  "400 kbit/s, 150 ms, 4x": { bits: 400e3, latency: 150, slower: 4 },
};
const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};
const BLANK = "<!doctype html><title>Blank</title><p data-figure='blank'>Blank</p>";

const args = process.argv.slice(2);
const runs = Number(args.find((word) => /^\d+$/.test(word)) ?? 5);

/** A static host as the product's documents advise: everything is sent in brotli. */
const packed = new Map();
const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  if (pathname === "/blank") return response.writeHead(200, { "content-type": TYPES[".html"] }).end(BLANK);
  const file = join(SITE, normalize(pathname === "/" ? "/index.html" : decodeURIComponent(pathname)));
  try {
    if (!packed.has(file)) {
      const content = await readFile(file);
      const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
      packed.set(file, brotliCompressSync(content, { params }));
    }
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "content-encoding": "br" });
    response.end(packed.get(file));
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = `http://127.0.0.1:${server.address().port}`;
const browser = await launch();

/** Runs in the page from its first moment: notes when something is painted that was not there before. */
function watch() {
  const marks = (globalThis.marks = {});
  const painted = (name) =>
    requestAnimationFrame(() => setTimeout(() => (marks[name] ??= performance.now())));
  let before;
  const look = () => {
    const figure = document.querySelector('[data-figure="cost_day"]');
    if (document.querySelector('[data-figure="blank"]')) painted("blank");
    if (figure?.textContent.includes("$")) painted("figures");
    if (document.querySelector('[data-chart="latency"] path.area')) painted("charts");
    // Someone who types as soon as there is a field, and again until the page answers.
    const field = document.querySelector('[data-field="daily_messages"]');
    if (figure && field && marks.edit === undefined) {
      before ??= figure.textContent;
      if (figure.textContent !== before) painted("edit");
      else if (!field.matches("[inert] *")) {
        field.value = "2000000";
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      }
    }
    setTimeout(look, 25);
  };
  look();
}

/** The marks of one load on a line. */
async function load(path, line, wanted) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-US", serviceWorkers: "block" });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  const bytes = line.bits / 8;
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: line.latency,
    downloadThroughput: bytes,
    uploadThroughput: bytes,
  });
  await session.send("Emulation.setCPUThrottlingRate", { rate: line.slower });
  await page.addInitScript(() => localStorage.setItem("rehearsal.tour", "done"));
  await page.addInitScript(watch);
  await page.goto(address + path, { waitUntil: "commit", timeout: 120_000 });
  await page.waitForFunction((wanted) => wanted.every((name) => globalThis.marks[name] !== undefined), wanted, { timeout: 120_000 });
  const marks = await page.evaluate(() => globalThis.marks);
  await context.close();
  return marks;
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const WANTED = ["figures", "edit", "charts"];
const found = {};
for (const [name, line] of Object.entries(LINES)) {
  const rows = [];
  for (let run = 0; run < runs; run++) {
    const { blank } = await load("/blank", line, ["blank"]);
    rows.push({ blank, ...(await load("/", line, WANTED)) });
  }
  const ms = Object.fromEntries(["blank", ...WANTED].map((key) => [key, Math.round(median(rows.map((row) => row[key])))]));
  const ratio = Object.fromEntries(WANTED.map((key) => [key, Number((ms[key] / ms.blank).toFixed(2))]));
  found[name] = { ms, ratio };
}
await browser.close();
server.close();

console.log(`median of ${runs} loads\n\n| line | blank | first figures | first edit answered | charts |\n|---|---:|---:|---:|---:|`);
for (const [name, { ms, ratio }] of Object.entries(found)) {
  const cells = WANTED.map((key) => `${ms[key]} ms (${ratio[key]}x)`);
  console.log(`| ${name} | ${ms.blank} ms | ${cells.join(" | ")} |`);
}
if (args.includes("--write")) await writeFile(KEPT, `${JSON.stringify({ runs, lines: found }, null, 2)}\n`);
if (args.includes("--check")) {
  const kept = JSON.parse(await readFile(KEPT, "utf8")).lines;
  const worse = Object.entries(found).flatMap(([name, { ratio }]) =>
    WANTED.filter((key) => ratio[key] > MOST * kept[name].ratio[key]).map(
      (key) => `${name}: ${key} at ${ratio[key]} times a blank page, kept is ${kept[name].ratio[key]}`,
    ));
  if (worse.length > 0) {
    console.error(worse.join("\n"));
    process.exit(1);
  }
}
