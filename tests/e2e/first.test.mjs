// The first screen: what is asked, what is answered, what that rests on, and the ways from there.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { figure, fresh, menu, onSite, press, preset, show } from "./site.mjs";

const onPage = onSite({ test, before, after });
const field = (page, name) => page.locator(`[data-field="${name}"]`);
const type = async (page, name, text) => {
  await field(page, name).fill(text);
  await field(page, name).press("Enter");
};

onPage("the first screen has room for the answer", {}, async (page) => {
  const found = await page.evaluate(() => {
    const top = (selector) => document.querySelector(selector).getBoundingClientRect();
    // The heads of a table, which sort it, are there to be read first.
    const controls = [...document.querySelectorAll("button:not(.sort), input, select, summary, a[href]")].filter((element) => {
      const box = element.getBoundingClientRect();
      return element.checkVisibility() && !element.disabled && box.width > 1 && box.top < innerHeight && box.bottom > 0;
    });
    const labels = [...document.querySelectorAll(".label, dt, label:not(:has(.label))")].filter((label) => {
      const box = label.getBoundingClientRect();
      return label.checkVisibility() && box.width > 1 && box.top < innerHeight && box.bottom > 0 && label.innerText.trim();
    });
    return { labels: labels.map((label) => label.textContent), controls: controls.map((one) => one.textContent || one.dataset.field || one.ariaLabel), answer: top(".answer").bottom, tiles: top(".tiles").bottom };
  });
  assert.ok(found.labels.length <= 15, `${found.labels.length} labels: ${found.labels.join(", ")}`);
  assert.ok(found.controls.length <= 20, `${found.controls.length} controls: ${found.controls.join(", ")}`);
  assert.ok(found.answer < 400, `the sentence ends at ${found.answer}`);
  assert.ok(found.tiles < 560, `the figures end at ${found.tiles}`);
});

onPage("the answer is a sentence of what the figures say", {}, async (page) => {
  const said = await figure(page, "answer").textContent();
  assert.match(said, /1,000,000 messages a day cost \$1,959\.21 a day, \$58,776\.38 in 30 days\./);
  assert.match(said, /95 in 100 people have their answer within 1\.5\d? s\. *100\.0% are answered within 3 s\./);
});

onPage("the bill by query type is sorted, and its total stays last", {}, async (page) => {
  const table = page.locator('.scroll[aria-labelledby="cost-title"] table');
  const costs = async () => (await table.locator("tbody tr td:nth-child(3)").allTextContents()).map((text) => Number(text.replace(/[$,]/g, "")));
  const before = await costs();
  for (const [order, expected] of [
    ["descending", [...before].sort((a, b) => b - a)],
    ["ascending", [...before].sort((a, b) => a - b)],
    ["none", before],
  ]) {
    await table.locator('[data-sort="2"]').click();
    assert.equal(await table.locator("th", { has: page.locator('[data-sort="2"]') }).getAttribute("aria-sort"), order);
    assert.deepEqual(await costs(), expected);
    assert.match(await table.locator("tfoot").textContent(), /\$1,959\.21/);
  }
});

onPage("one's own answer takes six actions at most", {}, async (page) => {
  // A model of today: for those of the original nobody knows what a cached prompt costs.
  await preset(page, "today");
  await page.locator(".strip select").selectOption("0");
  await type(page, "daily_messages", "20000");
  await type(page, "strip-prompt", "6000");
  await type(page, "strip-cached", "4000");
  await type(page, "strip-output", "300");
  assert.equal(await field(page, "input-0").inputValue(), "6,000", "the card of the type says the same");
  await fresh(page);
  assert.match(await figure(page, "answer").textContent(), /^20,000 messages a day cost \$[\d,.]+ a day/);
  assert.match(await figure(page, "answer").textContent(), /answered within [\d.]+ s\./);
});

onPage("question and answer stay in sight", {}, async (page) => {
  await page.locator("footer.bottom").scrollIntoViewIfNeeded();
  for (const part of [".strip", ".answer"]) {
    const box = await page.locator(part).boundingBox();
    assert.ok(box.y >= 0 && box.y + box.height < 300, `${part}: ${JSON.stringify(box)}`);
  }
});

onPage("what is assumed is marked, and makes a range of what rests on it", {}, async (page) => {
  assert.equal(await page.locator('[data-assumed$="tokens_per_s"]').count(), 0, "the original's speeds are stated");
  await preset(page, "today");
  await fresh(page);
  await page.locator('[data-assumed$="tokens_per_s"]').first().waitFor();
  const chips = await page.locator("[data-assumed^=models]").evaluateAll((all) => all.map((chip) => chip.dataset.assumed));
  assert.ok(chips.every((path) => /(tokens_per_s|burndown)$/.test(path)), String(chips));
  await figure(page, "assumed").waitFor();
  assert.match(await figure(page, "answer").textContent(), /what is assumed makes it [\d.,]+ s to [\d.,]+ s\./);
  assert.match(await page.locator('.tile:has([data-figure="p95"]) .note').first().textContent(), /over what is assumed/);
  await page.locator('[data-ribbon="p95"]').waitFor({ state: "attached" });
  await page.locator('[data-assumed$="tokens_per_s"]').first().click();
  await page.locator('[data-group="models"][open]').waitFor();
});

onPage("who gets no answer is part of the sentence", {}, async (page) => {
  await preset(page, "noon-throttled");
  await fresh(page);
  assert.match(await page.locator(".answer .lost").textContent(), /^[\d.]+% get no answer\.$/);
});

onPage("cost and latency have views of their own", {}, async (page) => {
  await show(page, "cost");
  await page.waitForSelector('[aria-labelledby="cost-title"]');
  assert.equal(new URL(page.url()).hash, "#cost");
  assert.equal(await page.locator('[data-chart="latency"]').count(), 0);
  await show(page, "latency");
  await page.waitForSelector('[data-chart="hours"]');
  await page.waitForSelector('[data-chart="load"]');
  assert.equal(await page.locator('[aria-labelledby="cost-title"]').count(), 0);
  await page.reload();
  await fresh(page);
  await page.waitForSelector('[data-chart="hours"]');
  await page.evaluate(() => (location.hash = "#what-if"));
  await page.waitForSelector('[aria-labelledby="mix-title"]');
});

onPage("what is assumed leads to where it is set from every view of the answer", {}, async (page) => {
  await show(page, "latency");
  await page.waitForSelector('[data-chart="hours"]');
  await page.locator('[data-assumed="limits"]').click();
  await page.locator('[data-group="traffic"][open]').waitFor();
  assert.equal(new URL(page.url()).hash, "");
});

onPage("what an edit is compared with is only said where something is pinned", {}, async (page) => {
  await show(page, "levers");
  await page.waitForSelector('[data-panel="advice"][aria-busy="false"] tbody tr');
  assert.doesNotMatch(await page.locator('[data-panel="advice"]').textContent(), /same as A/);
});

onPage("a view has an address that Back goes through", {}, async (page) => {
  await show(page, "levers");
  await page.waitForSelector('[data-panel="waterfall"]');
  assert.equal(new URL(page.url()).hash, "#levers");
  await show(page, "prices");
  await page.waitForSelector('[data-panel="prices"]');
  assert.equal(await page.locator('[data-panel="waterfall"]').count(), 0);
  await page.goBack();
  await page.waitForSelector('[data-panel="waterfall"]');
  assert.equal(await page.locator('[data-tab="levers"]').getAttribute("aria-selected"), "true");
  await page.goBack();
  await page.waitForSelector('[aria-labelledby="cost-title"]');
  await page.evaluate(() => (location.hash = "#logs"));
  await page.waitForSelector('[data-panel="import"]');
  assert.equal(await figure(page, "cost_day").textContent(), "$1,959.21", "the answer stands above every view of the scenario");
});

onPage("money is by day or by month, and stays so", {}, async (page) => {
  await page.locator('[data-action="period"]').click();
  assert.equal(await figure(page, "cost_day").textContent(), "$58,776.38");
  assert.match(await page.locator('[aria-labelledby="cost-title"] tfoot').textContent(), /\$58,776\.38/);
  assert.match(await page.locator(".tile.lead dt").textContent(), /Cost a month/);
  assert.equal(await page.locator('[data-action="period"]').getAttribute("aria-checked"), "true");
  assert.equal(await page.locator('[data-action="period"] .on').textContent(), "30 days");
  await page.reload();
  await fresh(page);
  assert.equal(await figure(page, "cost_day").textContent(), "$58,776.38");
  await show(page, "levers");
  const last = page.locator('[data-panel="waterfall"] .sum-row');
  await last.waitFor();
  assert.match(await last.textContent(), /\$58,776\.38/);
  await show(page, "what-if");
  await page.locator('[data-action="period"]').click();
  assert.equal(await figure(page, "cost_day").textContent(), "$1,959.21");
});

onPage("a menu closes when something is chosen, with Escape, and when it is left", {}, async (page) => {
  const isOpen = (name) => page.locator(`[data-menu="${name}"]`).evaluate((found) => found.open);
  await preset(page, "no-cache");
  assert.equal(await isOpen("examples"), false);
  await menu(page, "share");
  await page.keyboard.press("Escape");
  assert.equal(await isOpen("share"), false);
  await menu(page, "share");
  await field(page, "daily_messages").focus();
  assert.equal(await isOpen("share"), false);
  await press(page, "share");
  await page.locator("dialog.desk").waitFor();
});

onPage("the browser's title names the scenario", {}, async (page) => {
  await field(page, "name").fill("Our bot");
  await field(page, "name").press("Enter");
  await page.waitForFunction(() => document.title.startsWith("Our bot · "));
});
