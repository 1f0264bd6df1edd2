// What the page says of a fill is what the program does, to the unit: over random trades, with nobody else who fills.

import assert from "node:assert/strict";
import { test } from "node:test";
import { address, close, open, Visit } from "./browser.js";
import { Market } from "./market.js";

const TRADES = 12;

/** Random numbers with a seed: a linear congruence of 64 bits, of which the upper half is taken. */
function random(seed: bigint): (below: number) => number {
  let state = seed;
  return (below) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number((state >> 32n) % BigInt(below));
  };
}

test("what the page foresees is what the program executes", async () => {
  await open();
  const market = await Market.start(false);
  try {
    const visit = await Visit.begin(market.app, { seeds: [21] });
    await market.fund(await address(21));
    await market.pause();
    await visit.go("trade");
    await visit.connect();
    const { page } = visit;
    await page.getByText("Professional").click();
    const below = random(5n);
    for (let number = 0; number < TRADES; number += 1) {
      await page.locator(".choice").first().getByText(below(2) ? "BTC" : "ETH").click();
      const tenors = page.locator("main section.card .choice").first().locator("label");
      await tenors.nth(below(await tenors.count())).click();
      await page.getByText(below(2) ? "Call" : "Put", { exact: true }).first().click();
      const prices = page.locator(".price");
      await prices.first().waitFor();
      await prices.nth(below(await prices.count())).click();
      await page.locator("section[aria-label=Ticket]").getByLabel("Size").fill(`0.0${1 + below(9)}`);
      const enabled = page.getByRole("button", { name: "Sign and trade" }).and(page.locator(":enabled"));
      await enabled.click();
      await visit.state("committed");
      await market.sample();
      await page.getByRole("button", { name: "Fill it yourself" }).click();
      const filled = page.locator("[data-test=filled]");
      await filled.waitFor();
      const entry = await page.evaluate(() => JSON.parse(localStorage.getItem("evergreen:journal")!).find((one: { kind: string }) => one.kind === "trade"));
      assert.equal(entry.state, "filled");
      assert.equal(entry.receipt.net, entry.foreseen, JSON.stringify(entry));
      assert.deepEqual(
        entry.receipt.legs.map(({ points }: { points: string }) => points),
        entry.legs.map(({ points }: { points: string }) => points),
      );
      await page.evaluate(() => localStorage.removeItem("evergreen:journal"));
      await page.reload();
      await page.locator("[data-test=spot]").waitFor();
    }
    console.log(`  ${TRADES} trades were filled as the page foresaw`);
    await visit.end();
  } finally {
    await market.end();
    await close();
  }
});
