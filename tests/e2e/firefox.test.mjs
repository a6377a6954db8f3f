// The page in a second engine: Firefox, with all tests (`cargo xtask test --full`) and where there is one.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";

import { figure, fresh, launchFirefox, onSite, show } from "./site.mjs";

/** The first release that has `network.addDataCollector`, which Playwright begins with. */
const OLDEST = 143;
const printed = spawnSync(process.env.FIREFOX ?? "/usr/bin/firefox-esr", ["--version"], { encoding: "utf8" }).stdout ?? "";
const major = Number(printed.match(/Firefox (\d+)/)?.[1] ?? 0);
const tooOld = major < OLDEST && `Firefox ${major} is too old to be driven: it takes ${OLDEST}`;
const skip = !process.env.FULL ? "only with all tests" : major === 0 ? "there is no Firefox" : tooOld;
const onPage = skip ? (name) => test(name, { skip }) : onSite({ test, before, after }, launchFirefox);

onPage("Firefox: the first screen has its figures, and an edit gives new ones", {}, async (page) => {
  assert.equal(await figure(page, "cost_day").textContent(), "$1,959.21");
  assert.match(await figure(page, "answer").textContent(), /95 in 100 people have their answer within/);
  await page.locator('[data-field="daily_messages"]').fill("2M");
  await page.locator('[data-field="daily_messages"]').press("Enter");
  await fresh(page);
  assert.equal(await figure(page, "cost_day").textContent(), "$3,918.43");
});

onPage("Firefox: every view is shown", {}, async (page) => {
  const views = await page.locator("header [data-tab]").evaluateAll((all) => all.map((button) => button.dataset.tab));
  assert.ok(views.length >= 8, `${views}`);
  for (const view of views) {
    await show(page, view);
    await page.waitForFunction(() => {
      const main = document.querySelector("main");
      return main.innerText.length > 200 && !main.querySelector('.loading:not([hidden])');
    });
    if (view !== "what-if") assert.equal(new URL(page.url()).hash, `#${view}`);
  }
});

onPage("Firefox: a link shows what it was made of", {}, async (page, view) => {
  const { deflateRawSync } = await import("node:zlib");
  const text = JSON.stringify({ version: 1, scenario: { daily_messages: 2_000_000 } });
  const other = await view.context.newPage();
  await other.goto(`${page.url()}#v1.${deflateRawSync(text).toString("base64url")}`);
  await fresh(other);
  assert.equal(await figure(other, "cost_day").textContent(), "$3,918.43");
  await other.close();
});

onPage("Firefox: a log is imported", {}, async (page) => {
  await show(page, "logs");
  const calls = Array.from({ length: 20 }, (_, second) => `2026-11-20T10:00:${String(second).padStart(2, "0")}Z,anthropic.claude-3-haiku-20240307-v1:0,500,100`);
  const text = ["timestamp,model,input_tokens,output_tokens", ...calls].join("\n");
  await page.locator('[data-field="log"]').setInputFiles({ name: "usage.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await figure(page, "log").waitFor();
  assert.match(await figure(page, "log").textContent(), /20/);
});
