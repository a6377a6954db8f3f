// The page in a third engine: WebKit, by the driver that Debian has for WebKitGTK, with all tests (`cargo xtask test
// --full`) and where there is one. Playwright's own WebKit is a build that it fetches itself, so this speaks WebDriver.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { deflateRawSync } from "node:zlib";

import { HANGS_AFTER_MS, serve } from "./site.mjs";

const DRIVER = process.env.WEBKIT_DRIVER ?? "/usr/bin/WebKitWebDriver";
/** The browser stands in a folder of the library's version. */
const minibrowser = () => {
  if (process.env.WEBKIT) return process.env.WEBKIT;
  const folder = "/usr/lib/x86_64-linux-gnu";
  const versions = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith("webkit2gtk-")) : [];
  return versions.map((version) => join(folder, version, "MiniBrowser")).find(existsSync);
};
const isThere = existsSync(DRIVER) && existsSync("/usr/bin/Xvfb") && minibrowser();
const skip = !process.env.FULL ? "only with all tests" : !isThere && "there is no WebKit with its driver and Xvfb";

/** The name of an element in the protocol. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const ENTER = "\uE007";
const processes = [];
let site;
let driver;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function start(program, args, env = {}) {
  const started = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, ...env } });
  processes.push(started);
  return started;
}

/** Asks the driver; throws what it says is wrong. */
async function ask(method, path, body) {
  const answer = await fetch(driver + path, { method, body: body && JSON.stringify(body), headers: { "content-type": "application/json" } });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
  return value;
}

/** A page of its own session. */
class Page {
  static async open(address) {
    const options = { binary: minibrowser(), args: ["--automation"] };
    const { sessionId } = await ask("POST", "/session", { capabilities: { alwaysMatch: { "webkitgtk:browserOptions": options } } });
    const page = new Page();
    page.path = `/session/${sessionId}`;
    await page.ask("POST", "/window/rect", { width: 1440, height: 900 });
    await page.goto(address);
    return page;
  }

  ask(method, path, body) {
    return ask(method, this.path + path, body);
  }

  async goto(url) {
    await this.ask("POST", "/url", { url });
    // What was built with the page is not yet an answer.
    await this.until(() => !document.querySelector("#first-shown") && document.querySelector("footer.bottom"));
    await this.until(() => document.querySelector('.tile[aria-busy="false"] [data-figure="p95"], [data-figure="headlines"]'));
  }

  /** What a function gives in the page. */
  evaluate(what, ...args) {
    return this.ask("POST", "/execute/sync", { script: `return (${what})(...arguments);`, args });
  }

  async until(what, ...args) {
    const end = Date.now() + 60_000;
    while (!(await this.evaluate(`(...args) => !!(${what})(...args)`, ...args))) {
      if (Date.now() > end) throw new Error(`waited a minute for ${what} of ${args}`);
      await wait(50);
    }
  }

  async find(selector) {
    const found = await this.ask("POST", "/element", { using: "css selector", value: selector });
    return found[ELEMENT];
  }

  async type(selector, text) {
    const element = await this.find(selector);
    await this.ask("POST", `/element/${element}/value`, { text });
  }

  async click(selector) {
    await this.ask("POST", `/element/${await this.find(selector)}/click`, {});
  }

  text(selector) {
    return this.evaluate((selector) => document.querySelector(selector).textContent, selector);
  }

  async show(view) {
    const inMenu = await this.evaluate((view) => {
      const menu = document.querySelector(`[data-tab="${view}"]`).closest("[data-menu]");
      return menu && !menu.open ? menu.dataset.menu : null;
    }, view);
    if (inMenu) await this.click(`[data-menu="${inMenu}"] summary`);
    await this.click(`[data-tab="${view}"]`);
  }

  close() {
    return this.ask("DELETE", "");
  }
}

before(async () => {
  if (skip) return;
  site = await serve();
  const screen = start("/usr/bin/Xvfb", ["-displayfd", "1", "-screen", "0", "1440x1000x24", "-nolisten", "tcp"]);
  const display = await new Promise((resolve) => screen.stdout.once("data", (data) => resolve(`:${String(data).trim()}`)));
  const port = 20_000 + (process.pid % 20_000);
  driver = `http://127.0.0.1:${port}`;
  // Its sandbox needs rights that a container may not have; the pages are our own.
  start(DRIVER, [`--port=${port}`], { DISPLAY: display, LANG: "en_US.UTF-8", WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", WEBKIT_DISABLE_COMPOSITING_MODE: "1" });
  for (let tries = 0; tries < 100 && !(await ask("GET", "/status").catch(() => null)); tries += 1) await wait(100);
});

after(async () => {
  for (const started of processes.reverse()) started.kill();
  await site?.close();
});

const onPage = (name, action) =>
  test(`WebKit: ${name}`, { skip, timeout: HANGS_AFTER_MS }, async () => {
    const page = await Page.open(site.address);
    try {
      await action(page);
    } finally {
      await page.close();
    }
  });

onPage("the first screen has its figures, and an edit gives new ones", async (page) => {
  assert.equal(await page.text('[data-figure="cost_day"]'), "$1,959.21");
  assert.match(await page.text('[data-figure="answer"]'), /95 in 100 people have their answer within/);
  const field = '[data-field="daily_messages"]';
  await page.ask("POST", `/element/${await page.find(field)}/clear`, {});
  await page.type(field, `2M${ENTER}`);
  await page.until(() => document.querySelector('[data-figure="cost_day"]').textContent === "$3,918.43");
});

onPage("every view is shown", async (page) => {
  const views = await page.evaluate(() => [...document.querySelectorAll("header [data-tab]")].map((button) => button.dataset.tab));
  assert.ok(views.length >= 8, `${views}`);
  for (const view of views) {
    await page.show(view);
    await page.until(() => {
      const main = document.querySelector("main");
      return main.innerText.length > 200 && !main.querySelector(".loading:not([hidden])");
    });
    if (view !== "what-if") assert.equal(await page.evaluate(() => location.hash), `#${view}`);
  }
});

onPage("a link shows what it was made of", async (page) => {
  const text = JSON.stringify({ version: 1, scenario: { daily_messages: 2_000_000 } });
  // Another address of the same page would not load it anew.
  await page.ask("POST", "/url", { url: "about:blank" });
  await page.goto(`${site.address}#v1.${deflateRawSync(text).toString("base64url")}`);
  await page.until(() => document.querySelector('[data-figure="cost_day"]').textContent === "$3,918.43");
});

onPage("a log is imported", async (page) => {
  await page.show("logs");
  const calls = Array.from({ length: 20 }, (_, second) => `2026-11-20T10:00:${String(second).padStart(2, "0")}Z,anthropic.claude-3-haiku-20240307-v1:0,500,100`);
  const file = join(mkdtempSync(join(tmpdir(), "rehearsal-webkit-")), "usage.csv");
  writeFileSync(file, ["timestamp,model,input_tokens,output_tokens", ...calls].join("\n"));
  await page.until(() => document.querySelector('[data-field="log"]'));
  await page.type('[data-field="log"]', file);
  await page.until(() => document.querySelector('[data-figure="log"]'));
  assert.match(await page.text('[data-figure="log"]'), /20/);
});
