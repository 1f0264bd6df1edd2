// What most tests do in the page.

import assert from "node:assert/strict";
import type { Visit } from "./browser.js";

/** Puts the first ready strategy into the ticket. */
export async function choose({ page }: Visit): Promise<void> {
  await page.locator(".proposal:enabled").first().click();
  await page.locator("[data-test=net]").waitFor();
}

/** Signs what is in the ticket. The price may move as it likes until the fill: how far it does depends on the time that this takes. */
export async function sign({ page }: Visit): Promise<void> {
  await page.getByLabel("Slippage").selectOption("1000");
  await page.getByRole("button", { name: "Sign and trade" }).and(page.locator(":enabled")).click();
}

/** A trade as the page keeps it. */
export interface Kept {
  id: string;
  kind: string;
  state: string;
  decimals: number;
  reason?: string;
  foreseen?: { now: string; net: string | null }[];
  quoted?: { net: string; fee: string; least: string };
  receipt?: { time: number | null; net: string; legs: Numbers[] };
  legs: (Numbers & { option: { strike: string; tenor: number; capBps: number } })[];
}

/** What a leg comes to: native units, and bits of fixed point. */
interface Numbers {
  points: string;
  premium: string;
  fee: string;
  spot: string;
  sigma: string;
}

/** Fills the newest trade oneself, and waits until that has landed. */
export async function fill({ page }: Visit): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    await page.getByRole("button", { name: "Fill it yourself" }).first().click();
    const filling = page.locator("[data-test=entry] >> nth=0").and(page.locator("[data-kind=fill]"));
    const landed = filling.and(page.locator("[data-state=done]"));
    // Another second may need a sample that the first one did not: then the program refuses the fill. A busy network may answer too late. Either way it is made anew.
    const missed = filling.and(page.locator("[data-state=failed], [data-state=unsigned], [data-state=expired]"));
    await landed.or(missed).first().waitFor();
    if (await landed.count()) return;
    assert.ok(tries < 20, await missed.innerText());
    await missed.getByRole("button", { name: "Dismiss" }).click();
  }
}

/** Waits until the newest trade is over, takes it out of what is shown, and returns it. */
export async function over({ page }: Visit): Promise<Kept> {
  const trade = page.locator("[data-test=entry][data-kind=trade] >> nth=0");
  await trade.and(page.locator("[data-state=filled], [data-state=cancelled]")).waitFor();
  const kept = await page.evaluate(() => JSON.parse(localStorage.getItem("evergreen:journal")!) as unknown);
  for (const dismiss of await page.getByRole("button", { name: "Dismiss" }).all()) await dismiss.click({ timeout: 2_000 }).catch(() => undefined);
  return (kept as Kept[]).find(({ kind }) => kind === "trade")!;
}

/** Compares a trade that is over with what the page has foreseen of it, to the unit. */
export function compare(entry: Kept): void {
  const all = JSON.stringify(entry);
  const foreseen = entry.foreseen ?? [];
  assert.ok(foreseen.length > 0, all);
  if (entry.state === "cancelled") return assert.ok(foreseen.every(({ net }) => net === null), all);
  assert.equal(entry.state, "filled");
  const { net, time, legs } = entry.receipt!;
  assert.equal(net, foreseen.find(({ now }) => now === String(time))?.net, all);
  assert.deepEqual(
    legs.map(({ points }) => points),
    entry.legs.map(({ points }) => points),
  );
}

const sum = (legs: Numbers[], of: "premium" | "fee") => legs.reduce((all, leg) => all + BigInt(leg[of]), 0n);

/** Compares a fill with what its ticket has told, to the unit: all of it where price and volatility of each leg were the same, which is returned; otherwise that both add up. */
export function compareQuote(entry: Kept): boolean {
  const [{ legs, quoted, receipt }, all] = [entry, JSON.stringify(entry)];
  if (!quoted || !receipt) throw new Error(all);
  assert.equal(BigInt(quoted.fee), sum(legs, "fee"), all);
  assert.equal(BigInt(quoted.net), sum(legs, "premium") - sum(legs, "fee"), all);
  assert.equal(BigInt(receipt.net), sum(receipt.legs, "premium") - sum(receipt.legs, "fee"), all);
  assert.ok(BigInt(receipt.net) >= BigInt(quoted.least), all);
  const standing = ({ spot, sigma }: Numbers) => `${spot} ${sigma}`;
  if (legs.some((leg, place) => standing(leg) !== standing(receipt.legs[place]!))) return false;
  assert.equal(receipt.net, quoted.net, all);
  assert.deepEqual(
    receipt.legs.map(({ premium, fee }) => [premium, fee]),
    legs.map(({ premium, fee }) => [premium, fee]),
    all,
  );
  return true;
}
