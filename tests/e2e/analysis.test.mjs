// The analysis below the first view and the import of logs, driven as a person would.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { figure, fresh, heartbeat, onSite, show } from "./site.mjs";

const onPage = onSite({ test, before, after });
const HAIKU = "anthropic.claude-3-haiku-20240307-v1:0";

/** The view of each panel that does not stand among the levers. */
const VIEWS = { prices: "prices", services: "prices", import: "logs" };

/** A panel in its view, once the second program has been loaded. */
const panel = async (page, id) => {
  await show(page, VIEWS[id] ?? "levers");
  const found = page.locator(`[data-panel="${id}"]`);
  await found.waitFor();
  return found;
};

/** Waits for a figure's text. */
const shows = (page, name, pattern) =>
  page.waitForFunction(
    ([name, source]) => new RegExp(source).test(document.querySelector(`[data-figure="${name}"]`)?.textContent ?? ""),
    [name, pattern.source],
  );

const undo = (page) => page.getByRole("button", { name: "Undo" }).first().click();

/** Drops files anywhere on the window. */
const drop = async (page, files) => {
  const transfer = await page.evaluateHandle(
    (list) => {
      const data = new DataTransfer();
      for (const [name, bytes] of list) data.items.add(new File([new Uint8Array(bytes)], name));
      return data;
    },
    files.map(([name, content]) => [name, [...Buffer.from(content)]]),
  );
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
};

/** A usage CSV of so many calls, every one with its latency. */
const usage = (calls) => {
  const rows = ["timestamp,model,input_tokens,output_tokens,latency_ms"];
  for (let i = 0; i < calls; i++) {
    const time = new Date(Date.UTC(2026, 10, 1, 0, 0, i)).toISOString();
    rows.push(`${time},${HAIKU},${100 + (i % 50)},${20 + (i % 7)},${300 + ((i * 37) % 400)}`);
  }
  return rows.join("\n") + "\n";
};

onPage("the analysis comes after the first view and says that savings overlap", {}, async (page) => {
  await panel(page, "findings");
  const said = await page.locator('[data-panel="findings"]').textContent();
  assert.match(said, /Alone, routing saves 32\.5%.*20\.0%; together 38\.4%, not 52\.5%/);
  const steps = await (await panel(page, "waterfall")).locator("tbody tr").allTextContents();
  assert.equal(steps.length, 4);
  assert.match(steps[0], /Claude 3 Sonnet.*\$3,183\.00/);
  assert.match(steps[1], /routing.*-\$1,034\.00.*\$2,149\.00/);
  assert.match(steps[3], /\$1,959\.21/);
  assert.match((await (await panel(page, "sensitivity")).locator("tbody tr").allTextContents())[0], /messages a day.*\$1,567\.37.*\$2,351\.0[56].*1$/);
});

onPage("a chart of the levers is read row by row and saved", {}, async (page) => {
  await panel(page, "waterfall");
  const chart = page.locator('[data-chart="waterfall"]');
  await chart.locator(".probe").focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  assert.match(await page.locator('[data-reading="waterfall"]').textContent(), /routing.*-\$1,034\.00/);
  await chart.locator("summary").click();
  const arrives = page.waitForEvent("download");
  await chart.locator('[data-export="csv"]').click();
  assert.equal((await arrives).suggestedFilename(), "waterfall-reference.csv");
});

onPage("the analysis follows an edit and rests during a drag", {}, async (page) => {
  await panel(page, "waterfall");
  await page.locator('[data-field="daily_messages"]').fill("2M");
  await page.locator('[data-field="daily_messages"]').press("Enter");
  await page.waitForFunction(() => /\$3,918\.43/.test(document.querySelector('[data-panel="waterfall"] tbody').textContent));
});

onPage("a break-even is solved, adopted and undone", {}, async (page) => {
  await panel(page, "break-even");
  const target = page.locator('[data-field="target_usd"]');
  await target.fill("$1,000");
  await target.press("Enter");
  await shows(page, "break_even", /at 66\.\d% instead of 33\.5% the bill is \$1,000\.00/);
  await page.locator('[data-panel="break-even"]').getByLabel("What moves").selectOption("messages");
  await shows(page, "break_even", /510,409/);
  await page.locator('[data-action="adopt-break-even"]').click();
  assert.equal(await figure(page, "cost_day").textContent(), "$1,000.00");
  await undo(page);
  assert.equal(await figure(page, "cost_day").textContent(), "$1,959.21");
});

onPage("the frontier is searched while the page stays alive, and a point is adopted by keyboard", {}, async (page) => {
  await panel(page, "frontier");
  const stoodStill = await heartbeat(page);
  await page.locator('[data-action="search"]').click();
  await page.waitForSelector('[data-panel="frontier"][aria-busy="false"] [data-figure="frontier"]');
  const share = await stoodStill();
  assert.ok(share < 0.5, `the page stood still for ${share} of the search`);
  await shows(page, "frontier", /Cheapest within the limits: 100\.0% on Claude 3 Haiku/);
  assert.ok((await page.locator("[data-point]").count()) >= 1);
  await page.locator("[data-point]").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector('[data-figure="cost_day"]').textContent !== "$1,959.21");
  await undo(page);
  assert.equal(await figure(page, "cost_day").textContent(), "$1,959.21");
});

onPage("a search can be cancelled", {}, async (page) => {
  await panel(page, "frontier");
  // In the page itself, since a search may be over before a click from outside arrives; one that was over within
  // a frame is begun again.
  const cancelled = await page.evaluate(async () => {
    const panel = document.querySelector('[data-panel="frontier"]');
    for (let frames = 0; frames < 600; frames++) {
      const cancel = panel.querySelector(".working button");
      if (cancel) {
        cancel.click();
        return true;
      }
      panel.querySelector('[data-action="search"]')?.click();
      await new Promise(requestAnimationFrame);
    }
    return false;
  });
  assert.ok(cancelled, "a search showed no button that ends it");
  await page.waitForSelector('[data-panel="frontier"][aria-busy="false"] [data-action="search"]');
});

onPage("another model of the catalog is adopted with its price and simulated", {}, async (page) => {
  const models = await panel(page, "models");
  await page.locator('[data-field="models"]').fill("nova micro");
  const row = models.locator('tr[data-model="amazon.nova-micro-v1:0"]');
  const cost = await row.locator("td.n").first().textContent();
  await row.getByRole("button").click();
  await page.waitForFunction((cost) => document.querySelector('[data-figure="cost_day"]').textContent === cost, cost);
  await fresh(page);
  assert.match(await (await panel(page, "prices")).locator('[data-price-row="amazon.nova-micro-v1:0"]').textContent(), /Nova Micro/);
});

onPage("a price is replaced, a model added, a service switched on", {}, async (page) => {
  const prices = await panel(page, "prices");
  const input = prices.locator(`[data-price-row="${HAIKU}"] input`).first();
  assert.equal(await input.inputValue(), "0.25");
  await input.fill("0.5");
  await input.press("Enter");
  await page.waitForFunction(() => document.querySelector('[data-figure="cost_day"]').textContent !== "$1,959.21");
  await prices.locator(`[data-price-row="${HAIKU}"]`, { hasText: "your own" }).waitFor();
  await undo(page);
  await page.waitForFunction((row) => document.querySelector(`[data-price-row="${row}"] input`).value === "0.25", HAIKU);
  await page.locator('[data-field="new_model"]').fill("acme.model-1");
  await page.locator('[data-action="add-model"]').click();
  await prices.locator('[data-price-row="acme.model-1"]').waitFor();
  await page.locator('[data-panel="services"] [data-toggle="guardrails"]').click();
  await page.waitForFunction(() => document.querySelector('[data-figure="cost_day"]').textContent === "$2,259.21");
  await page.locator('[data-field="discount"]').fill("10");
  await page.locator('[data-field="discount"]').press("Enter");
  // 90 % of the models' $1,959.21 and all of the $300.
  await page.waitForFunction(() => document.querySelector('[data-figure="cost_day"]').textContent === "$2,063.29");
});

onPage("an edit at the heels of another one keeps it", {}, async (page) => {
  const prices = await panel(page, "prices");
  await prices.locator('[data-field="discount"]').fill("5");
  // The panels follow the first view only when it rests: theirs is still the scenario before.
  await page.evaluate(async () => {
    const cost = () => document.querySelector('[data-figure="cost_day"]').textContent;
    const before = cost();
    const slider = document.querySelector('[data-slider="daily_messages"]');
    slider.value = String(Number(slider.value) - 40);
    slider.dispatchEvent(new InputEvent("input", { bubbles: true }));
    slider.dispatchEvent(new Event("change", { bubbles: true }));
    while (cost() === before) await new Promise(requestAnimationFrame);
    document.querySelector('[data-field="discount"]').dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  });
  await page.waitForFunction(() => JSON.parse(localStorage.getItem("rehearsal.draft"))?.scenario?.billing?.discount_pct === 5);
  const messages = await page.evaluate(() => JSON.parse(localStorage.getItem("rehearsal.draft")).scenario.daily_messages);
  assert.notEqual(messages, 1_000_000);
});

onPage("a range gives a range", {}, async (page) => {
  await panel(page, "range");
  await page.locator('[data-action="add-range"]').click();
  await shows(page, "range", /Nine times in ten.*10,000 samples, seed 42/);
});

onPage("a log dropped on the window becomes a mix, a bill and a backtest", {}, async (page) => {
  await panel(page, "import");
  const text = usage(4000) + "nonsense\n";
  await drop(page, [["usage.csv.gz", gzipSync(text)]]);
  await figure(page, "log").waitFor();
  const shown = await figure(page, "log").textContent();
  assert.match(shown, /Requests4,000/);
  // Tokens as they are summed here, at $0.25 and $1.25 a million.
  let [tokensIn, tokensOut] = [0, 0];
  for (let i = 0; i < 4000; i++) {
    tokensIn += 100 + (i % 50);
    tokensOut += 20 + (i % 7);
  }
  const bill = (tokensIn * 25 + tokensOut * 125) / 1e8;
  assert.ok(shown.includes(`$${bill}`), `${bill} in ${shown}`);
  await page.locator('[data-panel="import"] details.problems summary', { hasText: "left out" }).click();
  assert.match(await figure(page, "skipped").textContent(), /4002/);
  await page.locator('[data-action="backtest"]').click();
  await shows(page, "backtest", /off by -?[\d.]+% at P50/);
  await page.locator('[data-action="use-log"]').click();
  await page.waitForFunction(() => document.querySelector('[data-field="daily_messages"]').value === "4,000");
  await undo(page);
  await page.waitForFunction(() => document.querySelector('[data-field="daily_messages"]').value === "1,000,000");
});

onPage("a log is split by token bands, and read again by another rule", {}, async (page) => {
  const panelOf = await panel(page, "import");
  await panelOf.getByLabel("A query type is").selectOption("tokens");
  await page.locator('[data-field="rule"]').fill("120");
  await page.locator('[data-field="log"]').setInputFiles({ name: "usage.csv", mimeType: "text/csv", buffer: Buffer.from(usage(1000)) });
  await figure(page, "log").waitFor();
  await page.locator('[data-action="use-log"]').click();
  await page.locator('[data-tab="what-if"]').click();
  await page.waitForFunction(() =>
    [...document.querySelectorAll(".type .name")].map((input) => input.value).sort().join() === "over 120 tokens,up to 120 tokens");
  await page.locator('[data-tab="logs"]').click();
  await page.locator('[data-field="rule"]').fill("many");
  await page.locator('[data-action="read-again"]').click();
  await panelOf.getByRole("alert").waitFor();
});

onPage("a pasted Azure trace has the bill it has", { }, async (page) => {
  const importer = await panel(page, "import");
  await importer.getByLabel("Rows that name no model").selectOption("anthropic.claude-3-sonnet-20240229-v1:0");
  await importer.locator("details", { has: page.locator('[data-field="paste"]') }).locator("summary").click();
  await page.locator('[data-field="paste"]').fill("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109\n");
  await page.locator('[data-action="read-paste"]').click();
  await figure(page, "log").waitFor();
  // 770 tokens in at $3 and 153 out at $15 a million.
  assert.ok((await figure(page, "log").textContent()).includes("$0.004605"));
});

onPage("a dropped mix is loaded, and a broken one changes nothing", {}, async (page) => {
  await panel(page, "import");
  await drop(page, [["mix.json", '{"daily_messages": 5000}']]);
  await page.waitForFunction(() => document.querySelector('[data-field="daily_messages"]').value === "5,000");
  await drop(page, [["mix.json", '{"daily_messages": -5}']]);
  await page.getByText(/-5 is out of range/).first().waitFor();
  assert.equal(await page.locator('[data-field="daily_messages"]').inputValue(), "5,000");
});

onPage("a large log is read in pieces, with progress, and can be cancelled", {}, async (page) => {
  await panel(page, "import");
  await page.evaluate((row) => {
    // 64 MB without a byte of it on the way from the test.
    const line = row + "\n";
    const block = line.repeat(Math.ceil((1 << 20) / line.length));
    const file = new File(["timestamp,model,input_tokens,output_tokens\n", ...Array(64).fill(block)], "big.csv");
    const data = new DataTransfer();
    data.items.add(file);
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  }, `2026-11-01T00:00:00Z,${HAIKU},100,20`);
  await page.waitForSelector('[data-panel="import"] .working progress');
  const stoodStill = await heartbeat(page);
  await page.waitForFunction(() => !(document.querySelector('[data-panel="import"] .working progress')?.value < 250));
  const share = await stoodStill();
  assert.ok(share < 0.5, `the page stood still for ${share} of a quarter of the file`);
  await page.locator('[data-action="cancel-import"]').click();
  await page.waitForSelector('[data-panel="import"][aria-busy="false"]');
});

onPage("the analysis is in Japanese", { context: { locale: "ja-JP" } }, async (page) => {
  await panel(page, "waterfall");
  await page.waitForFunction(() => document.querySelector("#analysis-title")?.textContent === "分析");
});

onPage("no panel is wider than a small phone", { context: { viewport: { width: 320, height: 700 } } }, async (page) => {
  await panel(page, "import");
  const wide = await page.evaluate(() =>
    [...document.querySelectorAll(".analysis *")]
      .filter((element) => !element.closest(".scroll") && element.getBoundingClientRect().right > 320)
      .map((element) => element.outerHTML.slice(0, 80)));
  assert.deepEqual(wide, []);
});

onPage("a file of prices is laid over the catalog", {}, async (page) => {
  const prices = await panel(page, "prices");
  const open = (name, text) => prices.locator('[data-field="prices"]').setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });
  await open("mine.json", JSON.stringify({ [HAIKU]: { input: 100, output: 100 } }));
  await prices.getByText("mine.json: bills and imports use it. 1 of this scenario's models took its prices from it.").waitFor();
  await prices.locator("tbody tr", { hasText: "Haiku" }).locator("input").first().waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll('[data-panel="prices"] tbody input')].some((input) => input.value === "100"));
  await open("broken.json", '{"acme.x":{"imput":1}}');
  await prices.getByText(/broken\.json: .*imput/).waitFor();
});
