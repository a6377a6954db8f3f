// Work as it is kept, linked, compared and shared.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { deflateRawSync, inflateRawSync } from "node:zlib";

import { figure, fresh, launch, onSite, open, preset, press, serve, show } from "./site.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const onPage = onSite({ test, before, after });
const clipboard = { context: { permissions: ["clipboard-read", "clipboard-write"] } };

const field = (page, name) => page.locator(`[data-field="${name}"]`);
const notice = (page, key) => page.locator(`[data-notice="${key}"]`);
const type = async (page, name, text) => {
  await field(page, name).fill(text);
  await field(page, name).press("Enter");
};
const linkOf = (document) => `#v1.${deflateRawSync(JSON.stringify(document)).toString("base64url")}`;
const documentOf = (link) => JSON.parse(inflateRawSync(Buffer.from(link.split("#v1.")[1], "base64url")).toString());
const kept = (page) => page.evaluate(() => JSON.parse(localStorage.getItem("rehearsal.draft")));
const fragment = (page) => page.evaluate(() => location.hash);

/** Opens another fragment in the same tab, as a pasted address does. */
const go = (page, hash) => page.evaluate((hash) => (location.hash = hash), hash);

onPage("what is edited is there again after a reload", {}, async (page) => {
  await type(page, "daily_messages", "2M");
  await page.waitForFunction(() => localStorage.getItem("rehearsal.draft"));
  await page.reload();
  await fresh(page);
  assert.equal(await figure(page, "cost_day").textContent(), "$3,918.43");
  // What was edited last is kept although the page is left at once.
  await type(page, "daily_messages", "3M");
  await page.reload();
  await fresh(page);
  assert.equal(await field(page, "daily_messages").inputValue(), "3,000,000");
});

onPage("a link shows exactly what it was copied from", clipboard, async (page, view) => {
  await preset(page, "launch-day");
  await press(page, "pin");
  await type(page, "daily_messages", "2.5M");
  await fresh(page);
  const digest = await figure(page, "digest").textContent();
  await press(page, "copy-link");
  await page.waitForFunction(() => document.querySelector('[data-command="copy-link"]').textContent === "Copied!");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(link, page.url());
  assert.equal(documentOf(link).scenario.daily_messages, 2_500_000);
  assert.equal(documentOf(link).pinned.daily_messages, 1_600_000);
  const other = await view.context.newPage();
  await other.goto(link);
  await fresh(other);
  assert.equal(await figure(other, "digest").textContent(), digest);
  await other.waitForSelector('[data-delta="p95"] .was');
  // One's own link is no news.
  await page.reload();
  await fresh(page);
  assert.equal(await page.locator("[data-notice]").count(), 0);
  // An edit makes the address old.
  await type(page, "daily_messages", "1M");
  await page.waitForFunction(() => location.hash === "");
});

onPage("a link never costs work", {}, async (page) => {
  await type(page, "daily_messages", "2M");
  await page.waitForFunction(() => localStorage.getItem("rehearsal.draft"));
  await go(page, linkOf({ version: 1, scenario: { daily_messages: 7000 } }));
  await notice(page, "ui_link_opened").waitFor();
  assert.equal(await field(page, "daily_messages").inputValue(), "7,000");
  assert.equal((await kept(page)).scenario.daily_messages, 2e6, "looking at a link keeps nothing of it");
  await page.getByRole("button", { name: "Back to my work" }).click();
  assert.equal(await field(page, "daily_messages").inputValue(), "2,000,000");
  // Editing what a link brought saves one's own work aside under a name.
  await go(page, linkOf({ version: 1, scenario: { daily_messages: 8000 } }));
  await notice(page, "ui_link_opened").waitFor();
  await type(page, "daily_messages", "9000");
  await page.waitForFunction(() => JSON.parse(localStorage.getItem("rehearsal.scenarios") ?? "{}").scenarios?.Draft);
  const saved = await page.evaluate(() => JSON.parse(localStorage.getItem("rehearsal.scenarios")).scenarios.Draft);
  assert.equal(saved.scenario.daily_messages, 2e6);
});

onPage("bad links say so and change nothing", {}, async (page) => {
  await type(page, "daily_messages", "2M");
  const check = async (hash, key) => {
    await go(page, hash);
    await notice(page, key).waitFor();
    assert.equal(await field(page, "daily_messages").inputValue(), "2,000,000", key);
    await notice(page, key).getByRole("button", { name: "Close" }).click();
  };
  const good = linkOf({ version: 1, scenario: {} });
  await check("#v1.", "ui_link_damaged");
  await check("#v1.%%%", "ui_link_damaged");
  await check(good.slice(0, -4), "ui_link_damaged");
  await check(`#v1.${Buffer.from("not deflated").toString("base64url")}`, "ui_link_damaged");
  await check(linkOf("text"), "ui_link_refused");
  await check(linkOf({ version: 1, scenario: { types: [{ name: "a", share_pct: 400 }] } }), "ui_link_refused");
  await check(linkOf({ version: 9, scenario: {} }), "ui_link_refused");
  await check("#v2.AAAA", "ui_link_later");
  // 200 MB of nothing in 200 kB.
  const bomb = deflateRawSync(Buffer.alloc(200_000_000, 32), { level: 9 }).toString("base64url");
  await check(`#v1.${bomb}`, "ui_link_too_large");
  await check(linkOf({ scenario: { types: Array.from({ length: 100_000 }, (_, i) => ({ name: `${i}`, share_pct: 0 })) } }), "ui_link_refused");
  await check(`#v1.${deflateRawSync("[".repeat(100_000)).toString("base64url")}`, "ui_link_refused");
  // A place on the page is no link.
  await go(page, "#main");
  assert.equal(await page.locator("[data-notice]").count(), 0);
});

for (const [name, expected] of [
  ["0.1-everything", "500,000"],
  ["0.1-scenario-alone", "250,000"],
  ["0.1-for-viewing", "1,000,000"],
]) {
  onPage(`the frozen link ${name} opens`, { path: readFileSync(`${root}/tests/links/${name}.txt`, "utf8").trim() }, async (page) => {
    const everything = name.endsWith("everything");
    const viewed = name.endsWith("for-viewing");
    const shown = viewed ? page.locator('[data-shown="daily_messages"] b') : field(page, "daily_messages");
    const text = await (viewed ? shown.textContent() : shown.inputValue());
    assert.equal(text, everything ? "[800,000, 1,200,000]" : expected);
  });
}

onPage("a shared result is looked at, and edited as a copy", {}, async (page) => {
  await go(page, linkOf({ version: 1, read_only: true, preset: "no-cache", scenario: { daily_messages: 5000 } }));
  await notice(page, "ui_read_only").waitFor();
  const shown = (name) => page.locator(`[data-shown="${name}"] b`);
  assert.equal(await shown("daily_messages").textContent(), "5,000");
  assert.equal(await page.locator("[data-preset]").count(), 0);
  // A report: everything it rests on is there to be read, and nothing is there that does nothing.
  assert.equal(await page.locator("main :is(button, input, select):disabled:visible").count(), 0);
  assert.equal(await page.locator("main :is(input[type=text], input[type=range]):visible").count(), 0);
  assert.equal(await figure(page, "inputs").locator("tbody tr").count(), 5);
  await page.locator(".strip select").selectOption("2");
  assert.equal(await shown("output").textContent(), "250");
  await page.keyboard.press("Control+z");
  assert.equal(await shown("daily_messages").textContent(), "5,000");
  await page.locator('[data-action="edit-copy"]').click();
  await type(page, "daily_messages", "6000");
  assert.equal(await field(page, "daily_messages").inputValue(), "6,000");
});

onPage("damaged storage costs nothing but what was damaged", {}, async (page) => {
  await page.evaluate(() => {
    localStorage.setItem("rehearsal.draft", "{\"version\": 1, \"scenario\": {\"types\": 5}}");
    sessionStorage.clear();
    localStorage.setItem("rehearsal.scenarios", "not json");
  });
  await page.reload();
  await fresh(page);
  await notice(page, "ui_draft_broken").waitFor();
  await notice(page, "ui_scenarios_broken").waitFor();
  assert.match(await notice(page, "ui_draft_broken").textContent(), /scenario\.types/);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    notice(page, "ui_draft_broken").getByRole("button", { name: "Save it as a file" }).click(),
  ]);
  assert.match(readFileSync(await download.path(), "utf8"), /"types": 5/);
  assert.equal(await page.evaluate(() => localStorage.getItem("rehearsal.broken.scenarios")), "not json");
  assert.equal(await figure(page, "cost_day").textContent(), "$1,959.21");
});

onPage("one damaged scenario hides no other, and no copy takes another's place", {}, async (page) => {
  const damage = async (text) => {
    await page.evaluate((text) => localStorage.setItem("rehearsal.scenarios", text), text);
    await page.reload();
    await fresh(page);
    await notice(page, "ui_scenarios_broken").waitFor();
  };
  const [good, bad] = [4321, "x"].map((daily_messages) => ({ scenario: { daily_messages } }));
  await damage(JSON.stringify({ version: 1, scenarios: { good, bad } }));
  const kept = await page.evaluate(() => localStorage.getItem("rehearsal.scenarios"));
  assert.match(kept, /4321/);
  assert.doesNotMatch(kept, /"bad"/);
  await damage("another one {");
  const copies = await page.evaluate(() => ["", ".2"].map((number) => localStorage.getItem(`rehearsal.broken.scenarios${number}`)));
  assert.match(copies[0], /"bad"/);
  assert.equal(copies[1], "another one {");
});

onPage("a browser that keeps nothing says so", {}, async (page) => {
  await page.evaluate(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });
  await type(page, "daily_messages", "2M");
  await notice(page, "ui_not_kept").waitFor();
  assert.equal(await field(page, "daily_messages").inputValue(), "2,000,000");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    notice(page, "ui_not_kept").getByRole("button", { name: "Save as a file" }).click(),
  ]);
  assert.equal(JSON.parse(readFileSync(await download.path(), "utf8")).scenario.daily_messages, 2e6);
});

onPage("scenarios are saved under names, and two tabs do not overwrite each other", {}, async (page, view) => {
  await type(page, "daily_messages", "2M");
  assert.equal(await figure(page, "modified").textContent(), "changed");
  await field(page, "name").fill("Ours");
  await field(page, "name").press("Enter");
  await page.getByText("Saved in this browser as “Ours”.").waitFor();
  assert.equal(await figure(page, "modified").textContent(), "");
  await page.waitForFunction(() => JSON.parse(localStorage.getItem("rehearsal.draft"))?.revision === 1);
  const other = await view.context.newPage();
  await other.goto(page.url());
  await fresh(other);
  assert.equal(await field(other, "name").inputValue(), "Ours");
  await type(other, "daily_messages", "3M");
  await press(other, "save");
  await other.getByText("Saved in this browser as “Ours”.").waitFor();
  await type(page, "daily_messages", "4M");
  await press(page, "save");
  await page.getByText("Saved in this browser as “Ours 2”.").waitFor();
  const saved = await page.evaluate(() => JSON.parse(localStorage.getItem("rehearsal.scenarios")).scenarios);
  assert.deepEqual(Object.entries(saved).map(([name, one]) => [name, one.scenario.daily_messages]), [["Ours", 3e6], ["Ours 2", 4e6]]);
});

onPage("files are opened, and refused with line and column", {}, async (page) => {
  const choose = (text) =>
    field(page, "open-file").setInputFiles({ name: "mine.json", mimeType: "application/json", buffer: Buffer.from(text) });
  await choose('{\n  "types": [{"name": "a", "share_pct": "x"}]\n}');
  await notice(page, "ui_file_refused").waitFor();
  assert.match(await notice(page, "ui_file_refused").textContent(), /mine\.json cannot be opened.*2:40 types\[0\]\.share_pct/s);
  assert.equal(await figure(page, "cost_day").textContent(), "$1,959.21");
  await choose('{"daily_messages": 500000}');
  await page.getByText("The file is open now.").waitFor();
  assert.equal(await field(page, "daily_messages").inputValue(), "500,000");
  assert.equal(await page.locator("[data-notice]").count(), 0);
  await page.locator('[data-action="toast-undo"]').click();
  assert.equal(await field(page, "daily_messages").inputValue(), "1,000,000");
  // What is not known is not passed over in silence.
  await choose('{"daily_messages": 5, "dailymessages": 6}');
  await notice(page, "ui_ignored").waitFor();
  assert.match(await notice(page, "ui_ignored").textContent(), /dailymessages/);
  assert.equal(await field(page, "daily_messages").inputValue(), "5");
});

onPage("every figure is compared with what was pinned", {}, async (page) => {
  await press(page, "pin");
  assert.match(await page.locator('[data-delta="cost_day"]').textContent(), /A: \$1,959\.21.*same as A/);
  await preset(page, "no-cache");
  await fresh(page);
  assert.match(await page.locator('[data-delta="cost_day"]').textContent(), /\+\$189\.79 \(\+9\.7%\) more/);
  assert.match(await page.locator('[data-delta="p50"]').textContent(), /\+[\d.]+ ms \(\+[\d.]+%\) slower/);
  assert.match(await page.locator('section[aria-labelledby="cost-title"] tfoot').textContent(), /\+\$189\.79/);
  await page.waitForFunction(() => document.querySelector('section[aria-labelledby="latency-title"] tfoot .delta')?.textContent !== "–");
  // A is drawn in the charts, too.
  await page.waitForSelector('[data-chart="latency"] path.outline');
  await show(page, "latency");
  for (const chart of ["hours", "load"]) {
    await page.waitForFunction((chart) => document.querySelectorAll(`[data-chart="${chart}"] path.pinned`).length === 3, chart);
  }
  await page.locator('[data-chart="hours"] summary').click();
  await page.locator('[data-table="hours"]').click();
  await page.waitForSelector('[data-chart="hours"] th[scope="col"]');
  const columns = await page.locator('[data-chart="hours"] th[scope="col"]').allTextContents();
  assert.deepEqual(columns.slice(2, 8), ["P50", "P95", "P99", "A P50", "A P95", "A P99"]);
  await press(page, "swap");
  await fresh(page);
  assert.match(await page.locator('[data-delta="cost_day"]').textContent(), /−\$189\.79 \(−8\.8%\) less/);
  // Another seed simulates both anew.
  await show(page, "what-if");
  await page.locator('[data-group="traffic"] > summary').click();
  await type(page, "seed", "7");
  await fresh(page);
  await page.waitForFunction(() => /slower|faster/.test(document.querySelector('[data-delta="p50"]').textContent));
  await press(page, "unpin");
  assert.equal(await page.locator("[data-delta]").count(), 0);
  await page.locator('[data-action="toast-undo"]').click();
  assert.equal(await page.locator("[data-delta]").count(), 5);
});

onPage("up to three are pinned as columns with names, which a link and every export carry", clipboard, async (page, view) => {
  const columns = figure(page, "compare").locator("thead th");
  await press(page, "pin");
  await preset(page, "no-cache");
  await press(page, "pin");
  await preset(page, "all-sonnet");
  await fresh(page);
  await page.waitForFunction(() => document.querySelectorAll('[data-figure="compare"] thead th').length === 3);
  await page.locator('[data-field="column-1"]').fill("Bare");
  await page.locator('[data-field="column-1"]').press("Enter");
  await page.waitForFunction(() => [...document.querySelectorAll('[data-figure="compare"] tbody tr td:nth-child(3)')].every((cell) => /\d/.test(cell.textContent)));
  await press(page, "share");
  const form = figure(page, "form");
  await form.filter({ hasText: "B · Bare" }).waitFor();
  await page.locator("dialog.desk .choice select").selectOption("csv");
  await form.filter({ hasText: /^Bare,all,/m }).waitFor();
  await page.locator('[data-action="close-dialog"]').click();
  await press(page, "copy-link");
  await page.waitForFunction(() => document.querySelector('[data-command="copy-link"]').textContent === "Copied!");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.deepEqual(documentOf(link).pinned.map(({ name }) => name), [undefined, "Bare"]);
  const other = await view.context.newPage();
  await other.goto(link);
  await other.waitForFunction(() => document.querySelector('[data-field="column-1"]')?.value === "Bare");
  await other.close();
  await page.locator('[data-edit-column="1"]').click();
  await page.waitForFunction(() => document.querySelector('[data-figure="cost_day"]').textContent === "$2,149.00");
  await page.locator('[data-remove-column="0"]').click();
  await page.waitForFunction(() => document.querySelectorAll('[data-figure="compare"] thead th').length === 2);
  assert.equal(await page.locator('[data-field="column-0"]').inputValue(), "Bare");
});

onPage("the whole answer is a picture, and one page of A4", {}, async (page) => {
  await press(page, "pin");
  await show(page, "latency");
  await page.waitForSelector('[data-chart="load"]');
  await press(page, "share");
  const arrives = page.waitForEvent("download");
  await page.locator('[data-action="picture"]').click();
  const download = await arrives;
  assert.equal(download.suggestedFilename(), "answer-reference.png");
  await page.evaluate(() => (globalThis.print = () => {}));
  await page.locator('[data-action="print"]').click();
  assert.match(await page.locator("#sheet").textContent(), /1,000,000 messages a day cost \$1,959\.21 a day/);
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
  assert.equal(pdf.match(/\/Type\s*\/Page\b(?!s)/g).length, 1);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  assert.equal(await page.locator("#sheet").count(), 0);
});

onPage("presets are one click away, and the puzzle keeps its secret", {}, async (page) => {
  assert.equal(await page.locator('[data-preset="reference"]').getAttribute("aria-pressed"), "true");
  for (const key of ["all-sonnet", "no-cache", "launch-day", "noon-throttled", "current-models", "with-generation"]) {
    await preset(page, key);
    await fresh(page);
    assert.match(await figure(page, "cost_day").textContent(), /^\$[\d,.]+$/, key);
  }
  await preset(page, "puzzle");
  await page.getByText("Throttled attempts").waitFor();
  assert.equal(await page.getByText("64,000 is the longest answer").count(), 0);
  await page.locator('[data-action="show-solution"]').click();
  await page.getByText("64,000 is the longest answer").waitFor();
  await page.locator('[data-action="mend"]').click();
  await fresh(page);
  assert.equal(await page.getByText("Throttled attempts").count(), 0);
});

onPage("shares hang together, locks hold them, and types can be moved", {}, async (page) => {
  const shares = () => page.locator('[data-field^="share-"]').evaluateAll((all) => all.map((input) => Number(input.value)));
  await page.locator('[data-type="1"] [data-action="lock"]').click();
  await type(page, "share-0", "40%");
  assert.deepEqual(await shares(), [40, 30, 12, 9, 9]);
  assert.equal(await field(page, "share-1").isDisabled(), true);
  // What is locked leaves less to give away, and the field says how much.
  await field(page, "share-0").fill("80");
  await page.getByText("a number from 0 to 70").waitFor();
  await page.keyboard.press("Escape");
  // A lock is part of the work that is kept.
  const lock = page.locator('[data-type="1"] [data-action="lock"]');
  await page.waitForFunction(() => localStorage.getItem("rehearsal.draft")?.includes('"locks":["product_lookup"]'));
  await page.reload();
  await fresh(page);
  assert.equal(await lock.getAttribute("aria-pressed"), "true");
  await page.locator('[data-type="0"] [data-action="duplicate"]').click();
  assert.deepEqual(await shares(), [20, 20, 30, 12, 9, 9]);
  const names = () => page.locator('[data-field="type-name"]').evaluateAll((all) => all.map((input) => input.value));
  await page.locator('[data-type="2"] [data-action="up"]').click();
  assert.deepEqual((await names()).slice(0, 3), ["greeting_faq", "product_lookup", "greeting_faq_2"]);
  await page.waitForFunction(() => document.activeElement.value === "product_lookup");
  await page.keyboard.press("Alt+ArrowUp");
  assert.equal((await names())[0], "product_lookup");
  await page.locator('[data-type="0"] [data-action="remove"]').click();
  assert.ok(Math.abs((await shares()).reduce((a, b) => a + b) - 100) < 1e-9, "what is shown adds up");
  await page.locator('[data-action="toast-undo"]').click();
  assert.equal((await names()).length, 6);
  // Ranges are typed where numbers are.
  await type(page, "input-3", "[250, 350]");
  assert.equal(await field(page, "input-3").inputValue(), "[250, 350]");
  await page.locator("h2").first().click();
  await page.keyboard.press("Control+z");
  assert.equal(await field(page, "input-3").inputValue(), "300");
  await page.keyboard.press("Control+Shift+z");
  assert.equal(await field(page, "input-3").inputValue(), "[250, 350]");
  for (const [typed, shown] of [["[10%, 20%]", "[10, 20]"], ["[30,60]", "[30, 60]"], ["[80, 90]", "[80, 90]"]]) {
    await type(page, "hit-3", typed);
    assert.equal(await field(page, "hit-3").inputValue(), shown);
  }
});

/** What can be set and does not say why it is as it is; names are as they are, and one type is only chosen to be looked at. */
const unexplained = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll(":is(.strip, .editor) :is([data-field], [data-toggle], select)")]
      // What the strip repeats of a type says why in its card.
      .filter((control) => !control.closest(".strip .choice") && !control.matches('[data-field^="strip-"]'))
      .filter((control) => !control.matches('[data-field$="name"], [data-group="types"] > .fields > .choice select'))
      .filter((control) => {
        const box = control.closest(".spread") ?? control.closest(".optional") ?? control.closest(".field");
        return !(control.closest(".hours") ? control.closest(".hours").previousElementSibling.matches(".hint") : box?.querySelector(".why"));
      })
      .map((control) => control.dataset.field ?? control.dataset.toggle ?? control.closest("label").textContent),
  );

onPage("every default says why, and a field goes back to it", {}, async (page) => {
  await page.waitForSelector("#details [data-group]");
  assert.deepEqual(await unexplained(page), []);
  await type(page, "daily_messages", "5M");
  const why = page.locator('label:has([data-field="daily_messages"]) + .why');
  await why.locator("summary").click();
  await why.getByRole("button", { name: "Back to 1,000,000" }).click();
  assert.equal(await field(page, "daily_messages").inputValue(), "1,000,000");
});

const dialog = (page) => page.locator("dialog.desk");

onPage("the palette finds and runs what there is", {}, async (page) => {
  await page.keyboard.press("Control+k");
  await field(page, "palette").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.field), "palette");
  await page.keyboard.type("pin to compare");
  assert.deepEqual(await dialog(page).locator('[role="option"]').allTextContents(), ["Pin to compare"]);
  await page.keyboard.press("Enter");
  await dialog(page).waitFor({ state: "detached" });
  await page.waitForSelector("[data-delta]");
  // A preset is found there as well, and a shortcut works while someone types.
  await field(page, "daily_messages").focus();
  await page.keyboard.press("Control+k");
  await field(page, "palette").waitFor();
  await page.keyboard.type("launch");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await page.waitForSelector('[data-preset="launch-day"][aria-pressed="true"]', { state: "attached" });
  await page.keyboard.press("Control+k");
  await field(page, "palette").waitFor();
  await page.keyboard.type("nothing like this");
  await page.getByText("No results.").waitFor();
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "detached" });
});

onPage("the palette leads to fields and panels, and takes a model for everything", {}, async (page) => {
  const found = () => dialog(page).locator('[role="option"] span').allTextContents();
  const look = async (text) => {
    await page.keyboard.press("Control+k");
    await field(page, "palette").fill(text);
  };
  await look("monthly");
  for (const name of ["Cost a month", "Days in the month"]) assert.ok((await found()).includes(name), `${name}: ${await found()}`);
  await field(page, "palette").fill("burndown");
  assert.equal((await found()).length, 1);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.dataset.toggle === "tpm");
  await look("from your own logs");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.closest('[data-panel="import"]'));
  assert.equal(new URL(page.url()).hash, "#logs");
  const before = await figure(page, "cost_day").textContent();
  await look("haiku 4.5");
  await dialog(page).getByText(/^Answer everything with Claude Haiku 4\.5/).first().click();
  await page.waitForFunction((before) => document.querySelector('[data-figure="cost_day"]').textContent !== before, before);
  assert.match(await page.locator('[data-shown="model"] b').textContent(), /^Claude Haiku 4\.5[^,]*$/);
  await page.getByRole("button", { name: "Undo" }).first().click();
  await page.waitForFunction((before) => document.querySelector('[data-figure="cost_day"]').textContent === before, before);
});

onPage("help lists the shortcuts", {}, async (page) => {
  await page.locator("h2").first().click();
  await page.keyboard.press("?");
  await dialog(page).getByText("Ctrl+Shift+Z").waitFor();
  await page.locator('[data-action="close-dialog"]').click();
  await dialog(page).waitFor({ state: "detached" });
  // In a field it is a letter.
  await field(page, "name").focus();
  await page.keyboard.type("why?");
  assert.equal(await field(page, "name").inputValue(), "why?");
  assert.equal(await dialog(page).count(), 0);
});

onPage("saved scenarios are renamed, copied, deleted, and go out and in", {}, async (page) => {
  await type(page, "daily_messages", "2M");
  await field(page, "name").fill("Ours");
  await field(page, "name").press("Enter");
  await press(page, "scenarios");
  const names = () => dialog(page).locator("[data-saved]").evaluateAll((all) => all.map((item) => item.dataset.saved));
  await page.waitForSelector('[data-saved="Ours"]');
  await page.locator('[data-action="duplicate-saved"]').click();
  await page.waitForSelector('[data-saved="Ours 2"]');
  await page.locator('[data-saved="Ours 2"] input').fill("Theirs");
  await page.locator('[data-saved="Ours 2"] input').press("Tab");
  await page.waitForSelector('[data-saved="Theirs"]');
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator('[data-action="export-saved"]').click()]);
  const all = readFileSync(await download.path());
  await page.locator('[data-saved="Theirs"] [data-action="delete-saved"]').click();
  await page.waitForSelector('[data-saved="Theirs"]', { state: "detached" });
  await page.locator('[data-action="restore"]').click();
  await page.waitForSelector('[data-saved="Theirs"]');
  for (const name of ["Theirs", "Ours"]) {
    await page.locator(`[data-saved="${name}"] [data-action="delete-saved"]`).click();
    await page.waitForSelector(`[data-saved="${name}"]`, { state: "detached" });
  }
  const choose = (buffer) => field(page, "import-saved").setInputFiles({ name: "all.json", mimeType: "application/json", buffer });
  await choose(Buffer.from('{"version": 1, "scenarios": {"a": {"scenario": {"seed": "x"}}}}'));
  await dialog(page).getByText(/1:\d+ scenarios\.a\.scenario\.seed/).waitFor();
  assert.deepEqual(await names(), []);
  await choose(all);
  await page.waitForSelector('[data-saved="Theirs"]');
  assert.deepEqual(await names(), ["Ours", "Theirs"]);
  await page.locator('[data-saved="Theirs"] [data-action="open-saved"]').click();
  await dialog(page).waitFor({ state: "detached" });
  assert.equal(await field(page, "name").inputValue(), "Theirs");
  assert.equal(await field(page, "daily_messages").inputValue(), "2,000,000");
});

onPage("results and inputs go out in other forms", clipboard, async (page) => {
  await press(page, "share");
  const form = figure(page, "form");
  await form.getByText("$1,959.21").waitFor();
  assert.match(await form.textContent(), /\| greeting_faq \| 20\d,\d{3} \|/);
  assert.ok((await form.textContent()).includes(await figure(page, "digest").textContent()), "the same day as on the screen");
  await page.locator('[data-action="copy-form"]').click();
  await page.waitForFunction(() => document.querySelector('[data-action="copy-form"]').textContent === "Copied!");
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^## /);
  for (const [key, expected] of [["csv", /^scenario,query_type,messages/], ["cli", /rehearsal simulate/], ["js", /from "rehearsal"/], ["json", /"daily_messages"/]]) {
    await dialog(page).getByLabel("Format").selectOption(key);
    assert.match(await form.textContent(), expected);
  }
  await page.locator('[data-action="copy-view-link"]').click();
  await page.waitForFunction(() => document.querySelector('[data-command="copy-link"]').textContent === "Copied!");
  assert.equal(documentOf(await page.evaluate(() => navigator.clipboard.readText())).read_only, true);
  assert.equal(await fragment(page), "", "one's own page stays one's own");
});

onPage("everything of a scenario can be edited", {}, async (page) => {
  const bill = () => figure(page, "cost_day").textContent();
  const open = async (key) => {
    await page.locator(`#details [data-group="${key}"] > summary`).click();
  };
  await page.waitForSelector("#details [data-group]");
  await open("types");
  await page.locator('#details [data-group="types"] select').first().selectOption("2");
  const before = await bill();
  await type(page, "system-tokens", "2000");
  assert.notEqual(await bill(), before);
  const with_prompt = await bill();
  await page.locator('[data-toggle="prompt-cache"]').click();
  await page.locator('[data-action="split-route"]').click();
  await page.waitForSelector('[data-field="route-share-1"]');
  assert.notEqual(await bill(), with_prompt);
  await type(page, "route-share-0", "60");
  await page.waitForFunction(() => document.querySelector('[data-field="route-share-1"]').value === "40");
  await open("models");
  await page.locator('#details [data-group="models"] select').first().selectOption("ttft");
  await fresh(page);
  await open("stages");
  await page.locator('[data-action="stage-add"]').click();
  await type(page, "stage-0-0-time-mean", "120ms");
  await open("people");
  assert.deepEqual(await unexplained(page), []);
  await type(page, "hour-12", "9");
  await fresh(page);
  assert.equal(await page.locator('select:has(option[value="noon-peak"])').inputValue(), "");
  for (let i = 0; i < 8; i++) await page.getByRole("button", { name: "Undo" }).click();
  assert.equal(await bill(), "$1,959.21");
});

onPage("a dropped scenario is opened", {}, async (page) => {
  await page.waitForSelector('[data-panel="import"]', { state: "attached" });
  const drop = async (text) => {
    const transfer = await page.evaluateHandle((text) => {
      const data = new DataTransfer();
      data.items.add(new File([text], "mine.json", { type: "application/json" }));
      return data;
    }, text);
    await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  };
  await drop(JSON.stringify({ version: 1, scenario: { daily_messages: 5000, types: [{ name: "a", share_pct: 100, model: "haiku" }] } }));
  await page.waitForFunction(() => document.querySelector('[data-field="daily_messages"]').value === "5,000");
  await drop('{"daily_messages": -1}');
  await notice(page, "ui_file_refused").waitFor();
});

/** A page whose host has this team.json. */
const withTeam = (name, team, action) =>
  test(name, async () => {
    const site = await serve();
    const browser = await launch();
    const prepare = (context) => context.route("**/team.json", (route) => route.fulfill(team));
    try {
      const { page } = await open(browser, site.address, { prepare });
      await fresh(page);
      await action(page);
    } finally {
      await browser.close();
      await site.close();
    }
  });

withTeam(
  "a team's file brings its name, presets and figures",
  { contentType: "application/json", body: readFileSync(`${root}/docs/team.example.json`, "utf8") },
  async (page) => {
    await page.getByText("Manga Shop").waitFor();
    await page.waitForFunction(() => document.querySelector('[data-field="slo"]').value === "2,000");
    assert.equal(await figure(page, "modified").textContent(), "");
    await preset(page, "team-0");
    assert.equal(await field(page, "slo").inputValue(), "1,500");
    assert.equal(await field(page, "daily_messages").inputValue(), "2,000,000");
  },
);
withTeam("a team's file that is wrong is named with its place", { body: '{"version": 1,\n "discount_pct": 120}' }, async (page) => {
  await notice(page, "ui_team_refused").waitFor();
  assert.match(await notice(page, "ui_team_refused").textContent(), /2:18 discount_pct/);
  assert.equal(await figure(page, "cost_day").textContent(), "$1,959.21");
});
withTeam("a team's file that is too large is not read", { body: " ".repeat(3_000_000) }, async (page) => {
  await notice(page, "ui_team_unreachable").waitFor();
});
withTeam("no team's file is nothing to talk about", { status: 404, body: "" }, async (page) => {
  assert.equal(await page.locator("[data-notice]").count(), 0);
});
