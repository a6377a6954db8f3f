// What guides: the tour of a first visit, About, and the way from one's own chatbot to a scenario.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { figure, fresh, onSite, press } from "./site.mjs";

const onPage = onSite({ test, before, after });
const tour = (page) => page.locator("dialog.tour");

onPage("a first visit is shown around, once", { firstVisit: true }, async (page) => {
  await tour(page).waitFor();
  assert.match(await tour(page).textContent(), /1 of 3/);
  assert.equal(await page.locator("[data-pointed]").count(), 1, "it points at something");
  assert.ok(await page.evaluate(() => document.activeElement.closest("dialog.tour")), "it has the focus");
  const top = await tour(page).evaluate((box) => box.getBoundingClientRect().top);
  await page.evaluate(() => scrollBy(0, 60));
  await page.waitForFunction(
    (top) => Math.abs(document.querySelector("dialog.tour").getBoundingClientRect().top - top + 60) < 1,
    top,
  );
  for (let step = 2; step <= 3; step++) {
    await page.locator('[data-tour="next"]').click();
    assert.match(await tour(page).textContent(), new RegExp(`${step} of 3`));
    const box = await tour(page).boundingBox();
    assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= 1440 && box.y + box.height <= 900, "it stays in the window");
  }
  await page.locator('[data-tour="done"]').click();
  assert.equal(await tour(page).count(), 0);
  assert.equal(await page.locator("[data-pointed]").count(), 0);
  await page.reload();
  await fresh(page);
  await page.waitForTimeout(1_000);
  assert.equal(await tour(page).count(), 0, "never again");
});

onPage("the tour is skipped with Escape and started again", { firstVisit: true }, async (page) => {
  await tour(page).waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await tour(page).count(), 0);
  await page.getByRole("button", { name: "Show the tour" }).click();
  await tour(page).waitFor();
  await page.keyboard.press("ArrowRight");
  assert.match(await tour(page).textContent(), /2 of 3/);
});

onPage("the tour fits a phone", { firstVisit: true, context: { viewport: { width: 320, height: 640 } } }, async (page) => {
  await tour(page).waitFor();
  const box = await tour(page).boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 320 && box.y + box.height <= 640, JSON.stringify(box));
});

onPage("About sets the original's headlines beside what their formula gives", {}, async (page) => {
  await page.getByRole("link", { name: "How it works" }).click();
  const rows = page.locator('[data-figure="headlines"] tbody tr');
  await rows.first().waitFor();
  const texts = await rows.allTextContents();
  const check = (claim, ...figures) => {
    const row = texts.find((text) => text.includes(claim));
    for (const text of figures) assert.ok(row.includes(text), `${row} lacks ${text}`);
  };
  check("Mixed routing", "~$900", "$1,959.21", "$2,149.00");
  check("Routing saves", "80 %+", "23.1%", "32.5%");
  check("Greetings", "$3,600", "$20.90", "$209.00");
  assert.equal(new URL(page.url()).hash, "#about");
  await page.getByRole("tab", { name: "What-if", exact: true }).click();
  await page.waitForFunction(() => location.hash === "");
});

onPage("About is reached by its link", {}, async (page) => {
  const shown = () => page.locator('[data-figure="headlines"] tbody tr').first().waitFor();
  await page.evaluate(() => (location.hash = "#about"));
  await shown();
  await page.reload();
  await shown();
});

/** Opens About while the later program is still on its way. */
const askedTooEarly = (context) =>
  context.route("**/laboratory*.js", async (route) => {
    await route.request().frame().evaluate(() => (location.hash = "#about"));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue();
  });

onPage("a view that is opened while its program starts is shown", { prepare: askedTooEarly }, async (page) => {
  await page.locator('[data-figure="headlines"] tbody tr').first().waitFor();
});

onPage("one's own chatbot becomes a scenario whose guesses are named", {}, async (page) => {
  await press(page, "own-chatbot");
  const dialog = page.locator('[data-dialog="own-chatbot"]');
  await dialog.waitFor();
  await dialog.locator('[data-own="system"]').fill("あなたはマンガ店の店員です。丁寧に、短く答えてください。".repeat(30));
  await dialog.locator('[data-own="question"]').fill("注文番号MNG-2024-78432の配送状況を教えてください");
  await dialog.locator('[data-own="answer"]').fill("ご注文の商品は発送済みです。2〜3営業日でお届けします。");
  const guesses = dialog.locator('[data-figure="guesses"] tbody tr');
  await guesses.first().waitFor();
  const texts = await guesses.allTextContents();
  assert.ok(texts.some((text) => /order_status/.test(text) && /注文/.test(text)), texts.join("\n"));
  assert.ok(texts.some((text) => /Prompt cache/.test(text) && /of the calls hit/.test(text)));
  assert.match(await figure(page, "own-cost").textContent(), /\$[\d.]+ a day at 10,000 messages/);
  // The pieces of the model's tokenizer are loaded once a text is there: the service counts 23, and a frame of 3.
  await guesses.filter({ hasText: /29 of the question.*Counted by pieces/ }).waitFor();
  await dialog.locator('[data-own="counted"] summary').click();
  await dialog.locator('[data-toggle="own-counted-question"]').click();
  await guesses.filter({ hasText: /100 of the question/ }).waitFor();
  await dialog.locator('[data-action="adopt"]').click();
  assert.equal(await dialog.count(), 0);
  await page.waitForFunction(() => document.querySelector(".type-head .name").value === "order_status");
  assert.equal(await page.locator('[data-field="daily_messages"]').inputValue(), "10,000");
  await page.getByRole("button", { name: "Undo" }).first().click();
  await page.waitForFunction(() => document.querySelector(".type-head .name").value === "greeting_faq");
});
