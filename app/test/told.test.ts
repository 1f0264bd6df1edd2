// Notices of the browser: wanted or refused, and each that there is. Nobody fills or executes here unless a test has it done.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { address, LONGEST_WAIT, Visit } from "./browser.js";
import { choose, fill, over, sign } from "./flows.js";
import { forAll } from "./market.js";

const market = await forAll({ keeper: false, past: true });

before(async () => {
  await market.pause();
  await market.price("BTC", 100_000);
});

/** A visit in a browser that asks its user about notices, who says yes or no, and that keeps what it was to show. */
async function begin(seed: number, agrees = true): Promise<Visit> {
  const visit = await Visit.begin(market.app, { seeds: [seed] });
  await visit.page.addInitScript((yes) => {
    const shown = () => JSON.parse(localStorage.getItem("test:shown") ?? "[]");
    class FakeNotification {
      static get permission() {
        return localStorage.getItem("test:permission") ?? "default";
      }
      static async requestPermission() {
        localStorage.setItem("test:permission", yes ? "granted" : "denied");
        return FakeNotification.permission;
      }
      constructor(title: string, { body }: { body: string }) {
        localStorage.setItem("test:shown", JSON.stringify([...shown(), { title, body }]));
      }
      close() {}
    }
    Object.defineProperty(window, "Notification", { value: FakeNotification });
  }, agrees);
  await market.fund(await address(seed));
  await visit.go("trade");
  await visit.connect();
  return visit;
}

async function want({ page }: Visit): Promise<void> {
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("group", { name: "Notifications" }).getByText("On", { exact: true }).click();
}

async function shown({ page }: Visit): Promise<{ title: string; body: string }[]> {
  return page.evaluate(() => JSON.parse(localStorage.getItem("test:shown") ?? "[]"));
}

/** Waits for a notice. */
async function told(visit: Visit, title: RegExp, timeout = LONGEST_WAIT): Promise<string> {
  await visit.page.waitForFunction(
    (text) => (JSON.parse(localStorage.getItem("test:shown") ?? "[]") as { title: string }[]).some((one) => new RegExp(text).test(one.title)),
    title.source,
    { timeout },
  );
  return (await shown(visit)).find((one) => title.test(one.title))!.body;
}

/** Puts an option of the chain into what is to be signed: the last one that can be bought, or the one of this name. */
async function option({ page }: Visit, size: string, name?: string): Promise<string> {
  await page.getByText("Professional").click();
  await page.locator("table.chain td.strike").first().waitFor();
  await page.locator("main section.card input[inputmode=decimal]").first().fill(size);
  const chosen = name ? page.getByRole("button", { name: `Write ${name}` }) : page.getByRole("button", { name: /^Buy BTC Call/ }).last();
  const label = (await chosen.getAttribute("aria-label"))!;
  await chosen.click();
  await page.locator("[data-test=net]").waitFor();
  return /^\w+ ([^:]*):/.exec(label)![1]!;
}

test("a browser that refuses is not asked to show anything", async () => {
  const visit = await begin(91, false);
  await want(visit);
  await visit.page.getByText("Your browser does not let this page notify you").waitFor();
  await visit.accessible();
  await visit.shot("notices-refused");
  await visit.page.keyboard.press("Escape");
  await visit.end();
});

test("a trade is told when it is filled, and when nobody fills it", async () => {
  const visit = await begin(92);
  await want(visit);
  await visit.page.getByRole("group", { name: "Warn of a liquidation when it is so near" }).waitFor();
  await visit.shot("notices");
  await visit.accessible();
  await visit.page.keyboard.press("Escape");
  await choose(visit);
  await sign(visit);
  await visit.state("committed");
  await fill(visit);
  const { receipt, decimals } = await over(visit);
  const [whole, part = ""] = (await told(visit, /^Filled: Buy BTC Call/)).split(" ")[0]!.split(".");
  assert.equal(BigInt(whole + part.padEnd(decimals, "0")), BigInt(receipt!.net), "to the unit");
  await choose(visit);
  await sign(visit);
  await visit.state("committed");
  await market.advance("10m");
  await market.work();
  assert.match(await told(visit, /^Not filled: Buy BTC Call/), /no price came in time/);
  // Each is told once, also after a reload.
  await visit.page.reload();
  await visit.page.locator("[data-test=spot]").waitFor();
  await over(visit);
  const titles = (await shown(visit)).map(({ title }) => title);
  assert.equal(new Set(titles).size, titles.length, titles.join());
  await visit.end();
});

test("whoever is close to liquidation is told, and whoever is liquidated", async () => {
  // Somebody has bought what is written here.
  const other = await begin(93);
  const name = await option(other, "0.5");
  await sign(other);
  await other.state("committed");
  await fill(other);
  await over(other);
  await other.end();
  const visit = await begin(94);
  await want(visit);
  await visit.page.keyboard.press("Escape");
  await option(visit, "0.1", name);
  await sign(visit);
  await visit.state("committed");
  await fill(visit);
  await over(visit);
  // It is close before it is reached.
  let price = 100_000;
  for (; price < 120_000 && (await shown(visit)).every(({ title }) => !title.startsWith("Close")); price += 2_000) {
    await market.price("BTC", price);
    await told(visit, /^Close to liquidation/, 10_000).catch(() => undefined);
  }
  assert.match(await told(visit, /^Close to liquidation: TSLA\.M/), /A move of BTC by \+10% would liquidate the account/);
  await market.price("BTC", 120_000);
  await visit.page.waitForFunction(() => (localStorage.getItem("test:shown") ?? "").includes("Anyone may liquidate the account now"));
  await market.work();
  assert.match(await told(visit, /^Your account was liquidated: TSLA\.M/), /too little margin/);
  await market.price("BTC", 100_000);
  await visit.end();
});

test("a request is told when it can be executed, and when it is to be claimed", async () => {
  const visit = await begin(95);
  await want(visit);
  await visit.page.keyboard.press("Escape");
  await visit.go("liquidity");
  const card = visit.page.locator("section.card", { has: visit.page.getByRole("heading", { name: "TSLA.M" }) });
  await card.getByLabel("Provide").fill("10");
  await card.getByRole("button", { name: "Provide" }).and(visit.page.locator(":enabled")).click();
  await visit.state("done");
  // It is executed within 20 seconds after a full minute, or not at all.
  for (let tries = 0; tries < 20 && !(await card.getByText("Worth now").count()); tries += 1) {
    await market.advance("8s");
    await market.work();
  }
  await card.getByText("Worth now").waitFor();
  await card.getByLabel("Redeem").fill("1000");
  await card.getByRole("button", { name: "Redeem" }).and(visit.page.locator(":enabled")).click();
  await card.getByText("Pays now").waitFor();
  assert.deepEqual(await shown(visit), []);
  await market.advance("3d");
  assert.match(await told(visit, /^A request can be executed: TSLA\.M/), /Its time has come/);
  await visit.end();
});

test("numbers that have become old are read anew, and signed where they are the same", async () => {
  const visit = await begin(96);
  await choose(visit);
  const button = visit.page.getByRole("button", { name: "Sign and trade" }).and(visit.page.locator(":enabled"));
  // The click is the first thing after a sleep.
  await button.evaluate((one: HTMLButtonElement) => {
    const before = Date.now;
    Date.now = () => before() + 60_000;
    one.click();
  });
  await visit.state("committed");
  await fill(visit);
  await visit.end();
});
