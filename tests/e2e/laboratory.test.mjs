// The views of the later program, Fixtures and Client, driven as a person would.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { figure, onSite, show as open } from "./site.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const onPage = onSite({ test, before, after });
const fixtureOf = (id) => JSON.parse(readFileSync(`${root}/fixtures/${id}.json`, "utf8"));

/** Opens a view of the later program. */
const show = async (page, name) => {
  await open(page, name);
  await page.waitForSelector("#lab .panes:not([hidden] *)");
};

/** Drops files on an element. */
const drop = async (page, selector, files) => {
  const transfer = await page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const [name, bytes] of list) data.items.add(new File([new Uint8Array(bytes)], name));
    return data;
  }, files.map(([name, content]) => [name, [...Buffer.from(content)]]));
  await page.dispatchEvent(selector, "drop", { dataTransfer: transfer });
};

/** The rest of the page stays as it is, whatever is clicked in the view. */
const shown = async (page) => {
  assert.equal(await page.locator("#lab").isVisible(), true);
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
};

const source = (page) => page.locator('[data-field="source"]');
const choose = (page, label, value) =>
  page.locator("#lab label.choice", { has: page.getByText(label, { exact: true }) }).locator("select").selectOption(value);

onPage("a fixture is replayed to its last character", {}, async (page) => {
  await show(page, "fixtures");
  const count = await page.locator("[data-fixture]").count();
  assert.ok(count >= 40, `${count} fixtures`);
  for (const id of ["manga_recommendation_001", "edge_graphemes_001"]) {
    await page.locator(`[data-fixture="${id}"]`).click();
    await choose(page, "Speed", "16");
    await page.locator('[data-action="step"]').click();
    await page.locator('[data-action="play"]').click();
    await page.waitForFunction(() => {
      const bar = document.querySelector("progress");
      return bar.value === bar.max;
    });
    assert.equal(await figure(page, "answer").textContent(), fixtureOf(id).response_text);
  }
  await page.locator('[data-fixture="error_throttle_001"]').click();
  await page.locator('[data-action="step"]').click();
  assert.equal(await page.locator(".bubble.error").textContent(), "ThrottlingException");
});

onPage("a replay has the original's cadence or the model's", {}, async (page) => {
  await show(page, "fixtures");
  await page.locator('[data-fixture="japanese_greeting_001"]').click();
  const times = async (cadence) => {
    await choose(page, "Cadence", cadence);
    await page.locator('[data-action="restart"]').click();
    for (let i = 0; i < 6; i++) await page.locator('[data-action="step"]').click();
    const cells = await page.locator(".events tr").evaluateAll((rows) =>
      rows.filter((row) => row.querySelector("code").textContent === "contentBlockDelta").map((row) => Number.parseInt(row.cells[0].textContent, 10)),
    );
    return cells.reverse();
  };
  assert.deepEqual((await times("original")).slice(0, 4), [50, 100, 150, 200]);
  const model = await times("model");
  assert.equal(model[0], fixtureOf("japanese_greeting_001").latency_ms);
});

onPage("the library is searched by text and by kind", {}, async (page) => {
  await show(page, "fixtures");
  await page.locator('[data-field="search"]').fill("ギフトラッピング");
  const found = await page.locator("[data-fixture]").evaluateAll((all) => all.map((entry) => entry.dataset.fixture));
  assert.ok(found.includes("gift_wrapping_001") && found.length < 10, found.join());
  await page.locator('[data-field="search"]').fill("");
  await choose(page, "Kind", "error");
  const errors = await page.locator("[data-fixture]").evaluateAll((all) => all.map((entry) => entry.dataset.fixture));
  assert.ok(errors.length >= 12 && errors.every((id) => id.startsWith("error_")), errors.join());
});

onPage("a file is edited with a live lint, and what is broken for a moment stays", {}, async (page) => {
  await show(page, "fixtures");
  await page.locator('[data-fixture="store_hours_001"]').click();
  assert.equal(await figure(page, "lint").textContent(), "Nothing wrong with this file.");
  const before = await source(page).inputValue();
  await source(page).fill(before.replace(/"output_tokens": \d+/, '"output_tokens": 900'));
  assert.match(await figure(page, "lint").textContent(), /900 tokens are declared/);
  await source(page).fill(before.slice(0, -3));
  assert.match(await figure(page, "lint").textContent(), /This is not JSON/);
  assert.equal(await page.locator("#file-title").textContent(), "store_hours_001.json", "the file being edited stays");
  await source(page).fill(before.replace('"store_hours_001"', '"renamed_001"'));
  assert.equal(await page.locator("#player-title").textContent(), "renamed_001");
  assert.equal(await page.locator("#file-title").textContent(), "store_hours_001.json");
  // What was typed is there after a reload; one click brings the product's own file back.
  await page.reload();
  await page.waitForSelector("[role=tab]");
  await show(page, "fixtures");
  await page.locator('[data-fixture="renamed_001"]').click();
  await page.getByRole("button", { name: "Discard" }).click();
  assert.equal(await source(page).inputValue(), before);
});

onPage("a new file begins from a template", {}, async (page) => {
  await show(page, "fixtures");
  for (const [key, id] of [
    ["answer", "my_answer_001"],
    ["answer", "my_answer_002"],
    ["template", "my_template_001_MNG-1"],
  ]) {
    await choose(page, "New…", key);
    assert.equal(await page.locator("#player-title").textContent(), id);
    assert.equal(await figure(page, "lint").textContent(), "Nothing wrong with this file.");
  }
  await page.locator('[data-fixture="my_template_001_MNG-2"]').click();
  assert.match(await source(page).inputValue(), /"table"/);
});

onPage("what a team has is imported by drop, redacted, and exported again", {}, async (page) => {
  await show(page, "fixtures");
  const record = {
    schemaType: "ModelInvocationLog",
    schemaVersion: "1.0",
    requestId: "6c1e7f1e-0000-4000-8000-000000000001",
    operation: "Converse",
    modelId: "anthropic.claude-3-haiku-20240307-v1:0",
    input: { inputBodyJson: { messages: [{ role: "user", content: [{ text: "taro@example.jp に送って" }] }] } },
    output: {
      outputBodyJson: {
        metrics: { latencyMs: 10 },
        output: { message: { role: "assistant", content: [{ text: "承知しました。" }] } },
        stopReason: "end_turn",
        usage: { inputTokens: 5, outputTokens: 4, totalTokens: 9 },
      },
    },
  };
  const log = `${JSON.stringify(record)}\n${JSON.stringify(record)}\nnot a record\n`;
  const own = JSON.stringify({ version: 1, fixture_id: "dropped", prompt: "p", answer: "a" });
  await drop(page, ".panes.fixtures", [["log.json.gz", gzipSync(log)], ["dropped.json", own]]);
  const note = page.locator(".problems.warning");
  await note.waitFor();
  assert.match(await note.textContent(), /2 fixtures imported, 1 left out/);
  await page.locator('[data-fixture^="recorded_"]').click();
  assert.match(await page.locator(".bubble.user").textContent(), /^\{EMAIL\} に送って$/);

  const downloading = page.waitForEvent("download");
  await page.locator('[data-action="export"]').click();
  const bundle = JSON.parse(readFileSync(await (await downloading).path(), "utf8"));
  assert.equal(bundle["dropped.json"], own);
  await page.locator('[data-fixture="dropped"]').click();
  await page.getByRole("button", { name: "Discard" }).click();
  assert.equal(await page.locator('[data-fixture="dropped"]').count(), 0);
  await drop(page, ".panes.fixtures", [["fixtures.json", JSON.stringify({ "dropped.json": own })]]);
  await page.waitForSelector('[data-fixture="dropped"]');
});

const prompt = (page) => page.locator('[data-field="prompt"]');
const send = (page) => page.locator('[data-action="send"]').click();
/** A composer without the example's prompt cache. */
const plain = async (page) => {
  await choose(page, "Model", "anthropic.claude-3-haiku-20240307-v1:0");
  await page.locator('[data-field="system"]').fill("");
};
const panel = (page, name) => page.locator("#lab").getByRole("tab", { name, exact: true }).click();

onPage("a request is composed, sent, and its answer streams", {}, async (page) => {
  await show(page, "client");
  await plain(page);
  const library = page.getByLabel("A prompt from the library");
  await prompt(page).fill("a prompt of nobody");
  assert.equal(await library.evaluate((select) => select.selectedOptions[0].textContent), "–");
  const { prompt_hash: hash, metadata, response_text: text, usage } = fixtureOf("manga_recommendation_001");
  assert.match(hash, /^[0-9a-f]{16}$/);
  await library.selectOption(metadata.prompt);
  assert.equal(await prompt(page).inputValue(), metadata.prompt);
  await prompt(page).press("Control+Enter");
  await figure(page, "example").waitFor({ state: "detached" });
  // It grows: the first look sees less than the last.
  await page.waitForFunction(() => document.querySelector('[data-figure="answer"]')?.textContent.length > 0);
  const early = await figure(page, "answer").textContent();
  assert.ok(text.startsWith(early) && early.length < text.length, `${early.length} of ${text.length}`);
  await choose(page, "Speed", "16");
  await page.waitForFunction((all) => document.querySelector('[data-figure="answer"]').textContent === all, text);
  assert.match(await figure(page, "reason").textContent(), /matched manga_recommendation_001: prompt hash/);
  assert.match(await page.locator("#lab .tiles").textContent(), new RegExp(`${usage.input_tokens} / ${usage.output_tokens}`));
  assert.match(await figure(page, "call_cost").textContent(), /^\$0\.00/);
  await prompt(page).fill("typed over");
  assert.equal(await library.inputValue(), "");
});

onPage("the exchange and every frame are shown, in hexadecimal and decoded", {}, async (page) => {
  await show(page, "client");
  await plain(page);
  await choose(page, "Speed", "0");
  await prompt(page).fill("hello");
  for (const [operation, first] of [
    ["ConverseStream", "messageStart"],
    ["InvokeModelWithResponseStream", "chunk"],
  ]) {
    await choose(page, "Operation", operation);
    await send(page);
    await panel(page, "HTTP");
    const http = await page.locator("#lab pre.code").allTextContents();
    assert.match(http[0], /^POST \/model\/anthropic\.claude-3-haiku-20240307-v1%3A0\//);
    assert.match(http[1], /^HTTP\/1\.1 200\ncontent-type: application\/vnd\.amazon\.eventstream/);
    await panel(page, "Frames");
    const frames = page.locator("ol.frames > li");
    assert.ok((await frames.count()) > 5);
    assert.equal(await frames.first().locator("summary code").textContent(), first);
    await frames.first().locator("summary").click();
    assert.match(await frames.first().locator("pre").first().textContent(), /:message-type: event/);
    const hex = await frames.first().locator("pre.hex").textContent();
    const bytes = hex.split("\n").flatMap((row) => row.slice(8, 56).trim().split(/\s+/)).filter(Boolean);
    // The first four bytes are the frame's length.
    assert.equal(Number.parseInt(bytes.slice(0, 4).join(""), 16), bytes.length);
  }
  await choose(page, "Operation", "Converse");
  await send(page);
  assert.match(await page.locator("#lab .results").textContent(), /This answer is not a stream/);
  await panel(page, "HTTP");
  assert.match((await page.locator("#lab pre.code").allTextContents())[1], /"stopReason": "end_turn"/);
});

onPage("faults are queued, and the log and the usage tell of them", {}, async (page) => {
  await show(page, "client");
  await choose(page, "Speed", "0");
  await prompt(page).fill("hello");
  const faults = "Faults for the next calls";
  await choose(page, faults, "http ThrottlingException");
  await choose(page, faults, "http ThrottlingException");
  await choose(page, faults, "crc_flip");
  assert.equal(await page.locator(".faults li").count(), 3);
  await page.locator(".faults li button").first().click();
  assert.equal(await page.locator(".faults li").count(), 2);
  await send(page);
  assert.match(await page.locator("#answer-title").textContent(), /429 ThrottlingException/);
  await send(page);
  await panel(page, "Frames");
  assert.match(await page.locator("ol.frames").textContent(), /damaged/);
  await send(page);
  assert.match(await page.locator("#answer-title").textContent(), /200/);
  await panel(page, "Log");
  // The example is the first of them.
  const calls = page.locator('[data-figure="log"] > tbody > tr');
  assert.equal(await calls.count(), 4);
  assert.match(await calls.nth(2).textContent(), /429.*ThrottlingException/);
  await panel(page, "Usage");
  const report = JSON.parse(await figure(page, "usage").textContent());
  assert.deepEqual([report.total.calls, report.total.errors, report.by_error.ThrottlingException], [4, 1, 1]);
  await page.getByRole("button", { name: "Reset" }).click();
  assert.equal(JSON.parse(await figure(page, "usage").textContent()).total.calls, 0);
  await shown(page);
});

onPage("the call is copied as code in four languages", {}, async (page, view) => {
  await view.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await show(page, "client");
  await prompt(page).fill("it's おすすめ");
  await panel(page, "Code");
  for (const [language, sign] of [
    ["JavaScript", "new ConverseStreamCommand("],
    ["Python", "client.converse_stream("],
    ["Rust", "client.converse_stream("],
    ["curl", "it'\\''s おすすめ"],
  ]) {
    await choose(page, "Code", language);
    const shown = await figure(page, "code").textContent();
    assert.ok(shown.includes(sign), shown);
    await page.getByRole("button", { name: /^(Copy|Copied!)$/ }).click();
    await page.waitForFunction(async (text) => (await navigator.clipboard.readText()) === text, shown);
  }
});
