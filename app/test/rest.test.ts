// What is done more seldom: insurance and its claim, a request that is cancelled, what if, and settings.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { address, close, open, Visit } from "./browser.js";
import { choose, sign } from "./flows.js";
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

test("insurance is provided, a request cancelled, and another one claimed", async () => {
  const visit = await Visit.begin(market.app, { seeds: [36] });
  const { page } = visit;
  await market.fund(await address(36));
  await visit.go("liquidity");
  await visit.connect();
  const card = page.locator("section.card", { has: page.getByRole("heading", { name: "TSLA.M" }) });
  const enabled = (name: string) => card.getByRole("button", { name, exact: true }).and(page.locator(":enabled"));
  await card.getByText("Insurance", { exact: true }).click();
  await card.getByLabel("Provide").fill("10");
  await enabled("Provide").click();
  await visit.state("done");
  await card.getByText("Worth now").waitFor();
  await card.getByLabel("Redeem").fill("2");
  await enabled("Redeem").click();
  await card.getByText("Pays now").waitFor();
  await enabled("Cancel").click();
  await card.getByText("Pays now").waitFor({ state: "detached" });
  await card.getByLabel("Redeem").fill("1");
  await enabled("Redeem").click();
  await card.getByText("Pays now").waitFor();
  await visit.accessible();
  await visit.shot("insurance-requested");
  // The cooldown passes, and the first full minute after it.
  const claim = card.getByRole("button", { name: /^Claim/ });
  await market.advance("31d");
  for (let tries = 0; tries < 20 && !(await claim.count()) && (await card.getByText("Pays now").count()); tries += 1) await market.advance("8s");
  // A keeper that executes pays out, too; otherwise it is claimed here.
  if (await claim.count()) await claim.click();
  await card.getByText("Pays now").waitFor({ state: "detached" });
  await claim.waitFor({ state: "detached" });
  await visit.end();
});

test("what if the price were another one", async () => {
  const visit = await Visit.begin(market.app, { seeds: [37] });
  const { page } = visit;
  await market.fund(await address(37));
  await visit.go("trade");
  await visit.connect();
  await choose(visit);
  await sign(visit);
  await visit.state("filled");
  await visit.go("portfolio");
  await page.getByRole("cell", { name: /^BTC Call/ }).waitFor();
  const slider = page.getByLabel(/^price/);
  const equity = page.locator("dl.details", { hasText: "Room before liquidation" }).locator("dd").first();
  const at = async (percent: string): Promise<number> => {
    const before = await equity.innerText();
    await slider.fill(percent);
    await equity.filter({ hasNotText: before }).waitFor();
    return Number.parseFloat((await equity.innerText()).replaceAll(",", ""));
  };
  // A bought call gains with the price, and by keys, too.
  const [high, low] = [await at("30"), await at("-30")];
  assert.ok(high > low, `${high} above ${low}`);
  await slider.focus();
  await page.keyboard.press("End");
  assert.equal(await slider.inputValue(), "50");
  await page.getByText("price 50%").waitFor();
  await visit.accessible();
  await visit.end();
});

test("language, colours and theme are chosen, and kept", async () => {
  const visit = await Visit.begin(market.app);
  const { page } = visit;
  await visit.go("trade");
  await page.getByRole("button", { name: "Settings" }).click();
  const dialog = page.getByRole("dialog");
  const gain = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--gain").trim());
  const green = await gain();
  await dialog.getByText("Red", { exact: true }).click();
  await page.waitForFunction((before) => getComputedStyle(document.documentElement).getPropertyValue("--gain").trim() !== before, green);
  const red = await gain();
  await dialog.getByText("Dark", { exact: true }).click();
  const night = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const look = await gain();
  await dialog.locator("select").selectOption("ar");
  await page.locator("html[dir=rtl][lang=ar]").waitFor();
  await visit.accessible();
  await visit.shot("settings-chosen");
  await page.keyboard.press("Escape");
  await page.reload();
  await page.locator("html[dir=rtl][lang=ar]").waitFor();
  await page.locator("main h1").first().waitFor({ state: "attached" });
  assert.equal(await gain(), look);
  assert.notEqual(red, green);
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), night);
  await visit.fits();
  await visit.end();
});
