// Who holds options already: a roll in one commitment, ready strategies on top of positions, and what accounts have made, all to the unit.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { address, Visit } from "./browser.js";
import { choose, compare, compareQuote, fill, type Kept, over, sign } from "./flows.js";
import { forAll } from "./market.js";

const market = await forAll({ keeper: false, past: true, explorer: "https://example.com/{kind}/{id}?of=here" });

before(async () => {
  await market.pause();
});

/** Signs what is in the ticket, fills it, and compares what it came to. */
async function done(visit: Visit): Promise<Kept> {
  await sign(visit);
  await visit.state("committed");
  await fill(visit);
  const entry = await over(visit);
  compare(entry);
  assert.equal(entry.state, "filled");
  console.log(`  the quote ${compareQuote(entry) ? "stood" : "moved"}`);
  return entry;
}

async function begin(seed: number): Promise<Visit> {
  const visit = await Visit.begin(market.app, { seeds: [seed] });
  await market.fund(await address(seed));
  await visit.go("trade");
  await visit.connect();
  await choose(visit);
  return visit;
}

const units = async (visit: Visit, where: string) => BigInt((await visit.page.locator(where).first().getAttribute("data-units"))!);
const signed = ({ page }: Visit) => page.evaluate(() => (window as { walletSigned?: number }).walletSigned ?? 0);

test("a position is rolled in one commitment", async () => {
  const visit = await begin(81);
  const bought = await done(visit);
  await visit.go("portfolio");
  const before = await signed(visit);
  await visit.page.getByRole("button", { name: /^Roll: BTC/ }).click();
  await visit.page.locator("[data-test=net]").waitFor();
  const quoted = await units(visit, "[data-test=net]");
  const rolled = await done(visit);
  // Once for the roll, and once for the fill, which anybody could have done.
  assert.equal((await signed(visit)) - before, 2);
  const [old, next] = rolled.legs;
  assert.equal(rolled.legs.length, 2);
  assert.deepEqual([old!.option, BigInt(old!.points)], [bought.legs[0]!.option, -BigInt(bought.legs[0]!.points)]);
  assert.equal(next!.points, bought.legs[0]!.points);
  assert.equal(next!.option.strike, old!.option.strike);
  assert.ok(next!.option.tenor > old!.option.tenor, "it is rolled on");
  // The price stands, so what was quoted before it was signed is nearly what came of it; what was foreseen of the fill is it.
  assert.ok(quoted < 0n && BigInt(rolled.receipt!.net) < 0n, `${quoted}, ${rolled.receipt!.net}`);
  await visit.go("portfolio");
  await visit.page.getByRole("cell", { name: /^BTC Call .* · 30 days/ }).waitFor();
  assert.equal(await visit.page.getByRole("button", { name: /^Roll: BTC/ }).count(), 1, "one position is left");
  await visit.accessible();
  await visit.shot("rolled");
  await visit.end();
});

test("a ready strategy tells what it can gain also on top of a position", async () => {
  const visit = await begin(82);
  const told = async () => (await units(visit, "section[aria-label=Ticket] dd.gainAtMost")) - (await units(visit, "section[aria-label=Ticket] dd.loseAtMost"));
  const atCap = async () => {
    await visit.go("portfolio");
    await visit.page.getByRole("cell", { name: /^BTC Call/ }).waitFor();
    return units(visit, "[data-test=atCap]");
  };
  const first = await told();
  const one = await done(visit);
  const held = await atCap();
  assert.equal(held, first, "what it can gain beyond what it costs is what is paid at the cap");
  await visit.go("trade");
  for (const outlook of ["↓", "↔", "↑"]) {
    await visit.page.locator(".choice label", { hasText: outlook }).click();
    // What nobody has bought cannot be written.
    await visit.page.locator(".proposal").first().waitFor();
    const shown = visit.page.locator(".proposal:enabled");
    assert.equal(await shown.count(), await shown.locator("[data-test=best]").count());
    for (const which of ["best", "worst"]) {
      for (const text of await shown.locator(`[data-test=${which}]`).allInnerTexts()) assert.match(text, /^[+-]\d[\d.,]* TSLA\.M$/, outlook);
    }
  }
  await visit.shot("strategies-held");
  await choose(visit);
  const second = await told();
  const two = await done(visit);
  assert.deepEqual(two.legs[0]!.option, one.legs[0]!.option, "it is the option that is held");
  assert.equal((await atCap()) - held, second);
  // The other direction gives up what is held, where it is the same option; closing has nothing to gain.
  await visit.page.getByRole("button", { name: /^Close: BTC/ }).click();
  await visit.page.locator("[data-test=net]").waitFor();
  assert.equal(await visit.page.locator("section[aria-label=Ticket] dd.gainAtMost").count(), 0);
  await visit.end();
});

test("accounts are ranked by what they have realised, and looked up where that is wanted", async () => {
  // One closes at once and pays both spreads; another only pays a fee.
  const visit = await begin(83);
  await done(visit);
  await visit.go("portfolio");
  await visit.page.getByRole("button", { name: /^Close: BTC/ }).click();
  await done(visit);
  const who = await address(83);
  await visit.go("history");
  const link = visit.page.locator("tbody tr a").first();
  await link.waitFor();
  assert.match((await link.getAttribute("href"))!, /^https:\/\/example\.com\/tx\/[1-9A-HJ-NP-Za-km-z]{86,88}\?of=here$/);
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
  await visit.page.locator("[data-test=wallet]").click();
  assert.equal(await visit.page.getByRole("dialog").getByRole("link").getAttribute("href"), `https://example.com/address/${who}?of=here`);
  await visit.page.keyboard.press("Escape");
  await visit.go("portfolio");
  await visit.page.locator("dd.realised").waitFor();
  const realised = await units(visit, "dd.realised");
  assert.ok(realised < 0n);
  await visit.page.getByRole("link", { name: "Markets" }).click();
  await visit.page.getByRole("link", { name: "Leaderboard" }).first().click();
  // Sums are of final transactions, and the page is read anew by itself.
  const row = visit.page.locator(`[data-test=leader][data-owner="${who}"]`);
  const cell = row.locator(`[data-test=realised][data-units="${realised}"]`);
  await cell.waitFor();
  await row.getByText("you").waitFor();
  await visit.accessible();
  await visit.fits();
  await visit.shot("leaders");
  const all = await visit.page.locator("[data-test=realised]").evaluateAll((cells) => cells.map((one) => one.getAttribute("data-units")!));
  assert.ok(all.length >= 3 && all.every((one, place) => place === 0 || BigInt(all[place - 1]!) >= BigInt(one)), all.join());
  // Each is what that account's own statement tells.
  const owners = await visit.page.locator("[data-test=leader]").evaluateAll((rows) => rows.map((one) => one.getAttribute("data-owner")!));
  const other = owners.findIndex((one) => one !== who);
  await visit.page.locator("[data-test=leader] a").nth(other).click();
  await visit.page.locator(`dd.realised[data-units="${all[other]}"]`).waitFor();
  // Page by page: one account on each.
  await visit.page.route(/\/v1\/leaders\?/, (route) => route.continue({ url: route.request().url().replace("limit=25", "limit=1") }));
  await visit.page.goto(`${market.app}#/leaders`);
  const ranked: string[] = [];
  for (;;) {
    const rank = visit.page.locator("[data-test=leader]", { has: visit.page.locator("td").first().getByText(`${ranked.length + 1}`, { exact: true }) });
    await rank.waitFor();
    ranked.push((await rank.getAttribute("data-owner"))!);
    const next = visit.page.getByRole("button", { name: "Next page" });
    if (ranked.length === owners.length || (await next.isDisabled())) break;
    await next.click();
  }
  assert.deepEqual(ranked, owners);
  await visit.end();
});
