// The Benchmarks view, driven as a person would.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { figure, onSite, show as shown, stored } from "./site.mjs";

const onPage = onSite({ test, before, after });

const show = async (page) => {
  await shown(page, "benchmarks");
  await page.waitForSelector(".panes.benchmarks");
};
const button = (page, action) => page.locator(`[data-action="${action}"]`);
const field = (page, name) => page.locator(`[data-field="${name}"]`);
const choose = (page, label, value) =>
  page.locator(".benchmarks label.choice", { has: page.getByText(label, { exact: true }) }).first().locator("select").selectOption(value);
const set = async (page, name, value) => {
  await field(page, name).fill(`${value}`);
  await field(page, name).press("Enter");
};
/** Runs the suite and waits for its result. */
const run = async (page, act = () => button(page, "run").click()) => {
  const results = page.locator("[data-results]");
  const before = await results.getAttribute("data-results");
  await act();
  await page.waitForFunction((before) => document.querySelector("[data-results]").dataset.results !== before, before);
  await button(page, "run").waitFor();
};
const verdicts = (page) => figure(page, "verdicts").locator("tbody tr").evaluateAll((all) => all.map((verdict) => verdict.className.split(" ").pop()));
/** What a click saves: its name and its text. */
const saved = async (page, click) => {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
};
const open = (page, kind, text) =>
  page.locator(`[data-file="${kind}"]`).setInputFiles({ name: "file.json", mimeType: "application/json", buffer: Buffer.from(text) });

onPage("a suite is run, kept, changed, run again and judged", {}, async (page) => {
  await show(page);
  await run(page);
  for (const name of ["distribution", "ecdf", "history", "times"]) assert.ok(await figure(page, name).isVisible(), name);
  assert.equal(await figure(page, "verdicts").count(), 0, "nothing to compare with yet");
  await button(page, "keep").click();
  assert.deepEqual([...new Set(await verdicts(page))], ["pass"]);

  await set(page, "bench-seed", 7);
  await run(page);
  assert.ok(!(await verdicts(page)).includes("regression"), "another seed is no regression");
  await set(page, "slower", 60);
  await run(page);
  assert.ok((await verdicts(page)).includes("regression"));
  assert.match(await figure(page, "verdicts").textContent(), /latency_sonnet: P95 latency rose by .*, with 95 % confidence between/);
  // Both runs were slower: compared with each other nothing happened.
  await run(page);
  await choose(page, "Compare with", "previous");
  assert.deepEqual([...new Set(await verdicts(page))], ["pass"]);
});

onPage("a baseline is kept over a reload and never replaced without a question", {}, async (page) => {
  await show(page);
  await run(page);
  await button(page, "keep").click();
  const kept = async () => (await stored(page, "benchmarks")).baseline;
  const until = async (condition) => {
    for (const end = Date.now() + 10_000; !(await condition()); await page.waitForTimeout(50)) assert.ok(Date.now() < end);
  };
  await until(kept);
  const first = await kept();
  assert.equal(JSON.parse(first).kind, "rehearsal-benchmark");
  await set(page, "bench-seed", 9);
  await run(page);
  await button(page, "keep").click();
  assert.match(await figure(page, "replace").textContent(), /There is a baseline already/);
  await button(page, "leave").click();
  assert.equal(await kept(), first);
  await button(page, "keep").click();
  await button(page, "replace").click();
  await until(async () => JSON.parse(await kept()).seed === 9);
  const again = async () => {
    await page.reload();
    await page.waitForSelector("[role=tab]");
    await show(page);
  };
  await again();
  await figure(page, "baseline").getByText(/seed 9/).waitFor();
  // What an earlier release kept in the small storage moves to the database.
  await button(page, "forget").click();
  await until(async () => !(await kept()));
  await page.evaluate((first) => localStorage.setItem("rehearsal.baseline", first), first);
  await again();
  await figure(page, "baseline").getByText(/requests/).waitFor();
  // One of any size is kept, and said not to be only where it is not.
  const large = JSON.parse(first);
  const [one] = large.benchmarks[0].runs;
  large.benchmarks[0].runs = Array(Math.ceil(6e6 / JSON.stringify(one).length)).fill(one);
  large.seed = 77;
  await button(page, "forget").click();
  await open(page, "baseline", JSON.stringify(large));
  await figure(page, "baseline").getByText(/seed 77/).waitFor();
  await until(async () => (await kept())?.length > 4_500_000);
  assert.doesNotMatch(await figure(page, "baseline").textContent(), /does not keep/);
  await again();
  await figure(page, "baseline").getByText(/seed 77/).waitFor();
});

onPage(
  "where no database is allowed a small baseline is kept as before",
  { prepare: (context) => context.addInitScript(() => { IDBFactory.prototype.open = () => { throw new DOMException("no", "SecurityError"); }; }) },
  async (page) => {
    await show(page);
    await run(page);
    await button(page, "keep").click();
    await page.waitForFunction(() => localStorage.getItem("rehearsal.baseline"));
    await page.reload();
    await page.waitForSelector("[role=tab]");
    await show(page);
    await figure(page, "baseline").getByText(/requests/).waitFor();
  },
);

onPage("every report is exported, and a result comes back as a baseline", {}, async (page) => {
  await show(page);
  await run(page);
  await button(page, "keep").click();
  await set(page, "slower", 60);
  await run(page);
  const report = async (format) => (await saved(page, () => page.locator(`button.small[data-export="${format}"]`).click())).text;
  const json = await report("json");
  assert.equal(JSON.parse(json).kind, "rehearsal-benchmark");
  assert.match(await report("html"), /^<!doctype html>[^]*REGRESSION[^]*<svg/);
  assert.match(await report("markdown"), /\| P95 latency \| REGRESSION \|/);
  assert.match(await report("csv"), /^benchmark,run,request,start_ms,e2e_ms,ttft_ms,cost_usd\n/);
  assert.match(await report("text"), /^REGRESSION {4}/m);
  assert.match(await report("github"), /^::warning title=REGRESSION latency_sonnet::/m);
  assert.ok(JSON.parse(await report("slack")).blocks.length > 3);
  assert.equal(JSON.parse(await report("original")).total_benchmarks, 2);

  await button(page, "forget").click();
  await open(page, "baseline", json);
  await figure(page, "verdicts").waitFor();
  assert.deepEqual([...new Set(await verdicts(page))], ["pass"]);
});

onPage("a baseline of another method is refused with the reason", {}, async (page) => {
  await show(page);
  await run(page);
  const { text } = await saved(page, () => page.locator('[data-export="json"]').click());
  const problem = async (document, expected) => {
    await open(page, "baseline", document);
    await page.locator(".results .problems", { hasText: expected }).waitFor();
    assert.equal(await figure(page, "verdicts").count(), 0);
  };
  await problem("{", "This is not JSON");
  await problem(text.replace('"version":1', '"version":9'), "This document is of version 9");
  await problem(text.replaceAll('"unit":"ms"', '"unit":"s"'), "The units differ: s and ms.");
  assert.match(await figure(page, "baseline").textContent(), /None yet/, "what cannot be read is not kept");
  await problem(text.replace('"clock":"virtual"', '"clock":"real"'), "The baseline has another clock: real instead of virtual.");
});

onPage("a suite is edited, saved and opened", {}, async (page) => {
  await show(page);
  await button(page, "add").click();
  await field(page, "name-2").fill("burst");
  await field(page, "name-2").press("Tab");
  const row = page.locator(".bench-row").nth(2);
  await row.locator("select").nth(1).selectOption("open");
  await set(page, "load-2", 200);
  await row.locator("summary").click();
  await set(page, "warm-up-2", 0);
  await set(page, "timeout-2", 500);
  await row.locator('[data-toggle="rpm-2"]').check();
  await set(page, "rpm-2", 6000);
  const { text } = await saved(page, () => page.getByRole("button", { name: "Save the suite" }).click());
  const suite = JSON.parse(text);
  assert.deepEqual(suite.benchmarks[2], {
    ...suite.benchmarks[1],
    name: "burst",
    warm_up: 0,
    timeout_ms: 500,
    load: { kind: "open", rate_per_s: 200 },
    limits: { rpm: 6000 },
  });
  // A broken suite cannot be run and says why.
  await field(page, "name-2").fill("latency_haiku");
  await field(page, "name-2").press("Tab");
  await page.getByText("Two benchmarks are called “latency_haiku”.").waitFor();
  assert.ok(await button(page, "run").isDisabled());
  await open(page, "suite", text);
  await page.waitForFunction(() => document.querySelector('[data-field="name-2"]').value === "burst");
  await run(page);
  assert.equal(await page.locator("#result-title").textContent(), "latency_sonnet");
  // It is there after a reload.
  await page.reload();
  await page.waitForSelector("[role=tab]");
  await show(page);
  assert.equal(await field(page, "name-2").inputValue(), "burst");
});

onPage("the chain of a chatbot is measured stage by stage", {}, async (page) => {
  await show(page);
  await page.locator("summary", { hasText: "Stages around the model" }).click();
  await page.locator('[data-toggle="chain"]').check();
  await set(page, "stage-3-0", 400);
  await run(page);
  const rows = await figure(page, "times").locator("tbody tr").allTextContents();
  for (const stage of ["Cold start", "Warm path", "gateway", "session store", "embedding", "vector search", "guardrail", "model"]) {
    assert.ok(rows.some((row) => row.startsWith(stage)), `${stage}: ${rows}`);
  }
});

onPage("a long run shows its progress and can be cancelled; real time is measured too", {}, async (page) => {
  await show(page);
  await set(page, "measured", 1_000_000);
  await button(page, "run").click();
  await page.waitForFunction(() => document.querySelector(".benchmarks progress")?.value > 0);
  await button(page, "cancel").click();
  await button(page, "run").waitFor();
  assert.match(await page.locator(".facts").textContent(), /Cancelled/);

  await choose(page, "Target", "mock-real");
  await set(page, "measured", 3);
  await set(page, "runs", 1);
  for (const index of [0, 1]) {
    await page.locator(".bench-row").nth(index).locator("summary").click();
    await set(page, `warm-up-${index}`, 0);
    await set(page, `load-${index}`, 3);
  }
  await run(page);
  const { text } = await saved(page, () => page.locator('[data-export="json"]').click());
  const { environment, benchmarks } = JSON.parse(text);
  assert.deepEqual([environment.clock, environment.client], ["real", "mock"]);
  assert.ok(benchmarks[0].runs[0].e2e_ms.every((ms) => ms > 50));
});

onPage("by keyboard alone", {}, async (page) => {
  await show(page);
  await button(page, "run").focus();
  await run(page, () => page.keyboard.press("Enter"));
  await button(page, "keep").focus();
  await page.keyboard.press("Space");
  await figure(page, "verdicts").waitFor();
  await page.locator('[data-file="baseline"]').focus();
  const outlined = await page.evaluate(() => {
    const label = document.activeElement.closest("label");
    return getComputedStyle(label).outlineStyle !== "none" || getComputedStyle(label).boxShadow !== "none";
  });
  assert.ok(outlined, "the focus of a file button is seen");
});

onPage("in Japanese, on a phone, nothing is wider than the screen", { context: { viewport: { width: 390, height: 844 }, locale: "ja-JP" } }, async (page) => {
  await show(page);
  await run(page);
  await button(page, "keep").click();
  assert.match(await figure(page, "verdicts").textContent(), /[ぁ-ん]/);
  const text = await page.locator(".panes.benchmarks").innerText();
  assert.doesNotMatch(text, /\b(the|Warm|Stages|Compare|Cold)\b/, text);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1));
});
