// Three questions to a team's logs: an answer before anything is given, one's own log, what is done with an answer.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { onSite } from "./site.mjs";

const onPage = onSite({ test, before, after });
const log = (name) => readFileSync(new URL(`../../fixtures/logs/${name}`, import.meta.url));

/** Waits for the answer to say something. */
const answered = (page, pattern) =>
  page.waitForFunction(
    (source) => new RegExp(source).test(document.querySelector('[data-figure="answer"]')?.textContent ?? ""),
    pattern.source,
  );

const drop = async (page, name, bytes) => {
  const transfer = await page.evaluateHandle(
    ([name, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name));
      return data;
    },
    [name, [...bytes]],
  );
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
};

onPage("each question has an answer at its address before anything is given", {}, async (page) => {
  await page.locator('[data-tab="upgrade"]').click();
  await answered(page, /claude-opus-5 refuses 180 of 180 calls.*inferenceConfig\.temperature/);
  await page.getByText("This is an example log, not yours.").waitFor();
  assert.equal(await page.evaluate(() => location.hash), "#upgrade");
  await page.locator('[data-question="cache"]').click();
  await answered(page, /Your prefix changes at system\.1: a date or a time/);
  assert.equal(await page.evaluate(() => location.hash), "#cache");
  await page.goBack();
  await answered(page, /refuses 180 of 180/);
  assert.equal(await page.locator('[data-tab="upgrade"]').getAttribute("aria-selected"), "true");
});

onPage("a team's own log is asked by dropping it, and its quota is played in the scenario", {}, async (page) => {
  await page.locator('[data-tab="upgrade"]').click();
  await answered(page, /refuses/);
  await page.locator('[data-question="quota"]').click();
  await drop(page, "mail.jsonl.gz", log("mail-triage.jsonl.gz"));
  await answered(page, /5,000,000 tokens a minute .* bind first, at .*09:30/);
  assert.match(await page.locator('[data-figure="asked"]').textContent(), /mail\.jsonl\.gz/);
  assert.ok((await page.locator('[data-figure="picture"] rect').count()) >= 50);
  await page.locator("details.form summary").click();
  assert.match(await page.locator('[data-figure="form"]').inputValue(), /claude-haiku-4-5/);
  await page.locator('[data-action="use-quota"]').click();
  await page.waitForFunction(() => location.hash === "");
});

onPage("a cache's hit rate follows from the scenario's traffic", {}, async (page) => {
  await page.locator('[data-tab="upgrade"]').click();
  await answered(page, /refuses/);
  await page.locator('[data-question="cache"]').click();
  await page.locator('[data-action="ask-scenario"]').click();
  await page.locator('[data-panel="of-scenario"] [data-figure="answer"]').waitFor();
});

onPage("a model that takes all once mended is compared with the log's own traffic, and undo takes it back", {}, async (page) => {
  await page.locator('[data-tab="upgrade"]').click();
  await answered(page, /refuses 180 of 180/);
  const offers = page.locator('[data-panel="upgrade"] select').last();
  const said = await offers.locator("option").allTextContents();
  assert.ok(said.some((text) => /claude-opus-5: after the mends, 180 mended and 0 left/.test(text)), said.join("\n"));
  await offers.selectOption("global.anthropic.claude-opus-5");
  await page.waitForFunction(() => location.hash === "");
  // The shop's 180 messages a day, not the scenario that was on the page, which undo brings back.
  const daily = (value) =>
    page.waitForFunction((value) => document.querySelector('[data-field="daily_messages"]')?.value === value, value);
  await daily("180");
  await page.keyboard.press("Control+z");
  await daily("1,000,000");
});

onPage("a slider plays max_tokens, and what is no number is named", {}, async (page) => {
  await page.locator('[data-tab="upgrade"]').click();
  await answered(page, /refuses/);
  await page.locator('[data-question="quota"]').click();
  await drop(page, "mail.jsonl.gz", log("mail-triage.jsonl.gz"));
  await answered(page, /bind first/);
  const slider = page.locator('[data-field="question-max-tokens"]');
  const says = page.locator('[data-figure="max-tokens"]');
  const before = await says.textContent();
  await slider.focus();
  await page.keyboard.press("Home");
  await page.waitForFunction((before) => document.querySelector('[data-figure="max-tokens"]').textContent !== before, before);
  assert.match(await says.textContent(), /at most 128: .* tokens, .* throttled/);
  await page.locator('[data-field="question-tpm"]').fill("abc");
  await page.locator('[data-field="question-tpm"]').press("Tab");
  await page.locator('[data-panel="quota"] [role="alert"]').waitFor();
  assert.match(await page.locator('[data-panel="quota"] [role="alert"]').textContent(), /abc/);
});

onPage("a link to a scenario's answer carries the quotas that were typed", {}, async (page) => {
  await page.locator('[data-tab="upgrade"]').click();
  await answered(page, /refuses/);
  await page.locator('[data-question="quota"]').click();
  await page.locator('[data-field="question-tpm"]').fill("400000");
  await page.locator('[data-field="question-tpm"]').press("Tab");
  await page.locator('[data-action="ask-scenario"]').click();
  const answer = page.locator('[data-panel="of-scenario"] [data-figure="answer"]');
  await answer.waitFor();
  await page.locator('[data-action="link-answer"]').click();
  await page.waitForFunction(() => location.hash.startsWith("#v1."));
  await page.reload();
  await answer.waitFor();
  assert.match(await page.locator('[data-panel="of-scenario"]').textContent(), /400,000/);
});

onPage("a file that is no log says what was seen", {}, async (page) => {
  await page.locator('[data-tab="upgrade"]').click();
  await answered(page, /refuses/);
  await drop(page, "notes.txt", Buffer.from("hello\n"));
  await page.locator('[data-panel="questions"] [role="alert"]').waitFor();
  assert.match(await page.locator('[data-panel="questions"] [role="alert"]').textContent(), /notes\.txt.*no request to a model/);
});
