// Whoever has no mouse: a trade from an empty profile by keys alone, and dialogs that keep the keyboard and give it back.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { close, open, Visit } from "./browser.js";
import { Market } from "./market.js";

let market: Market;

before(async () => {
  await open();
  market = await Market.start();
});

after(async () => {
  await market?.end();
  await close();
});

/** Goes on with Tab until what has the focus is what is looked for; it is seen to have it. */
async function tab({ page }: Visit, wanted: string, most = 80): Promise<void> {
  for (let tries = 0; tries < most; tries += 1) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate((selector) => {
      const at = document.activeElement as HTMLElement | null;
      if (!at?.matches(selector)) return null;
      const shown = at.matches("input[type=radio]") ? (at.nextElementSibling as HTMLElement) : (at.closest<HTMLElement>(".withUnit") ?? at);
      return getComputedStyle(shown).outlineStyle;
    }, wanted);
    if (found === null) continue;
    assert.notEqual(found, "none", `nobody sees that ${wanted} has the focus`);
    return;
  }
  const at = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
  assert.fail(`${wanted} is not reached by Tab; ${at} has the focus`);
}

const focused = ({ page }: Visit) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");

test("the first trade by keys alone", async () => {
  const visit = await Visit.begin(market.app, { seeds: [35] });
  const { page } = visit;
  await visit.go("trade");
  await page.locator(".proposal:enabled").first().waitFor();
  // The dialog keeps the keyboard, and Escape gives it back to what has opened it.
  await tab(visit, "[data-test=wallet]");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  for (let count = 0; count < 6; count += 1) {
    await page.keyboard.press("Tab");
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement!.closest("dialog") !== null));
  }
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.ok(await page.evaluate(() => document.activeElement?.matches("[data-test=wallet]")), await focused(visit));
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  for (let tries = 0; (await focused(visit)) !== "Test Wallet"; tries += 1) {
    assert.ok(tries < 10, "the wallet is not reached");
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  // A choice moves by arrows.
  await tab(visit, "main input[type=radio]");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowLeft");
  await page.locator(".proposal:enabled").first().waitFor();
  await tab(visit, ".proposal:enabled");
  await page.keyboard.press("Enter");
  await page.locator("[data-test=net]").waitFor();
  await tab(visit, "#size");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("0.05");
  // Test tokens, as long as there are none.
  const free = page.getByRole("button", { name: "Get test tokens" });
  await free.waitFor();
  for (let tries = 0; (await focused(visit)) !== "Get test tokens"; tries += 1) {
    assert.ok(tries < 80, "the test tokens are not reached");
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await free.waitFor({ state: "detached" });
  const slippage = page.getByLabel("Slippage");
  for (let tries = 0; !(await slippage.evaluate((one) => one === document.activeElement)); tries += 1) {
    assert.ok(tries < 80, "the slippage is not reached");
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("End");
  assert.equal(await slippage.inputValue(), "1000");
  await page.getByRole("button", { name: "Sign and trade" }).and(page.locator(":enabled")).waitFor();
  for (let tries = 0; (await focused(visit)) !== "Sign and trade"; tries += 1) {
    assert.ok(tries < 20, "the trade is not reached");
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.locator("[data-test=filled]").waitFor();
  await visit.shot("keys");
  await visit.end();
});
