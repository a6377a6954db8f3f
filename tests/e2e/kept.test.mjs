// Nothing is lost: a full, a forbidden and a damaged storage, two tabs, a start that failed.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { figure, fresh, onSite, preset, press, show as shown, stored } from "./site.mjs";

const onPage = onSite({ test, before, after });
const field = (page, name) => page.locator(`[data-field="${name}"]`);
const notice = (page, key) => page.locator(`[data-notice="${key}"]`);
const note = (page, key) => page.locator(`[data-note="${key}"]`);
const type = async (page, name, text) => {
  await field(page, name).fill(text);
  await field(page, name).press("Enter");
};
const show = async (page, name, selector = "#lab .panes:not([hidden] *)") => {
  await shown(page, name);
  await page.waitForSelector(selector);
};
const fixture = (id, answer = "a") => JSON.stringify({ version: 1, fixture_id: id, prompt: `p ${id}`, answer });

/** Drops files on an element. */
const drop = async (page, selector, files) => {
  const transfer = await page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const [name, text, size] of list) {
      const file = new File([text], name);
      if (size) Object.defineProperty(file, "size", { value: size });
      data.items.add(file);
    }
    return data;
  }, files);
  await page.dispatchEvent(selector, "drop", { dataTransfer: transfer });
};

const until = async (page, condition) => {
  for (const end = Date.now() + 30_000; Date.now() < end; await page.waitForTimeout(100)) {
    if (await condition()) return;
  }
  assert.fail("it did not come");
};

onPage("a dropped document never takes the place of what was edited after it", {}, async (page) => {
  await page.waitForSelector("#analysis-title", { state: "attached" });
  await drop(page, "body", [["mine.json", JSON.stringify({ daily_messages: 500000 })]]);
  await page.waitForFunction(() => document.querySelector('[data-field="daily_messages"]').value === "500,000");
  await type(page, "daily_messages", "777000");
  await page.locator("footer").getByRole("button").first().click();
  await page.locator("dialog.tour").waitFor();
  assert.equal(await field(page, "daily_messages").inputValue(), "777,000");
  await page.locator('[data-tour="skip"]').click();
  await press(page, "own-chatbot");
  await page.locator('[data-dialog="own-chatbot"]').waitFor();
  assert.equal(await field(page, "daily_messages").inputValue(), "777,000");
  await page.waitForFunction(() => localStorage.getItem("rehearsal.draft")?.includes("777000"));
});

onPage("the tour ends with the view that it is about", {}, async (page) => {
  await page.waitForSelector("#analysis-title", { state: "attached" });
  await page.locator("footer").getByRole("button").first().click();
  await page.locator("dialog.tour").waitFor();
  await show(page, "fixtures");
  assert.equal(await page.locator("dialog.tour").count(), 0);
});

const anything = ["null", "5", "", "[]", "{}", '"x"', "{", '{"version":1}', '{"version":99,"files":{}}'];
const settings = ["language", "theme", "tour", "draft", "scenarios", "fixtures", "suite", "baseline", "reading"];
for (const value of anything) {
  onPage(`whatever is stored never stops the page: ${value}`, {}, async (page) => {
    await page.evaluate(
      ([keys, value]) => {
        for (const key of keys) localStorage.setItem(`rehearsal.${key}`, value);
        sessionStorage.clear();
      },
      [settings, value],
    );
    await page.reload();
    await fresh(page);
    assert.match(await page.locator("html").getAttribute("lang"), /^en$/);
    for (const view of ["fixtures", "client", "benchmarks"]) await show(page, view);
    assert.equal(await page.locator(".failure").count(), 0);
  });
}

onPage("files of a person's own survive a full local storage, whatever their size", {}, async (page) => {
  await page.evaluate(() => {
    for (let size = 1 << 22; size > 64; size >>= 1) {
      try {
        for (let at = 0; at < 8; at++) localStorage.setItem(`filler ${size} ${at}`, "x".repeat(size));
      } catch {
        // Smaller ones may still fit.
      }
    }
  });
  await show(page, "fixtures");
  const files = [["one.json", fixture("one")], ["big.json", fixture("big", "x".repeat(6_000_000))], ["three.json", fixture("three")]];
  for (const file of files) {
    await drop(page, ".panes.fixtures", [file]);
    await page.waitForSelector(`[data-fixture="${file[0].replace(".json", "")}"]`);
  }
  await until(page, async () => Object.keys(await stored(page)).length === 3);
  await page.reload();
  await page.waitForSelector("footer.bottom");
  await show(page, "fixtures");
  for (const id of ["one", "big", "three"]) await page.waitForSelector(`[data-fixture="${id}"]`);
});

onPage(
  "a database that is forbidden is said to be, and nothing counts as kept",
  {
    prepare: (context) =>
      context.addInitScript(() => {
        globalThis.refused = 0;
        IDBFactory.prototype.open = () => {
          globalThis.refused++;
          throw new DOMException("no", "SecurityError");
        };
      }),
  },
  async (page) => {
    await show(page, "fixtures");
    await note(page, "ui_fixtures_refused").waitFor();
    await drop(page, ".panes.fixtures", [["one.json", fixture("one")]]);
    await page.waitForSelector('[data-fixture="one"]');
    await note(page, "ui_fixtures_not_kept").waitFor();
    // Saying so is nothing to be kept in its turn.
    const refused = () => page.evaluate(() => globalThis.refused);
    const before = await refused();
    await page.waitForTimeout(300);
    assert.equal(await refused(), before);
    assert.ok(before < 20, `asked ${before} times`);
  },
);

onPage("fixtures of an earlier release become records; those of a later one and damaged ones are kept aside", {}, async (page) => {
  const plant = async (text) => {
    await page.evaluate((text) => localStorage.setItem("rehearsal.fixtures", text), text);
    await page.reload();
    await page.waitForSelector("footer.bottom");
    await show(page, "fixtures");
  };
  await plant(JSON.stringify({ version: 1, files: { "old.json": fixture("old") } }));
  await page.waitForSelector('[data-fixture="old"]');
  await until(page, async () => (await page.evaluate(() => localStorage.getItem("rehearsal.fixtures"))) === null);
  assert.ok((await stored(page))["old.json"]);
  const newer = JSON.stringify({ version: 9, all: "of it" });
  await plant(newer);
  await note(page, "ui_fixtures_newer").waitFor();
  await drop(page, ".panes.fixtures", [["one.json", fixture("one")]]);
  await page.waitForSelector('[data-fixture="one"]');
  const places = () => page.evaluate(() => Object.entries({ ...localStorage }).filter(([key]) => key.includes("fixtures")));
  assert.ok((await places()).every(([, text]) => text === newer) && (await places()).length === 2);
  const cut = '{"version":1,"files":{"x.json":"{';
  await plant(cut);
  await note(page, "ui_fixtures_damaged").waitFor();
  assert.ok((await places()).some(([, text]) => text === cut));
  await page.waitForSelector('[data-fixture="one"]');
});

onPage("two tabs keep each other's fixtures, and show them", {}, async (page, view) => {
  await show(page, "fixtures");
  const other = await view.context.newPage();
  await other.goto(page.url());
  await other.waitForSelector("footer.bottom");
  await show(other, "fixtures");
  await drop(page, ".panes.fixtures", [["a.json", fixture("tab_a")]]);
  await other.waitForSelector('[data-fixture="tab_a"]');
  await drop(other, ".panes.fixtures", [["b.json", fixture("tab_b")]]);
  await page.waitForSelector('[data-fixture="tab_b"]');
  assert.deepEqual(Object.keys(await stored(page)).sort(), ["a.json", "b.json"]);
  await other.close();
});

onPage("two tabs that edit lose neither's work", {}, async (page, view) => {
  await type(page, "daily_messages", "111000");
  await page.waitForFunction(() => localStorage.getItem("rehearsal.draft")?.includes("111000"));
  const other = await view.context.newPage();
  await other.goto(page.url());
  await fresh(other);
  await type(other, "daily_messages", "222000");
  await other.waitForFunction(() => localStorage.getItem("rehearsal.draft")?.includes("222000"));
  await type(page, "daily_messages", "333000");
  await page.waitForFunction(() => localStorage.getItem("rehearsal.draft")?.includes("333000"));
  await other.close();
  const all = await page.evaluate(() => Object.values({ ...localStorage }).join());
  assert.match(all, /222000/);
  assert.match(all, /333000/);
});

onPage("one's own file is never replaced by another of its name", {}, async (page) => {
  await show(page, "fixtures");
  await drop(page, ".panes.fixtures", [["mine.json", fixture("mine", "first")]]);
  await page.waitForSelector('[data-fixture="mine"]');
  await drop(page, ".panes.fixtures", [["mine.json", fixture("mine", "second")]]);
  await page.waitForSelector('[data-fixture="mine_2"]');
  assert.match(await note(page, "ui_imported").textContent(), /mine_2\.json/);
  await until(page, async () => Object.keys(await stored(page)).length === 2);
  assert.match((await stored(page))["mine.json"], /first/);
});

onPage("a file that is too large is named", {}, async (page) => {
  await show(page, "fixtures");
  // What a browser says of a file's size cannot be faked in a drop; a real one of 257 MB can be made.
  await page.evaluate(() => {
    const part = new Uint8Array(1 << 20);
    const data = new DataTransfer();
    data.items.add(new File(Array(258).fill(part), "huge.bin"));
    document.querySelector(".panes.fixtures").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  await note(page, "ui_imported").waitFor();
  assert.match(await note(page, "ui_imported").textContent(), /0 fixtures imported, 1 left out.*huge\.bin: 271 MB/s);
});

onPage("a large log is imported while the page stays alive, and can be given up", {}, async (page) => {
  const record = (id) =>
    JSON.stringify({
      schemaType: "ModelInvocationLog",
      requestId: `r${id}`,
      operation: "Converse",
      modelId: "anthropic.claude-3-haiku-20240307-v1:0",
      timestamp: "2026-11-01T00:00:00Z",
      output: { outputBodyJson: { output: { message: { role: "assistant", content: [{ text: "はい" }] } }, stopReason: "end_turn" } },
    });
  const log = Array.from({ length: 1000 }, (_, id) => record(id)).join("\n");
  await show(page, "fixtures");
  const begun = Date.now();
  await drop(page, ".panes.fixtures", [["log.json", log]]);
  await note(page, "ui_imported").waitFor();
  assert.match(await note(page, "ui_imported").textContent(), /1,000 fixtures imported, 0 left out/);
  assert.ok(Date.now() - begun < 30_000);
  // A longer one is given up half way: nothing of it is there, and what was there stays.
  const longer = Array.from({ length: 20_000 }, (_, id) => record(100_000 + id)).join("\n");
  await drop(page, ".panes.fixtures", [["longer.json", longer]]);
  await page.locator('[data-action="cancel-import"]').click();
  await page.locator('[data-action="cancel-import"]').waitFor({ state: "detached" });
  await until(page, async () => Object.keys(await stored(page)).length === 1000);
  await page.waitForTimeout(1000);
  assert.equal(Object.keys(await stored(page)).length, 1000);
});

onPage(
  "work that only the tab keeps is said to be",
  {
    prepare: (context) =>
      context.addInitScript(() => {
        const set = Storage.prototype.setItem;
        Storage.prototype.setItem = function (key, value) {
          if (this === localStorage && key === "rehearsal.draft") throw new DOMException("full", "QuotaExceededError");
          return set.call(this, key, value);
        };
      }),
  },
  async (page) => {
    await type(page, "daily_messages", "5000");
    await notice(page, "ui_kept_in_tab").waitFor();
  },
);

onPage("where nothing can be kept that is said at once", { prepare: (context) => context.addInitScript(() => { Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }; }) }, async (page) => {
  await notice(page, "ui_storage_refused").waitFor();
});

onPage("earlier work that cannot be kept aside is not overwritten", {}, async (page) => {
  await type(page, "daily_messages", "123000");
  await page.waitForFunction(() => localStorage.getItem("rehearsal.draft")?.includes("123000"));
  await page.evaluate(() => {
    const set = Storage.prototype.setItem;
    Storage.prototype.setItem = function (key, value) {
      if (key === "rehearsal.scenarios") throw new DOMException("full", "QuotaExceededError");
      return set.call(this, key, value);
    };
  });
  const { deflateRawSync } = await import("node:zlib");
  const link = deflateRawSync(JSON.stringify({ version: 1, scenario: { daily_messages: 9000 } })).toString("base64url");
  await page.evaluate((link) => (location.hash = `#v1.${link}`), link);
  await notice(page, "ui_link_opened").waitFor();
  await type(page, "daily_messages", "9500");
  await notice(page, "ui_older_not_kept").waitFor();
  assert.match(await page.evaluate(() => localStorage.getItem("rehearsal.draft")), /123000/);
});

test("a trap of any program shows the panic page, and a start without the last change", async (context) => {
  const { launch, open, serve } = await import("./site.mjs");
  const site = await serve();
  const browser = await launch();
  context.after(async () => {
    await browser.close();
    await site.close();
  });
  const { page } = await open(browser, site.address);
  await fresh(page);
  await type(page, "daily_messages", "5000");
  await page.waitForFunction(() => localStorage.getItem("rehearsal.draft")?.includes("5000"));
  await show(page, "fixtures");
  await drop(page, ".panes.fixtures", [["good.json", fixture("good")]]);
  await page.waitForSelector('[data-fixture="good"]');
  await drop(page, ".panes.fixtures", [["last.json", fixture("last")]]);
  await page.waitForSelector('[data-fixture="last"]');
  await until(page, async () => Object.keys(await stored(page)).length === 2);
  await page.evaluate(() => setTimeout(() => { throw new WebAssembly.RuntimeError("unreachable"); }));
  await page.locator(".failure").waitFor();
  await page.locator(".failure").getByRole("button", { name: "Start without the last change" }).click();
  await notice(page, "ui_started_without").waitFor();
  await fresh(page);
  assert.equal(await field(page, "daily_messages").inputValue(), "1,000,000");
  assert.match(await page.evaluate(() => localStorage.getItem("rehearsal.broken")), /5000/);
  await show(page, "fixtures");
  await note(page, "ui_fixture_aside").waitFor();
  await page.waitForSelector('[data-fixture="good"]');
  assert.equal(await page.locator('[data-fixture="last"]').count(), 0);
  assert.ok((await stored(page, "aside"))["last.json"]);
});

onPage("changing views leaves no nodes behind", {}, async (page, view) => {
  const session = await view.context.newCDPSession(page);
  const nodes = async () => {
    for (let times = 0; times < 3; times++) await session.send("HeapProfiler.collectGarbage");
    return (await session.send("Memory.getDOMCounters")).nodes;
  };
  // A handle of an element would keep it.
  const there = (selector) => page.waitForFunction((selector) => !!document.querySelector(selector), selector);
  const round = async () => {
    for (const name of ["fixtures", "client", "benchmarks"]) {
      await shown(page, name);
      await there("#lab .panes:not([hidden] *)");
    }
    await shown(page, "what-if");
    await there('[data-chart="latency"]');
  };
  for (let warm = 0; warm < 3; warm++) await round();
  const before = await nodes();
  for (let more = 0; more < 6; more++) await round();
  const grown = (await nodes()) - before;
  assert.ok(grown < 1500, `${grown} nodes more after six rounds`);
});

onPage("an unknown model in a link ends in its error", {}, async (page) => {
  const { deflateRawSync } = await import("node:zlib");
  const scenario = { types: [{ name: "a", share_pct: 100, input_tokens: 10, output_tokens: 10, model: "acme.model" }] };
  const link = deflateRawSync(JSON.stringify({ version: 1, scenario })).toString("base64url");
  await page.evaluate((link) => (location.hash = `#v1.${link}`), link);
  await page.locator(".results .problems.error").first().waitFor();
  assert.match(await page.locator(".results .problems.error").first().textContent(), /acme\.model/);
  await page.waitForFunction(() => !document.querySelector(".results").textContent.includes("Simulating…"));
});

onPage("a number with two meanings is asked about", {}, async (page) => {
  for (const [text, asked] of [["1,5", /1\.5 or 15/], ["40.000", /40 or 40,000/]]) {
    await field(page, "daily_messages").fill(text);
    await page.waitForSelector('[data-field="daily_messages"][aria-invalid="true"]');
    assert.match(await page.locator("#daily_messages-error").textContent(), asked);
    await field(page, "daily_messages").press("Escape");
    assert.equal(await field(page, "daily_messages").inputValue(), "1,000,000");
  }
});

onPage("who got no answer counts everywhere", {}, async (page) => {
  await preset(page, "noon-throttled");
  await fresh(page);
  await figure(page, "unanswered").waitFor();
  assert.match(await figure(page, "unanswered").textContent(), /\d/);
  await shown(page, "latency");
  await page.waitForSelector('[data-chart="hours"] rect.lost');
  await page.waitForSelector('section[aria-labelledby="load-title"][aria-busy="false"] [data-figure="knee"]');
  assert.match(await figure(page, "knee").textContent(), /get no answer/);
});

