// What the page is held to for those who use it by keyboard, by ear, by touch, or with little colour: counted and
// measured on the page itself.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { figure, fresh, onSite, show } from "./site.mjs";

const onPage = onSite({ test, before, after });

onPage("an edit is announced once, with its label", {}, async (page) => {
  await page.evaluate(() => {
    globalThis.announced = [];
    const live = '[role="status"], [role="alert"], [aria-live="polite"], [aria-live="assertive"]';
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const region = (target.nodeType === 1 ? target : target.parentElement)?.closest(live);
        const text = region?.textContent.trim();
        if (text && region.checkVisibility()) globalThis.announced.push(text);
      }
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
  });
  await page.locator('[data-field="daily_messages"]').fill("2M");
  await page.locator('[data-field="daily_messages"]').press("Enter");
  await fresh(page);
  await page.waitForFunction(() => document.querySelector('[data-figure="announced"]').textContent !== "");
  // Whatever else would be said has had the time.
  await page.waitForTimeout(1_500);
  const said = await page.evaluate(() => globalThis.announced);
  assert.equal(said.length, 1, JSON.stringify(said));
  assert.match(said[0], /^Messages a day: \$3,918\.43 a day, P95 /);
});

onPage("a field of a query type is named by its type", {}, async (page) => {
  for (const field of ["share", "hit", "input", "cached", "output"]) {
    const [first, second] = await Promise.all([0, 1].map((index) => page.locator(`[data-field="${field}-${index}"]`).getAttribute("aria-label")));
    const type = await page.locator('[data-type="0"] [data-field="type-name"]').inputValue();
    assert.ok(first.endsWith(`, ${type}`), first);
    assert.notEqual(first, second);
    const visible = await page.locator(`[data-field="${field}-0"]`).evaluate((input) => input.closest("label").querySelector(".label").textContent);
    assert.ok(first.startsWith(visible), `${first} begins with what is read on the screen, ${visible}`);
  }
});

onPage("the first field is at most eight tab stops away", {}, async (page) => {
  await page.evaluate(() => document.activeElement.blur());
  for (let stops = 1; ; stops += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement.matches("input"))) break;
    assert.ok(stops < 8, "eight stops, and no field yet");
  }
});

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
onPage("a phone has no reason to zoom into a field", { context: phone }, async (page) => {
  for (const view of ["what-if", "prices", "client", "fixtures", "benchmarks"]) {
    await show(page, view);
    await page.waitForFunction(() => document.querySelectorAll("main input").length > 0);
    const small = await page.evaluate(() => {
      const typed = 'input:not([type="range"], [type="checkbox"], [type="radio"], [type="file"]), select, textarea';
      return [...document.querySelectorAll(typed)]
        .filter((field) => field.checkVisibility() && parseFloat(getComputedStyle(field).fontSize) < 16)
        .map((field) => `${field.tagName} ${field.dataset.field ?? field.className} ${getComputedStyle(field).fontSize}`);
    });
    assert.deepEqual(small, [], view);
  }
});

onPage("what can be touched is 24 pixels each way on a small phone", { context: { ...phone, viewport: { width: 320, height: 640 } } }, async (page) => {
  for (const view of ["what-if", "levers", "client", "fixtures", "benchmarks"]) {
    await show(page, view);
    await page.waitForFunction(() => !document.querySelector("main .loading:not([hidden])"));
    const small = await page.evaluate(() => {
      const touched = [...document.querySelectorAll("main :is(button, summary, select, input, a[href])")];
      return touched
        .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".sr, [inert]") && !element.matches(".sr"))
        // A link within a sentence has the height of its line; what stands in a label is touched by the label.
        .filter((element) => getComputedStyle(element).display !== "inline" && !element.closest("label"))
        .map((element) => ({ element, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && (box.width < 23.9 || box.height < 23.9))
        .map(({ element, box }) => `${element.tagName}.${element.className} “${element.textContent.slice(0, 20)}” ${box.width}×${box.height}`);
    });
    assert.deepEqual(small, [], view);
  }
});

for (const colorScheme of ["light", "dark"]) {
  onPage(`bars and lines stand out three to one, ${colorScheme}`, { context: { colorScheme } }, async (page) => {
    for (const view of ["cost", "latency", "levers"]) {
      await show(page, view);
      await page.waitForFunction(() => document.querySelectorAll("main svg.bar rect, main .chart .line").length > 0);
      const faint = await page.evaluate(() => {
        const parse = (text) => {
          const canvas = new OffscreenCanvas(1, 1).getContext("2d");
          canvas.fillStyle = text;
          canvas.fillRect(0, 0, 1, 1);
          return [...canvas.getImageData(0, 0, 1, 1).data];
        };
        const light = ([r, g, b]) => {
          const [R, G, B] = [r, g, b].map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
          return 0.2126 * R + 0.7152 * G + 0.0722 * B;
        };
        const ground = (element) => {
          for (let at = element; at; at = at.parentElement) {
            const colour = parse(getComputedStyle(at).backgroundColor);
            if (colour[3] === 255) return colour;
          }
          return [255, 255, 255, 255];
        };
        const mixed = (colour, alpha, under) => colour.slice(0, 3).map((part, index) => part * alpha + under[index] * (1 - alpha));
        const found = [];
        const check = (element, paint, opacity) => {
          const under = ground(element.ownerSVGElement.parentElement);
          const [a, b] = [light(mixed(parse(paint), opacity, under)), light(under)];
          const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          if (ratio < 3) found.push(`${element.ownerSVGElement.getAttribute("class")} ${element.getAttribute("class")}: ${ratio.toFixed(2)}`);
        };
        for (const rect of document.querySelectorAll("main svg.bar rect")) {
          const style = getComputedStyle(rect);
          if (rect.checkVisibility() && parseFloat(rect.getAttribute("width")) > 0) check(rect, style.fill, parseFloat(style.fillOpacity));
        }
        for (const line of document.querySelectorAll("main .chart .line")) {
          const style = getComputedStyle(line);
          if (line.checkVisibility()) check(line, style.stroke, parseFloat(style.strokeOpacity) * parseFloat(style.opacity));
        }
        return found;
      });
      assert.deepEqual(faint, [], view);
    }
  });
}

onPage("what is composed and measured stays while another view is shown, and after a reload", {}, async (page) => {
  await show(page, "client");
  const prompt = page.locator('.client [data-field="prompt"]');
  await prompt.fill("Do you ship to Kyoto?");
  await page.locator('[data-action="send"]').click();
  const answer = page.locator('.client [data-figure="answer"]');
  await page.waitForFunction(() => document.querySelector('.client [data-figure="answer"]')?.textContent.includes("Kyoto"));
  await show(page, "benchmarks");
  await page.locator('[data-action="run"]').click();
  await page.waitForSelector('.benchmarks .results[data-results="1"]');
  await show(page, "client");
  assert.match(await answer.textContent(), /Kyoto/);
  await show(page, "benchmarks");
  assert.equal(await page.locator(".benchmarks .results").getAttribute("data-results"), "1");
  // The database has taken the result before the page goes.
  await page.waitForFunction(
    () =>
      new Promise((resolve) => {
        const opening = indexedDB.open("rehearsal");
        opening.onsuccess = () => {
          const keys = opening.result.transaction("benchmarks").objectStore("benchmarks").getAllKeys();
          keys.onsuccess = () => (opening.result.close(), resolve(keys.result.includes("result")));
        };
      }),
  );
  await page.reload();
  await page.waitForSelector('.benchmarks .results[data-results="1"]');
  await show(page, "client");
  assert.equal(await page.locator('.client [data-field="prompt"]').inputValue(), "Do you ship to Kyoto?");
});

onPage("a baseline that was removed comes back", {}, async (page) => {
  await show(page, "benchmarks");
  await page.locator('[data-action="run"]').click();
  await page.waitForSelector('.benchmarks .results[data-results="1"]');
  await page.locator('[data-action="keep"]').click();
  const before = await figure(page, "baseline").textContent();
  await page.locator('[data-action="forget"]').click();
  assert.notEqual(await figure(page, "baseline").textContent(), before);
  await page.locator('[data-action="bring-back"]').click();
  assert.equal(await figure(page, "baseline").textContent(), before);
});
