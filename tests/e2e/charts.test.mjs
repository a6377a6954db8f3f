// The charts: read by mouse and keyboard, asked by dragging, as a table, and as files.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { figure, onSite, show } from "./site.mjs";

const onSitePage = onSite({ test, before, after });

/** A test on the charts as they stay: they come after the first figures, and take the width they find. */
const onPage = (name, options, action) =>
  onSitePage(name, options, async (page, view) => {
    await show(page, "latency");
    await page.waitForFunction(() => {
      const plots = [...document.querySelectorAll(".results .plot")];
      return plots.length === 4 && plots.every((plot) => Number(plot.firstElementChild.getAttribute("width")) === plot.clientWidth);
    });
    await action(page, view);
  });

const chart = (page, id) => page.locator(`[data-chart="${id}"]`);
/** The menu of a chart's tools, open. */
const tools = async (page, id) => {
  const found = chart(page, id).locator(".menu");
  if (!(await found.evaluate((menu) => menu.open))) await found.locator("summary").click();
  return found;
};
const reading = (page, id) => page.locator(`[data-reading="${id}"]`).textContent();

onPage("a chart is read under the mouse and with the arrow keys", {}, async (page) => {
  const probe = chart(page, "hours").locator(".probe");
  const hint = await reading(page, "hours");
  await probe.scrollIntoViewIfNeeded();
  const box = await probe.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  assert.match(await reading(page, "hours"), /Hour 1[12]:00 · .*P50 [\d,]+ ms · P95/);
  await page.mouse.move(2, 2);
  assert.equal(await reading(page, "hours"), hint, "the read-out goes with the mouse");
  await probe.focus();
  await page.keyboard.press("Home");
  assert.match(await reading(page, "hours"), /^Hour 0:00/);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("PageUp");
  assert.match(await reading(page, "hours"), /^Hour 11:00/);
  assert.equal(await probe.getAttribute("aria-valuetext"), await reading(page, "hours"), "it is announced");
  await page.keyboard.press("Escape");
  assert.equal(await reading(page, "hours"), hint);
});

onPage("charts over the hours share a cross-hair and a part of the day, by mouse and by keyboard", {}, async (page) => {
  const probe = chart(page, "hours").locator(".probe");
  await probe.scrollIntoViewIfNeeded();
  const box = await probe.boundingBox();
  await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
  await page.waitForSelector('[data-chart="hours"] .tip');
  assert.equal(await chart(page, "traffic").locator(".cross").count(), 1, "the other chart reads the same hour");
  const hour = (text) => text.match(/Hour (\d+):00/)[1];
  assert.equal(hour(await reading(page, "traffic")), hour(await reading(page, "hours")));
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2, { steps: 4 });
  await page.waitForSelector('[data-chart="hours"] .part');
  await page.mouse.up();
  await page.waitForFunction(() => document.querySelectorAll('[data-action="all-hours"]').length === 2);
  await (await tools(page, "hours")).locator("[data-table]").click();
  const rows = chart(page, "hours").locator("tbody tr");
  assert.ok((await rows.count()) > 1 && (await rows.count()) < 12, `${await rows.count()} hours`);
  await page.locator('[data-action="all-hours"]').first().click();
  assert.equal(await rows.count(), 24);
  await probe.focus();
  await page.keyboard.press("Home");
  for (let step = 0; step < 3; step++) await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll('[data-chart="hours"] tbody tr').length === 4);
  await probe.focus();
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelectorAll('[data-chart="hours"] tbody tr').length === 24);
});

onPage("a line is left out and taken in again, and a table is sorted", {}, async (page) => {
  const line = chart(page, "hours").locator('[data-line="P99"]');
  assert.equal(await chart(page, "hours").locator("path.p99").count(), 1);
  await line.click();
  assert.equal(await line.getAttribute("aria-pressed"), "false");
  assert.equal(await chart(page, "hours").locator("path.p99").count(), 0);
  await line.click();
  assert.equal(await chart(page, "hours").locator("path.p99").count(), 1);
  await (await tools(page, "traffic")).locator("[data-table]").click();
  const counts = async () => (await chart(page, "traffic").locator("tbody tr td:nth-child(2)").allTextContents()).map((text) => Number(text.replaceAll(",", "")));
  await chart(page, "traffic").locator('[data-sort="1"]').click();
  const sorted = await counts();
  assert.deepEqual(sorted, [...sorted].sort((a, b) => b - a));
});

onPage("what an hour costs is shown by query type on demand", {}, async (page) => {
  await show(page, "cost");
  // A level line has no height, and so is none that Playwright calls visible.
  await page.waitForSelector('[data-chart="cost-hours"] path.whole', { state: "attached" });
  assert.equal(await chart(page, "cost-hours").locator("path.of-type").count(), 0);
  await chart(page, "cost-hours").locator('[data-line="recommendation"]').click();
  assert.equal(await chart(page, "cost-hours").locator("path.of-type").count(), 1);
});

onPage("a percentile is dragged to ask what share comes within a time", {}, async (page) => {
  const marker = page.locator('[data-marker="P95"]');
  const value = () => marker.getAttribute("aria-valuetext");
  assert.match(await value(), /^95\.0% of messages answered within/);
  await marker.focus();
  for (let i = 0; i < 5; i++) await page.keyboard.press("PageDown");
  const asked = await value();
  assert.ok(Number.parseFloat(asked) < 95, asked);
  assert.equal(await figure(page, "asked").textContent(), asked);
  await page.keyboard.press("Escape");
  assert.match(await value(), /^95\.0% of messages answered within/);

  const label = marker.locator("rect").first();
  await label.scrollIntoViewIfNeeded();
  const box = await label.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 60, box.y + 40, { steps: 4 });
  await page.mouse.up();
  assert.ok(Number.parseFloat(await value()) > 95, await value());
  await page.getByRole("button", { name: "Back to the percentiles" }).click();
  assert.match(await value(), /^95\.0% of messages answered within/);
});

onPage("an axis is linear or logarithmic, and the same numbers are a table", {}, async (page) => {
  const latency = chart(page, "latency");
  const area = () => latency.locator("path.area").getAttribute("d");
  const before = await area();
  await (await tools(page, "latency")).locator('[data-log="latency"]').uncheck();
  assert.notEqual(await area(), before);
  await (await tools(page, "latency")).locator("[data-table]").click();
  const last = latency.locator("tbody tr").last();
  assert.match(await last.textContent(), /100\.0%$/);
});

for (const kind of ["svg", "png", "csv"]) {
  onPage(`a chart is saved as ${kind}`, {}, async (page) => {
    const arrives = page.waitForEvent("download");
    await (await tools(page, "hours")).locator(`[data-export="${kind}"]`).click();
    const download = await arrives;
    assert.equal(download.suggestedFilename(), `hours-reference.${kind}`);
    const bytes = await readFile(await download.path());
    if (kind === "csv") {
      const lines = bytes.toString("utf8").replace("\ufeff", "").trim().split("\r\n");
      assert.match(lines[0], /^Hour,Messages,P50 \(ms\),P95 \(ms\),P99 \(ms\),In time \(%\),Unanswered \(%\)$/);
      assert.equal(lines.length, 25);
      assert.ok(lines.slice(1).every((line) => Number(line.split(",")[3]) > 0));
    } else if (kind === "svg") {
      const text = bytes.toString("utf8");
      assert.match(text, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      assert.doesNotMatch(text, /var\(|class=|light-dark/, "its colours are its own");
      assert.match(text, /stroke="rgb/);
    } else {
      assert.deepEqual([...bytes.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
      assert.ok(bytes.readUInt32BE(16) > 1000, "twice as fine as on the screen");
    }
  });
}

for (const width of [390, 320]) {
  onPage(`labels keep apart at ${width} pixels`, { context: { viewport: { width, height: 800 } } }, async (page) => {
    for (const id of ["latency", "hours", "load"]) {
      await chart(page, id).scrollIntoViewIfNeeded();
      const crossing = await chart(page, id).evaluate((element) => {
        const svg = element.querySelector(".plot > svg");
        const frame = svg.getBoundingClientRect();
        const boxes = [...svg.querySelectorAll("text")].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
        const found = boxes.filter(({ box }) => box.left < frame.left - 1 || box.right > frame.right + 1).map(({ text }) => `${text} leaves the chart`);
        boxes.forEach((a, index) => {
          for (const b of boxes.slice(index + 1)) {
            const apart = a.box.right <= b.box.left || b.box.right <= a.box.left || a.box.bottom - 3 <= b.box.top || b.box.bottom - 3 <= a.box.top;
            if (!apart) found.push(`${a.text} touches ${b.text}`);
          }
        });
        return found;
      });
      assert.deepEqual(crossing, [], id);
    }
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing scrolls sideways");
  });
}
