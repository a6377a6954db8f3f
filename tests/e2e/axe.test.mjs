// Everyone can use it: no violation that axe knows, in every view, theme and language; no sideways
// scrolling on a narrow phone; everything within reach of a keyboard; forced colours, reduced
// motion, paper.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { fresh, launch, open, serve, show } from "./site.mjs";

const axe = readFileSync(fileURLToPath(new URL("./node_modules/axe-core/axe.min.js", import.meta.url)), "utf8");

let site;
let browser;
before(async () => {
  site = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** A page in a language, a theme and a size. */
const pageIn = async ({ locale = "en-US", colorScheme = "light", width = 1440, ...more } = {}) => {
  const viewport = { width, height: width < 600 ? 844 : 900 };
  const view = await open(browser, site.address, {
    context: { locale, colorScheme, viewport, ...more },
    prepare: (context) => context.addInitScript({ content: axe }),
  });
  await fresh(view.page);
  return view;
};

/** Waits for what the laboratory adds to the first view. */
const analysed = (page) => page.waitForFunction(() => document.querySelector("#lab")?.childElementCount > 0);

/** Visits every view. */
async function eachView(page, visit) {
  const views = await page.locator("header [data-tab]").evaluateAll((all) => all.map((button) => button.dataset.tab));
  for (const view of views) {
    const name = await page.locator(`[data-tab="${view}"]`).textContent();
    // What a visit opened would stand above the way to the next view.
    await page.evaluate(() => document.querySelectorAll("details.menu").forEach((menu) => (menu.open = false)));
    await show(page, view);
    if (view === "what-if") await analysed(page);
    else if (view === "cost") await page.waitForSelector('[aria-labelledby="cost-title"]');
    else if (view === "latency") await page.waitForSelector('[data-chart="load"]');
    else if (view === "upgrade") await page.waitForSelector(".questions .reply");
    else await page.waitForSelector(["levers", "prices", "logs"].includes(view) ? "#lab .analysis:not([hidden])" : "#lab .panes:not([hidden] *)");
    await visit(name);
  }
}

/** What axe finds, a line each. */
const violations = async (page) => {
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join(" | ")}`);
};

for (const locale of ["en-US", "ja-JP"]) {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1440, 390]) {
      test(`axe finds nothing: ${locale}, ${colorScheme}, ${width} px`, async () => {
        const view = await pageIn({ locale, colorScheme, width });
        await eachView(view.page, async (name) => {
          // Everything that can be opened is open.
          await view.page.evaluate(() => {
            for (const details of document.querySelectorAll("details")) details.open = true;
          });
          assert.deepEqual(await violations(view.page), [], name);
        });
        await view.close();
      });
    }
  }
}

test("a failure and a notice are as readable as the page", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const view = await pageIn({ colorScheme });
    await view.page.evaluate(() => globalThis.rehearsalPanic("boom"));
    assert.deepEqual(await violations(view.page), [], colorScheme);
    await view.close();
  }
});

for (const width of [1440, 390, 320]) {
  test(`nothing scrolls sideways at ${width} px`, async () => {
    for (const locale of ["en-US", "ja-JP"]) {
      const view = await pageIn({ locale, width });
      await eachView(view.page, async (name) => {
        const wide = await view.page.evaluate(() => {
          const most = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= most) return [];
          return [...document.querySelectorAll("body *")]
            .filter((element) => element.getBoundingClientRect().right > most + 1)
            .map((element) => `${element.tagName}.${element.className}`);
        });
        assert.deepEqual(wide, [], `${name}, ${locale}`);
      });
      await view.close();
    }
  });
}

test("a keyboard reaches everything, sees where it is, and is not held anywhere", async () => {
  const { page, close } = await pageIn();
  await analysed(page);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip", "the first stop is the way to the content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  // Everything that can have the focus, but tabs and radios, of which one stands for all.
  const expected = await page.evaluate(
    () =>
      [...document.querySelectorAll("main :is(button, input, select, summary, [tabindex='0'])")].filter(
        (element) => element.checkVisibility() && !element.disabled && element.tabIndex >= 0,
      ).length,
  );
  const seen = new Set();
  for (let stops = 0; stops < expected + 60; stops++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element.closest("main")) return { outside: true };
      element.dataset.stop ??= String(document.querySelectorAll("[data-stop]").length);
      const { outlineStyle, outlineWidth, borderColor } = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      return {
        stop: element.dataset.stop,
        what: `${element.tagName} ${element.textContent.slice(0, 30)} ${element.dataset.field ?? ""}`,
        outlined: outlineStyle !== "none" && parseFloat(outlineWidth) > 0 && borderColor !== "",
        seen: box.bottom > 0 && box.top < innerHeight,
      };
    });
    if (stop.outside) break;
    assert.ok(stop.outlined, `focus is not visible on ${stop.what}`);
    assert.ok(stop.seen, `focus is out of sight on ${stop.what}`);
    seen.add(stop.stop);
  }
  assert.ok(seen.size >= expected, `${seen.size} stops of ${expected}`);
  const first = page.locator('[role="tab"]').first();
  await first.focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-selected")), "true");
  assert.notEqual(await page.evaluate(() => document.activeElement.textContent), await first.textContent());
  await close();
});

test("nothing moves for those who want no motion", async () => {
  const { page, close } = await pageIn({ reducedMotion: "reduce" });
  await page.locator('[data-field="daily_messages"]').fill("2M");
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll("*")].filter((element) => {
      const { transitionDuration, animationName } = getComputedStyle(element);
      return transitionDuration.split(", ").some((time) => parseFloat(time) > 0) || animationName !== "none";
    }).length,
  );
  assert.equal(moving, 0);
  await close();
});

test("forced colours keep the chosen tab and the charts apart", async () => {
  const { page, close } = await pageIn({ forcedColors: "active" });
  const outline = (chosen) =>
    page.locator(`[role="tab"][aria-selected="${chosen}"]`).first().evaluate((tab) => getComputedStyle(tab).outlineStyle);
  assert.notEqual(await outline(true), await outline(false));
  const swatches = await page.evaluate(() =>
    [...document.querySelectorAll(".dot")].map((dot) => getComputedStyle(dot).backgroundColor),
  );
  assert.ok(new Set(swatches).size > 2, `${swatches}`);
  await close();
});

test("on paper there are results, and nothing to press", async () => {
  const { page, close } = await pageIn();
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator(".tiles").first().isVisible(), true);
  const pressed = await page.evaluate(
    () => [...document.querySelectorAll("button, input[type=range]")].filter((element) => element.checkVisibility()).length,
  );
  assert.equal(pressed, 0);
  assert.ok((await page.pdf({ format: "A4" })).length > 10_000);
  await close();
});
