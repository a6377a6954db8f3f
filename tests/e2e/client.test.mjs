// The Client view: its example, the prompt cache block by block, the way to the browser; and the example of Benchmarks.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { figure, onSite, show } from "./site.mjs";

const onPage = onSite({ test, before, after });
const states = (page) =>
  page.locator(".results > .card table.blocks tbody tr").evaluateAll((rows) => rows.map((row) => row.dataset.state));
const choose = (page, label, value) =>
  page.locator("#lab label.choice", { has: page.getByText(label, { exact: true }) }).locator("select").selectOption(value);

onPage("the example is written, read when it is sent again, and missed when it expired or changed", {}, async (page) => {
  await show(page, "client");
  await figure(page, "example").waitFor();
  assert.deepEqual(await states(page), ["written", "missed"]);
  assert.match(await figure(page, "cache-effect").textContent(), /more than without a prompt cache/);
  await choose(page, "Speed", "0");
  const again = page.getByRole("button", { name: "Send again" });
  await again.focus();
  await page.keyboard.press("Enter");
  await figure(page, "example").waitFor({ state: "detached" });
  assert.deepEqual(await states(page), ["read", "missed"]);
  assert.match(await figure(page, "cache-effect").textContent(), /less than without a prompt cache/);
  await choose(page, "Time since the last call", "6");
  await again.click();
  assert.deepEqual(await states(page), ["written", "missed"]);
  assert.match(await page.locator(".results").textContent(), /Expired: 6 min since its last use, kept for 5 min\./);
  await page.locator("#lab").getByRole("tab", { name: "Log", exact: true }).click();
  assert.equal(await page.locator('[data-figure="log"] > tbody > tr').count(), 3);
});

onPage("an answer is delivered by WebSocket, shuffled and lost", { context: { viewport: { width: 320, height: 700 } } }, async (page) => {
  await show(page, "client");
  await page.locator("#lab").getByRole("tab", { name: "WebSocket", exact: true }).click();
  const text = await figure(page, "answer").textContent();
  assert.match(await figure(page, "assembly").textContent(), /^Whole/);
  await page.getByLabel("Shuffle the messages").focus();
  await page.keyboard.press("Space");
  const order = await page.locator('[data-figure="messages"] tbody tr td:first-child').allTextContents();
  assert.notDeepEqual(order, order.toSorted((a, b) => a - b));
  assert.equal(await figure(page, "assembled").textContent(), text);
  await page.locator('[data-field="delivery-loss"]').fill("30");
  await page.locator('[data-field="delivery-loss"]').press("Enter");
  await page.waitForFunction(() => /truncated/.test(document.querySelector('[data-figure="assembly"]').textContent));
  assert.ok(text.startsWith(await figure(page, "assembled").textContent()));
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), "nothing is wider than the screen");
});

onPage("Benchmarks opens with an example, and not over a baseline of one's own", {}, async (page) => {
  await show(page, "benchmarks");
  await figure(page, "example").waitFor();
  assert.ok(await figure(page, "distribution").isVisible());
  assert.ok(await page.locator('[data-action="keep"]').isDisabled());
  await page.locator('[data-action="run"]').click();
  await figure(page, "example").waitFor({ state: "detached" });
  await page.locator('[data-action="keep"]').click();
  await figure(page, "baseline").getByText(/requests/).waitFor();
  await show(page, "client");
  await show(page, "benchmarks");
  await figure(page, "baseline").getByText(/requests/).waitFor();
  assert.equal(await page.locator(".benchmarks [data-figure=example]").count(), 0);
});
