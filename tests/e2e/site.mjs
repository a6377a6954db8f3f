// Serves the built site under a sub-path and opens it in Chromium, watching for everything that
// must not happen: errors, policy violations, requests that leave the page's origin.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium, firefox } from "playwright-core";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** A test that is not over by then hangs: what runs inside a page is waited for without an end. */
export const HANGS_AFTER_MS = 240_000;

export const SUB_PATH = "/some/team/rehearsal/";

/** A static host: `address` is where the page is, `close` ends it. */
export async function serve(folder = process.env.SITE ?? fileURLToPath(new URL("../../dist", import.meta.url))) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (!pathname.startsWith(SUB_PATH)) {
      response.writeHead(404).end();
      return;
    }
    const name = normalize(decodeURIComponent(pathname.slice(SUB_PATH.length))) || "index.html";
    const file = join(folder, name === "." || name === "./" ? "index.html" : name);
    try {
      const content = await readFile(file);
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${server.address().port}${SUB_PATH}`;
  return { address, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** The system's Chromium. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
  });

/** The system's Firefox, by WebDriver BiDi. */
export const launchFirefox = () =>
  firefox.launch({ channel: "moz-firefox", executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr" });

/**
 * A page on the site and the list of what went wrong on it. `prepare` is told the context before
 * the page is opened. Unless it is a first visit, the tour was seen.
 */
export async function open(browser, address, { context: options = {}, path = "", prepare, firstVisit = false } = {}) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: "en-US",
    // Keeping the site for later is a test of its own.
    serviceWorkers: "block",
    ...options,
  });
  await prepare?.(context);
  const wrong = [];
  const origin = new URL(address).origin;
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith("blob:") && !url.startsWith("data:")) wrong.push(`request to ${url}`);
  });
  await context.addInitScript(() => {
    globalThis.policyViolations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
      globalThis.policyViolations.push(`${event.violatedDirective}: ${event.blockedURI}`),
    );
  });
  if (!firstVisit) {
    await context.addInitScript(() => {
      try {
        localStorage.setItem("rehearsal.tour", "done");
      } catch {
        // A page whose storage is forbidden shows no tour by itself.
      }
    });
  }
  // Only what hangs is stopped: how quick the page is, is measured elsewhere, and a machine may be busy.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  page.on("pageerror", (error) => wrong.push(`error: ${error}`));
  page.on("console", (message) => {
    if (message.type() === "error") wrong.push(`console: ${message.text()}`);
  });
  await page.goto(address + path);
  const problems = async () => [...wrong, ...(await page.evaluate(() => globalThis.policyViolations))];
  return { page, context, problems, close: () => context.close() };
}

/**
 * A test on a page of its own: opens it, does something, and fails on anything that went wrong
 * beside it. The site and the browser are those of the whole file.
 */
export function onSite({ test, before, after }, start = launch) {
  let site;
  let browser;
  before(async () => {
    site = await serve();
    browser = await start();
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });
  return (name, options, action) =>
    test(name, { timeout: HANGS_AFTER_MS }, async () => {
      const view = await open(browser, site.address, options);
      try {
        await fresh(view.page);
        await action(view.page, view);
        assert.deepEqual(await view.problems(), []);
      } finally {
        await view.close();
      }
    });
}

/**
 * Begins to watch that the page draws. The result tells how long it stood still at the longest, as
 * a share of the time until then: nearly all of it for a page that froze, on any machine.
 */
export async function heartbeat(page) {
  await page.evaluate(() => {
    const begin = performance.now();
    let last = begin;
    let longest = 0;
    const beat = (now = performance.now()) => {
      longest = Math.max(longest, now - last);
      last = Math.max(last, now);
      requestAnimationFrame(beat);
    };
    beat();
    globalThis.stoodStill = () => {
      const now = performance.now();
      return Math.max(longest, now - last) / (now - begin);
    };
  });
  return () => page.evaluate(() => globalThis.stoodStill());
}

/** Opens the menu of a name, if it is not open. */
export async function menu(page, name) {
  const found = page.locator(`[data-menu="${name}"]`);
  if (!(await found.evaluate((menu) => menu.open))) await found.locator("summary").click();
}

/** Shows an example of the menu. */
export async function preset(page, key) {
  await menu(page, "examples");
  await page.locator(`[data-preset="${key}"]`).click();
}

/** Gives a command, from the menu it may stand in. */
export async function press(page, key) {
  const button = page.locator(`[data-command="${key}"]`).first();
  const name = await button.evaluate((button) => button.closest("[data-menu]")?.dataset.menu);
  if (name) await menu(page, name);
  await button.click();
}

/** Chooses the language or the theme. */
export async function choose(page, label, value) {
  await menu(page, "more");
  await page.locator('[data-menu="more"] .menu-content').getByLabel(label).selectOption(value);
}

/** Shows a view, from the menu that its button may stand in. */
export async function show(page, view) {
  const button = page.locator(`[data-tab="${view}"]`);
  const name = await button.evaluate((button) => button.closest("[data-menu]")?.dataset.menu);
  if (name) await menu(page, name);
  await button.click();
}

/** Records of a kind as the browser's database has them: a person's own fixtures, or others. */
export const stored = (page, kind = "fixtures") =>
  page.evaluate(
    (kind) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("rehearsal");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const database = opening.result;
          if (!database.objectStoreNames.contains(kind)) return resolve({});
          const store = database.transaction(kind).objectStore(kind);
          const [keys, values] = [store.getAllKeys(), store.getAll()];
          store.transaction.oncomplete = () => {
            database.close();
            resolve(Object.fromEntries(keys.result.map((key, index) => [key, values.result[index]])));
          };
        };
      }),
    kind,
  );

/** The text of a figure by its stable name. */
export const figure = (page, name) => page.locator(`[data-figure="${name}"]`);

/** Waits until the page is whole, and the simulated day belongs to the scenario on the screen, or About is shown. */
export async function fresh(page) {
  // What was built with the page is not yet an answer.
  await page.waitForSelector("#first-shown", { state: "detached" });
  await page.waitForSelector("footer.bottom");
  await page.waitForSelector('.tile[aria-busy="false"] [data-figure="p95"], [data-figure="headlines"]');
}
