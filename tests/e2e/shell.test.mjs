// The page as a program: what it loads, how it is kept for the time without network, how a newer
// release arrives, and what a person sees when something fails.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { SUB_PATH, choose, figure, fresh, launch, open, serve, show } from "./site.mjs";

const folder = process.env.SITE ?? fileURLToPath(new URL("../../dist", import.meta.url));
/** Some of this is made in a release only. */
const release = { skip: !existsSync(join(folder, "size.json")) && "this site is no release" };

let site;
let browser;
before(async () => {
  site = await serve(folder);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** A page that is opened under certain conditions, and closed in the end. */
const onPage = (name, options, action) =>
  test(name, options.test ?? {}, async () => {
    const view = await open(browser, site.address, options);
    try {
      await action(view.page, view);
    } finally {
      await view.close();
    }
  });
const alert = (page) => page.locator(".failure[role=alert]");
const answer = (pattern, how) => ({ prepare: (context) => context.route(pattern, how) });
const missing = (pattern) => answer(pattern, (route) => route.fulfill({ status: 404, body: "gone" }));

test("the list of sizes is what a browser loads before the first day is shown", release, async () => {
  const sizes = JSON.parse(await readFile(join(folder, "size.json"), "utf8"));
  const view = await open(browser, site.address, {
    prepare: (context) =>
      context.addInitScript(() => {
        const look = () => {
          if (document.querySelector("#first-shown") || !document.querySelector('.tile[aria-busy="false"] [data-figure="p95"]')) return;
          globalThis.shownAt = performance.now();
          observer.disconnect();
        };
        const observer = new MutationObserver(look);
        observer.observe(document, { subtree: true, childList: true, attributes: true });
      }),
  });
  await fresh(view.page);
  const addresses = await view.page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .filter(({ startTime }) => startTime < globalThis.shownAt)
      .map(({ name }) => name),
  );
  const loaded = new Set(["index.html", ...addresses.map((url) => new URL(url).pathname.slice(SUB_PATH.length))]);
  // What a team may lay beside the site is not of it; no window, no icon.
  if (!sizes.some(({ path }) => path === "team.json")) loaded.delete("team.json");
  const first = sizes.filter(({ when, path }) => when === "first" && !path.endsWith(".svg")).map(({ path }) => path);
  assert.deepEqual([...loaded].filter((path) => !path.endsWith(".svg")).sort(), first.sort());
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  assert.equal(sizes.length, files.length - 1, "every file is in the list but the list");
  await view.close();
});

test("the page works without network after the first visit", release, async () => {
  const own = await serve(folder);
  const view = await open(browser, own.address, { context: { serviceWorkers: "allow" } });
  await view.page.getByText("Ready to work offline.").waitFor();
  await own.close();
  await view.page.reload();
  await fresh(view.page);
  assert.equal(await figure(view.page, "cost_day").textContent(), "$1,959.21");
  await show(view.page, "fixtures");
  await view.page.waitForSelector("[data-fixture]");
  await choose(view.page, "Language", "ja");
  await view.page.waitForFunction(() => document.querySelector("[role=tab]").textContent === "試算");
  assert.deepEqual(await view.page.evaluate(() => globalThis.policyViolations), []);
  await view.close();
});

test("a newer release waits, and the page goes on with its own until it is reloaded", release, async () => {
  const copy = await mkdtemp(join(tmpdir(), "rehearsal-"));
  await cp(folder, copy, { recursive: true });
  const own = await serve(copy);
  const view = await open(browser, own.address, { context: { serviceWorkers: "allow" } });
  const { page } = view;
  try {
    await page.getByText("Ready to work offline.").waitFor();
    // The next release: another laboratory, and the old one is gone from the host.
    const old = (await readdir(copy)).find((name) => /^laboratory-.*\.wasm$/.test(name));
    const next = "laboratory-00000000deadbeef.wasm";
    await rename(join(copy, old), join(copy, next));
    for (const name of ["index.html", "service-worker.js"]) {
      const text = await readFile(join(copy, name), "utf8");
      const changed = text.replaceAll(old, next).replace(/const RELEASE = "\w+"/, 'const RELEASE = "next"');
      await writeFile(join(copy, name), changed.replace("<title>", '<meta name="next"><title>'));
    }
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
    await page.getByText("A newer version is ready.").waitFor();
    await show(page, "fixtures");
    await page.waitForSelector("[data-fixture]");
    assert.equal(await page.locator("meta[name=next]").count(), 0);
    await page.locator(".site-notice").getByRole("button", { name: "Reload" }).click();
    await page.waitForSelector("meta[name=next]", { state: "attached" });
    // The view has an address: it is the one that was left.
    await page.waitForSelector("[data-fixture]");
  } finally {
    await view.close();
    await own.close();
    await rm(copy, { recursive: true });
  }
});

test("the page can be installed", async () => {
  const manifest = JSON.parse(await readFile(join(folder, "manifest.webmanifest"), "utf8"));
  assert.deepEqual([manifest.start_url, manifest.scope, manifest.display], ["./", "./", "standalone"]);
  assert.ok(manifest.icons.some(({ purpose }) => purpose === "maskable"));
  for (const { src, sizes } of manifest.icons) {
    const bytes = await readFile(join(folder, src));
    assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, sizes, src);
  }
  const view = await open(browser, site.address);
  const devtools = await view.context.newCDPSession(view.page);
  const { errors } = await devtools.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  await view.close();
});

onPage("a program that is missing is said to be", missing("**/playground*.wasm"), async (page) => {
  await alert(page).waitFor();
  assert.match(await alert(page).textContent(), /Rehearsal could not start.*A file is missing/s);
  assert.equal(await page.locator(".skeleton").count(), 0, "nothing seems to be on its way");
  await page.unrouteAll();
  await page.context().unrouteAll();
  await alert(page).getByRole("button", { name: "Reload" }).click();
  await fresh(page);
});

onPage(
  "a program that was changed on its way is refused",
  {
    test: release,
    ...answer("**/playground*.wasm", async (route) => {
      const response = await route.fetch();
      const body = await response.body();
      body[body.length - 1] ^= 1;
      await route.fulfill({ response, body });
    }),
  },
  async (page) => {
    await alert(page).waitFor();
    assert.match(await alert(page).textContent(), /Rehearsal could not start/);
  },
);

onPage("without its worker the page still gives the bill, and says what is missing", missing("**/worker*.wasm"), async (page) => {
  await fresh(page);
  await page.locator('[data-field="daily_messages"]').fill("2M");
  await page.getByText("The simulation stopped several times").waitFor();
  assert.equal(await figure(page, "cost_day").textContent(), "$3,918.43");
});

const unreadable = missing("**/documents*.wasm");
const draft = JSON.stringify({ version: 1, scenario: { daily_messages: 4321 } });
onPage(
  "work that cannot be read for want of its program is said to be, and put aside before anything takes its place",
  {
    prepare: async (context) => {
      await unreadable.prepare(context);
      await context.addInitScript((draft) => {
        if (!localStorage.getItem("rehearsal.draft")) localStorage.setItem("rehearsal.draft", draft);
      }, draft);
    },
  },
  async (page) => {
    await fresh(page);
    await page.locator('[data-notice="ui_documents_missing"]').waitFor();
    assert.equal(await page.evaluate(() => localStorage.getItem("rehearsal.draft")), draft);
    await page.context().unrouteAll();
    await page.locator('[data-field="daily_messages"]').fill("2M");
    await page.waitForFunction(() => localStorage.getItem("rehearsal.scenarios")?.includes("4321"));
    assert.match(await page.evaluate(() => localStorage.getItem("rehearsal.draft")), /2000000/);
  },
);

onPage("a view that cannot be loaded can be tried again", missing("**/laboratory*.wasm"), async (page) => {
  await fresh(page);
  await show(page, "client");
  await alert(page).waitFor();
  assert.match(await alert(page).textContent(), /This view could not be loaded/);
  await page.context().unrouteAll();
  await alert(page).getByRole("button", { name: "Try again" }).click();
  await page.waitForSelector("#lab .panes:not([hidden] *)");
  assert.equal(await alert(page).count(), 0);
});

onPage("a panic says what happened, and the page takes no more clicks", {}, async (page, view) => {
  await fresh(page);
  await view.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.evaluate(() => globalThis.rehearsalPanic("panicked at src/somewhere.rs:1:1:\nboom"));
  await alert(page).waitFor();
  assert.match(await alert(page).textContent(), /Something went wrong.*Reload to go on.*boom/s);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Something went wrong inside Rehearsal");
  assert.equal(await page.locator("#app").evaluate((app) => app.inert), true);
  await alert(page).getByRole("button", { name: "Copy details" }).click();
  await alert(page).getByRole("button", { name: "Copied!" }).waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /boom\n.*Mozilla/s);
  await alert(page).getByRole("button", { name: "Reload" }).click();
  await fresh(page);
});

const refusing = (script) => ({ prepare: (context) => context.addInitScript(script) });

onPage(
  "a browser that keeps nothing is no obstacle",
  refusing(() =>
    Object.defineProperty(globalThis, "localStorage", {
      get() {
        throw new DOMException("no", "SecurityError");
      },
    }),
  ),
  async (page, view) => {
    await fresh(page);
    await choose(page, "Theme", "dark");
    assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
    assert.deepEqual(await view.problems(), []);
  },
);

onPage(
  "a full storage is no obstacle",
  refusing(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  }),
  async (page, view) => {
    await fresh(page);
    await page.locator('[data-field="daily_messages"]').fill("2M");
    await page.locator('[data-field="daily_messages"]').press("Enter");
    await fresh(page);
    assert.equal(await figure(page, "cost_day").textContent(), "$3,918.43");
    assert.deepEqual(await view.problems(), []);
  },
);

/** The program takes its time. */
const slowly = (context) =>
  context.route("**/playground*.wasm", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await route.continue();
  });

onPage("the first figures are there before the program, and stay as they are when it comes", { prepare: slowly }, async (page, view) => {
  const said = (root) =>
    page.evaluate((root) => [...document.querySelectorAll(`${root} :is(.tiles, .answer, [aria-labelledby="cost-title"])`)].map((part) => part.textContent), root);
  const other = await view.context.newPage();
  const opened = other.goto(page.url());
  await other.locator("#first-shown").waitFor();
  assert.equal(await other.locator("#first-shown").evaluate((first) => first.inert), true, "nothing answers yet");
  const before = await other.evaluate(() => [...document.querySelectorAll('#first-shown :is(.tiles, .answer, [aria-labelledby="cost-title"])')].map((part) => part.textContent));
  await opened;
  await fresh(other);
  assert.equal(await other.locator("#first-shown").count(), 0);
  assert.deepEqual(await said("main"), before);
  await other.close();
});

onPage("who has work of their own does not see someone else's figures first", { prepare: slowly }, async (page, view) => {
  // Until then nothing can be typed into what is shown.
  await fresh(page);
  await page.locator('[data-field="daily_messages"]').fill("2M");
  await page.locator('[data-field="daily_messages"]').press("Enter");
  await page.waitForFunction(() => localStorage.getItem("rehearsal.draft"));
  const other = await view.context.newPage();
  await other.goto(page.url());
  assert.equal(await other.locator("#first-shown").count(), 0);
  await fresh(other);
  assert.equal(await figure(other, "cost_day").textContent(), "$3,918.43");
  await other.close();
});

onPage("without scripts the page says what it needs", { context: { javaScriptEnabled: false } }, async (page) => {
  assert.match(await page.locator("noscript p").innerText(), /needs JavaScript/);
  assert.ok(await page.locator("noscript p").isVisible());
});

onPage(
  "an old browser is told what it takes",
  {
    prepare: async (context) => {
      await context.addInitScript(() => delete HTMLScriptElement.prototype.noModule);
      // It would not run a module.
      await context.route("**/boot*.js", (route) => route.abort());
    },
  },
  async (page) => {
    await page.locator("#too-old").waitFor();
    assert.equal(await page.locator(".skeleton").isVisible(), false);
  },
);
