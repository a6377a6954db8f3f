// Times what a person waits for after an edit, in Chromium on the built site: from the input event
// to the frame that shows the new bill, the first figures of the simulated day, and the whole day.
//
//     cargo xtask dist && node benches/input.mjs [EDITS]
//
// The scenario is the reference at 1,000,000 messages; each edit moves one slider a step.

import { fresh, launch, open, serve } from "../tests/e2e/site.mjs";

const edits = Number(process.argv[2] ?? 60);
const site = await serve();
const browser = await launch();
const { page } = await open(browser, site.address);
await fresh(page);
// A person has moved the pointer before an edit, which starts the worker, and the rest of the page has come.
await page.mouse.move(300, 300);
await page.waitForSelector('[data-panel="import"]', { state: "attached" });
await page.waitForTimeout(1000);
const start = await page.evaluate(() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  return { paint, bill: globalThis.performance.now() };
});
const times = await page.evaluate(async (edits) => {
  const slider = document.querySelector('[data-slider="daily_messages"]');
  const figure = (name) => document.querySelector(`[data-figure="${name}"]`);
  const busy = () => figure("p95").closest("[aria-busy]").getAttribute("aria-busy") === "true";
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const rows = [];
  for (let edit = 0; edit < edits; edit++) {
    const before = { bill: figure("cost_day").textContent, digest: figure("digest")?.textContent };
    slider.value = String(Number(slider.value) + (edit % 2 ? -4 : 4));
    const from = performance.now();
    slider.dispatchEvent(new InputEvent("input", { bubbles: true }));
    slider.dispatchEvent(new Event("change", { bubbles: true }));
    const row = {};
    while (row.day === undefined) {
      await frame();
      const now = performance.now() - from;
      if (now > 30_000) throw new Error("no day after 30 s");
      if (row.bill === undefined && figure("cost_day").textContent !== before.bill) row.bill = now;
      // A preview has figures of its own before the day replaces it.
      if (row.figures === undefined && figure("digest")?.textContent !== before.digest) row.figures = now;
      if (row.bill !== undefined && !busy()) row.day = now;
    }
    row.figures ??= row.day;
    rows.push(row);
    // Let the load curve finish: it is asked for after the day.
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  return rows;
}, edits);
await browser.close();
await site.close();

const quantile = (values, p) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(p * values.length))];
console.log(`first paint ${start.paint?.toFixed(0)} ms after the request\n`);
console.log("| from the input event to | P50 ms | P95 ms | max ms |\n|---|---:|---:|---:|");
for (const [key, name] of [["bill", "the new bill painted"], ["figures", "the first latency figures painted"], ["day", "the whole day painted"]]) {
  const values = times.map((row) => row[key]);
  console.log(`| ${name} | ${[0.5, 0.95, 1].map((p) => quantile(values, p).toFixed(1)).join(" | ")} |`);
}
