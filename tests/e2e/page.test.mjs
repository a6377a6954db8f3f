// The built page, driven in Chromium under a sub-path, as a person would use it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { choose, figure, fresh, launch, onSite, open, preset, serve, show } from "./site.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const onPage = onSite({ test, before, after });

onPage("the reference scenario has its known figures", {}, async (page) => {
  assert.equal(await figure(page, "cost_day").textContent(), "$1,959.21");
  assert.match(await figure(page, "cache").textContent(), /33\.5%.*\$189\.79/);
});

onPage("the page simulates the same bits as the command line", {}, async (page) => {
  const cargo = ["cargo", "run", "-q", "--bin", "rehearsal", "--"];
  const [program, ...before] = process.env.REHEARSAL ? [process.env.REHEARSAL] : cargo;
  const cli = JSON.parse(execFileSync(program, [...before, "simulate", "--json"], { cwd: root }));
  const shown = await figure(page, "p95").textContent();
  assert.equal(shown, `${Number((cli.overall.e2e_ms.p95 / 1000).toPrecision(3))} s`);
  assert.equal(await figure(page, "digest").textContent(), cli.digest);
});

onPage("every figure follows a drag", {}, async (page) => {
  const slider = page.locator('[data-slider="daily_messages"]');
  await slider.focus();
  const before = await figure(page, "cost_day").textContent();
  for (let i = 0; i < 30; i++) await page.keyboard.press("ArrowRight");
  assert.notEqual(await figure(page, "cost_day").textContent(), before);
  await fresh(page);
  await page.getByRole("button", { name: "Undo" }).click();
  assert.notEqual(await figure(page, "cost_day").textContent(), before, "each key press of a slider is a step of its own");
});

onPage("typed numbers are read as people write them", {}, async (page) => {
  const field = page.locator('[data-field="daily_messages"]');
  await field.fill("2M");
  await field.press("Enter");
  assert.equal(await figure(page, "cost_day").textContent(), "$3,918.43");
  assert.equal(await field.inputValue(), "2,000,000");
  await field.fill("lots");
  await field.blur();
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  assert.equal(await figure(page, "cost_day").textContent(), "$3,918.43");
  await page.getByRole("button", { name: "Undo" }).click();
  assert.equal(await figure(page, "cost_day").textContent(), "$1,959.21");
});

onPage("shares that do not add up are pointed out and normalised with one click", {}, async (page) => {
  // Locked shares stay even when a type goes.
  for (const index of [1, 2, 3, 4]) await page.locator(`[data-type="${index}"] [data-action="lock"]`).click();
  await page.locator('[data-type="0"] [data-action="remove"]').click();
  assert.match(await figure(page, "share_sum").textContent(), /80/);
  await page.locator('[data-action="normalise"]').click();
  assert.match(await figure(page, "share_sum").textContent(), /100/);
  await fresh(page);
});

onPage("a preset adds generation time", {}, async (page) => {
  await preset(page, "with-generation");
  await fresh(page);
  assert.match(await figure(page, "within").textContent(), /^6[78]\.\d%$/);
});

onPage("a limit makes people wait, and the charts show when and from what load on", {}, async (page) => {
  const p95 = async () => Number((await figure(page, "p95").textContent()).replace(/[^0-9]/g, ""));
  const free = await p95();
  await page.locator('[data-group="traffic"] > summary').click();
  await page.locator("label.choice", { hasText: "Over the day" }).locator("select").selectOption("noon-peak");
  await page.locator('[data-toggle="concurrency"]').click();
  await page.waitForSelector(".facts >> text=Concurrency used");
  await fresh(page);
  // The figure changes its unit on the way.
  assert.notEqual(await p95(), free, "sixteen places are too few at noon");
  await show(page, "latency");
  await page.getByRole("heading", { name: "Against load" }).waitFor();
  await page.waitForSelector('section[aria-labelledby="load-title"][aria-busy="false"] [data-figure="knee"]');
  assert.match(await figure(page, "knee").textContent(), /Beyond [\d.]+ times/);
  const hours = page.locator('section[aria-labelledby="hours-title"]');
  await hours.locator("summary").click();
  await hours.locator("[data-table]").click();
  // The table is made when it is opened.
  await hours.locator("tbody tr").nth(23).waitFor();
  assert.equal(await hours.locator("tbody tr").count(), 24);
});

onPage("a simulation that is cancelled says so, and an edit simulates again", {}, async (page) => {
  const messages = page.locator('[data-field="daily_messages"]');
  await messages.fill("1B");
  await page.locator(".working").getByRole("button", { name: "Cancel" }).click();
  const said = page.locator('[data-notice="ui_cancelled"]');
  await said.waitFor();
  await messages.fill("2M");
  await fresh(page);
  await said.waitFor({ state: "detached" });
});

onPage("on a phone the answers stay in sight while something is edited", { context: { viewport: { width: 390, height: 800 } } }, async (page) => {
  await page.locator('[data-field="input-4"]').scrollIntoViewIfNeeded();
  await page.locator('[data-field="input-4"]').fill("900");
  for (const name of ["cost_day", "p95"]) {
    const box = await figure(page, name).boundingBox();
    assert.ok(box.y >= 0 && box.y + box.height < 120, `${name}: ${JSON.stringify(box)}`);
  }
  const covered = await page.locator('[data-field="input-4"]').boundingBox();
  assert.ok(covered.y > 80, `the field is not behind them: ${covered.y}`);
});

onPage("a worker that dies is replaced", {}, async (page) => {
  await page.evaluate(() => {
    const post = Worker.prototype.postMessage;
    let alive = false;
    Worker.prototype.postMessage = function (...message) {
      if (alive) return post.apply(this, message);
      alive = true;
      setTimeout(() => this.dispatchEvent(new ErrorEvent("error", { message: "killed by a test" })));
    };
    // Noted when it happens: on a busy machine it may be over before it is asked for.
    const busy = () => document.querySelector('.tile[aria-busy="true"] [data-figure="p95"]') !== null;
    new MutationObserver(() => (globalThis.wasBusy ||= busy())).observe(document, { subtree: true, childList: true, attributes: true });
  });
  await page.locator('[data-field="daily_messages"]').fill("2M");
  await page.locator('[data-field="daily_messages"]').press("Enter");
  await page.waitForFunction(() => globalThis.wasBusy);
  await fresh(page);
});

const watched = (context) =>
  context.addInitScript(() => {
    globalThis.wasEnglish = false;
    const look = () => (globalThis.wasEnglish ||= document.querySelector(".tiles")?.textContent.includes("Cost a day") ?? false);
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
  });

onPage("nothing is English before it is Japanese", { context: { locale: "ja-JP" }, prepare: watched }, async (page) => {
  assert.match(await page.locator(".tiles").textContent(), /1日のコスト/);
  assert.equal(await page.evaluate(() => globalThis.wasEnglish), false);
});

const wordless = (context) => context.route("**/words/ja.json", (route) => route.fulfill({ status: 404, body: "gone" }));

test("a page that misses its Japanese is English, and says that it is", async () => {
  const site = await serve();
  const browser = await launch();
  const { page } = await open(browser, site.address, { context: { locale: "ja-JP" }, prepare: wordless });
  await fresh(page);
  assert.match(await page.locator(".tiles").textContent(), /Cost a day/);
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await browser.close();
  await site.close();
});

onPage("Japanese is complete and stays", { context: { locale: "ja-JP" } }, async (page, view) => {
  await page.waitForFunction(() => document.querySelector("[role=tab]").textContent === "試算");
  assert.equal(await page.locator("html").getAttribute("lang"), "ja");
  await choose(page, "言語", "en");
  await page.waitForFunction(() => document.querySelector("[role=tab]").textContent === "What-if");
  await page.reload();
  await fresh(page);
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  assert.deepEqual(await view.problems(), []);
});
