// The answer as a sentence, what it rests on, and for which period.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { figure, fresh, onSite } from "./site.mjs";

const onPage = onSite({ test, before, after });
const preset = (page, key) => page.locator(`[data-preset="${key}"]`).click();

onPage("the answer is a sentence of what the figures say", {}, async (page) => {
  const said = await figure(page, "answer").textContent();
  assert.match(said, /1,000,000 messages a day cost \$1,959\.21 a day, \$58,776\.38 in 30 days\./);
  assert.match(said, /95 in 100 people have their answer within 1,5\d\d ms\. *100\.0% are answered within 3,000 ms\./);
});

onPage("what is assumed is marked, and makes a range of what rests on it", {}, async (page) => {
  assert.equal(await page.locator('[data-assumed$="tokens_per_s"]').count(), 0, "the original's speeds are stated");
  await preset(page, "today");
  await fresh(page);
  await figure(page, "assumed").waitFor();
  assert.match(await figure(page, "answer").textContent(), /so it may be [\d.,]+ (?:m?s|sec) to [\d.,]+ (?:m?s|sec)/);
  assert.match(await page.locator('.tile:has([data-figure="p95"]) .note').first().textContent(), /over what is assumed/);
  await page.locator('[data-ribbon="p95"]').waitFor({ state: "attached" });
  await page.waitForSelector('[data-group="models"]');
  await page.locator('[data-assumed$="tokens_per_s"]').first().click();
  await page.waitForSelector('[data-group="models"][open]');
});

onPage("who gets no answer is part of the sentence", {}, async (page) => {
  await preset(page, "noon-throttled");
  await fresh(page);
  assert.match(await page.locator(".answer .lost").textContent(), /^[\d.]+% get no answer\.$/);
});

onPage("money is by day or by month, and stays so", {}, async (page) => {
  await page.locator('[data-action="period"]').click();
  assert.equal(await figure(page, "cost_day").textContent(), "$58,776.38");
  assert.match(await page.locator('[aria-labelledby="cost-title"] tfoot').textContent(), /\$58,776\.38/);
  await page.reload();
  await fresh(page);
  assert.equal(await figure(page, "cost_day").textContent(), "$58,776.38");
  await page.locator('[data-action="period"]').click();
  assert.equal(await figure(page, "cost_day").textContent(), "$1,959.21");
});
