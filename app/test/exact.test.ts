// What the page says of a fill is what the program does, to the unit: over random trades in several pools, with nobody else who fills.

import assert from "node:assert/strict";
import { test } from "node:test";
import { address, close, open, Visit } from "./browser.js";
import { compare, fill, over } from "./flows.js";
import { Market } from "./market.js";

const POOLS = 4;
/** Accounts in each pool, one after the other, each of an empty profile. */
const ACCOUNTS = 5;
/** Trades of an account, and how many of them have one leg for each that has two: as many legs as an account can have positions. */
const TRADES = 10;
const SINGLE = 4;
/** Tokens of liquidity that each pool has besides, so that what it may sell in an hour is more than all trades here. */
const LIQUIDITY = 10_000;
/** Who provides them. */
const PROVIDER = 39;
/** Trades in each hundred that may be refused before they are signed. */
const REFUSED = 30;

/** Random numbers with a seed: a linear congruence of 64 bits, of which the upper half is taken. */
function random(seed: bigint): (below: number) => number {
  let state = seed;
  return (below) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number((state >> 32n) % BigInt(below));
  };
}

/** One after the other: a fill that takes a volatility sample changes what others come to, in every pool. */
class Turns {
  private last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work);
    this.last = mine.catch(() => undefined);
    return mine;
  }
}

class Trader {
  private done = 0;
  readonly told = { filled: 0, cancelled: 0, moving: 0, legs: 0, refused: 0 };
  /** What the page has said where it took nothing, and how often. */
  readonly refusals = new Map<string, number>();

  constructor(
    private readonly visit: Visit,
    private readonly below: (most: number) => number,
    private readonly turns: Turns,
  ) {}

  /** Remembers why nothing is traded. */
  private refuse(why: string): false {
    this.refusals.set(why, (this.refusals.get(why) ?? 0) + 1);
    return false;
  }

  /** Chooses options and a size at random; whether they can be traded. */
  private async draft(): Promise<boolean> {
    const { page } = this.visit;
    const { below } = this;
    await page.locator(".choice").first().getByText(below(2) ? "BTC" : "ETH").click();
    const tenors = page.locator("main section.card .choice").first().locator("label");
    await tenors.nth(below(await tenors.count())).click();
    await page.getByText(below(2) ? "Call" : "Put", { exact: true }).first().click();
    const prices = page.locator(".price");
    await page.locator("table.chain td.strike").first().waitFor();
    // Rows are there before their prices, where a machine is busy.
    await prices.first().waitFor({ timeout: 20_000 }).catch(() => undefined);
    if ((await prices.count()) === 0) return this.refuse(`no price in the chain: ${await page.locator("main").innerText()}`);
    // A row goes where the price has left it: then another option is chosen.
    const choose = async (options: { modifiers?: ["Control"] }) => {
      const chosen = prices.nth(below(await prices.count()));
      return chosen.click({ ...options, timeout: 10_000 }).then(
        () => true,
        () => false,
      );
    };
    if (!(await choose({}))) return this.refuse("the row has gone");
    if (this.done % (SINGLE + 1) === SINGLE && !(await choose({ modifiers: ["Control"] }))) return this.refuse("the second row has gone");
    const ticket = page.locator("section[aria-label=Ticket]");
    await ticket.getByLabel("Size").fill(`0.0${1 + below(9)}`);
    const enabled = page.getByRole("button", { name: "Sign and trade" }).and(page.locator(":enabled"));
    // The page may know of a fill before it has read the account anew: that passes by itself.
    const refused = ticket.locator(".note.bad").filter({ hasNotText: "waits for its price" });
    await enabled.or(refused).first().waitFor();
    if (await refused.count()) return this.refuse(await refused.first().innerText());
    await enabled.click();
    // Numbers that a busy machine has let grow old are not signed: the page says so and reads them anew.
    const committed = page.locator("[data-test=entry] >> nth=0").and(page.locator("[data-state=committed]"));
    await committed.or(refused).first().waitFor().catch(() => undefined);
    return (await committed.count()) > 0 || !(await refused.count()) || this.refuse(await refused.first().innerText());
  }

  /** Trades once, and compares. */
  async trade(): Promise<boolean> {
    if (!(await this.draft())) {
      this.told.refused += 1;
      assert.ok(this.told.refused < 40, `nothing is taken any more: ${JSON.stringify([...this.refusals])}`);
      return false;
    }
    await this.visit.state("committed");
    // Whoever is next computes its fill once this one has landed; what the page makes of it is waited for outside.
    await this.turns.take(() => fill(this.visit));
    const entry = await over(this.visit);
    this.done += 1;
    compare(entry);
    if (entry.state === "cancelled") this.told.cancelled += 1;
    else {
      this.told.moving += Number(entry.foreseen!.some((one) => one.net !== entry.receipt!.net));
      this.told.filled += 1;
      this.told.legs += entry.legs.length;
    }
    return true;
  }
}

test("what the page foresees is what the program executes", async () => {
  await open();
  const market = await Market.start({ keeper: false, pools: POOLS });
  try {
    const { pools } = (await (await fetch(`${market.app}config.json`)).json()) as { pools: { pool: string }[] };
    assert.equal(pools.length, POOLS);
    for (let number = 0; number < POOLS * ACCOUNTS; number += 1) await market.fund(await address(40 + number));
    await market.fund(await address(PROVIDER), POOLS * LIQUIDITY);
    const provider = await market.keypair(PROVIDER);
    for (const { pool } of pools) await market.command("lp", "deposit", `${LIQUIDITY}`, "--pool", pool, "--keypair", provider, "--yes");
    await market.pause();
    const turns = new Turns();
    const traders: Trader[] = [];
    await Promise.all(
      pools.map(async ({ pool }, place) => {
        for (let number = 0; number < ACCOUNTS; number += 1) {
          const seed = 40 + place * ACCOUNTS + number;
          const visit = await Visit.begin(market.app, { seeds: [seed] });
          await visit.go(`trade/${pool}`);
          await visit.connect();
          await visit.page.getByText("Professional").click();
          const trader = new Trader(visit, random(BigInt(seed)), turns);
          traders.push(trader);
          for (let done = 0; done < TRADES; ) if (await trader.trade()) done += 1;
          // There is no data service here: the network tells the past.
          await visit.go("history");
          await visit.page.getByRole("cell", { name: "Premium", exact: true }).first().waitFor();
          await visit.end();
        }
      }),
    );
    const refusals = new Map<string, number>();
    for (const [why, often] of traders.flatMap((one) => [...one.refusals])) refusals.set(why, (refusals.get(why) ?? 0) + often);
    const sum = (of: (one: Trader["told"]) => number) => traders.reduce((all, { told }) => all + of(told), 0);
    const [filled, cancelled, moving, legs, refused] = [sum((one) => one.filled), sum((one) => one.cancelled), sum((one) => one.moving), sum((one) => one.legs), sum((one) => one.refused)];
    console.log(`  ${filled} trades of ${legs} legs were filled as the page foresaw, ${cancelled} ended without a fill as it foresaw; ${moving} would have come to something else in another second; ${refused} were refused before: ${JSON.stringify([...refusals])}`);
    assert.equal(filled + cancelled, POOLS * ACCOUNTS * TRADES);
    assert.ok(cancelled * 10 <= filled && refused * 100 <= REFUSED * filled, "most are traded");
  } finally {
    await market.end();
    await close();
  }
});
