// All margin accounts of an owner, also those that only the command opens and those that are closed: portfolio, history, and the table for taxes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
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

/** Saves the history and reads it. */
async function saved({ page }: Visit): Promise<string[]> {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as CSV" }).and(page.locator(":enabled")).click();
  return readFileSync(await (await download).path(), "utf8").split("\n");
}

/** Sum of a column of whole numbers. */
function sum(rows: string[][], column: number): bigint {
  return rows.reduce((all, row) => all + BigInt(row[column]!), 0n);
}

test("one trades with the account that one chooses", async () => {
  const owner = await address(32);
  await market.fund(owner);
  const visit = await Visit.begin(market.app, { seeds: [32] });
  await market.command("deposit", "9", "--pool", "TSLA.M", "--keypair", await market.keypair(32), "--yes", "--account", "1");
  await visit.go("trade");
  await visit.connect();
  await choose(visit);
  const { page } = visit;
  const account = page.locator(".ticket").getByLabel("Account");
  // Nobody has opened number 0; what number 1 has need not be paid in.
  assert.equal(await account.inputValue(), "0");
  const deposit = page.locator(".ticket").getByLabel("Pay in with it");
  assert.notEqual(Number(await deposit.inputValue()), 0);
  await account.selectOption("1");
  await page.waitForFunction((field) => Number((field as HTMLInputElement).value) === 0, await deposit.elementHandle());
  await visit.accessible();
  await visit.shot("accounts-ticket");
  await sign(visit);
  await visit.state("filled");
  await page.locator("[data-test=entry] strong", { hasText: ", account 1" }).waitFor();
  // The position is that account's, which closes it and has orders for it; number 0 was not opened.
  await visit.go("portfolio");
  const card = page.locator("section.card", { has: page.getByRole("heading", { name: "TSLA.M, account 1", exact: true }) });
  await page.getByRole("heading", { name: "TSLA.M", exact: true }).waitFor({ state: "detached" });
  await card.getByRole("button", { name: /^Close: / }).click();
  await page.locator("[data-test=net]").waitFor();
  assert.equal(await account.inputValue(), "1");
  await sign(visit);
  await page.locator("[data-test=entry][data-state=filled]").nth(1).waitFor();
  await visit.go("portfolio");
  await card.getByText("No positions.").waitFor();
  await visit.end();
});

test("all accounts of an owner are there, and the table is the command's", async () => {
  const owner = await address(31);
  await market.fund(owner);
  const signs = ["--pool", "TSLA.M", "--keypair", await market.keypair(31), "--yes"];
  const visit = await Visit.begin(market.app, { seeds: [31] });
  await visit.go("trade");
  await visit.connect();
  await choose(visit);
  await sign(visit);
  await visit.state("filled");
  await market.command("deposit", "7", "--account", "1", ...signs);
  await market.command("deposit", "3", "--account", "300", ...signs);
  await market.command("withdraw", "all", "--account", "300", ...signs);
  await visit.go("portfolio");
  const other = visit.page.locator("section.card", { has: visit.page.getByRole("heading", { name: "TSLA.M, account 1", exact: true }) });
  await other.getByText("7 TSLA.M").first().waitFor();
  await visit.page.getByRole("heading", { name: "TSLA.M, account 300" }).waitFor();
  // Margin moves in and out of it here, too.
  await other.getByLabel("Amount").fill("2");
  await other.getByRole("button", { name: "Withdraw" }).and(visit.page.locator(":enabled")).click();
  await visit.state("done");
  await other.getByText("5 TSLA.M").first().waitFor();
  await visit.accessible();
  await visit.shot("accounts");
  // One that is closed stays in the history.
  await visit.go("history");
  const rows = visit.page.locator("tbody tr", { hasText: "account 300" });
  await rows.nth(1).waitFor();
  await market.command("account", "close", "--account", "300", ...signs);
  await visit.go("portfolio");
  await visit.page.getByRole("heading", { name: "TSLA.M, account 300" }).waitFor({ state: "detached" });
  await visit.go("history");
  await rows.nth(1).waitFor();
  await visit.accessible();
  await visit.shot("accounts-history");
  // Also for whoever has never seen it open.
  const stranger = await Visit.begin(market.app, { width: 360 });
  await stranger.page.goto(`${market.app}#/address/${owner}`);
  await stranger.page.getByRole("heading", { name: "TSLA.M, account 1", exact: true }).waitFor();
  await stranger.fits();
  await stranger.page.getByRole("link", { name: "History" }).click();
  await stranger.page.locator("tbody tr", { hasText: "account 300" }).nth(1).waitFor();
  await stranger.fits();
  await stranger.accessible();
  await stranger.shot("accounts-phone");
  await stranger.end();
  const table = await saved(visit);
  const cells = table.slice(1).map((line) => line.split(","));
  const of = (number: string) => cells.filter((row) => row[3] === number);
  // Row by row what the command writes, in its order.
  for (const number of ["0", "1"]) {
    const told = await market.command("history", "--csv", "--pool", "TSLA.M", "--owner", owner, "--account", number);
    const [heading, ...lines] = told.trim().split("\n");
    assert.equal(table[0], heading);
    const rows = lines.map((line) => line.split(","));
    assert.deepEqual(
      of(number).map((row) => row.slice(1)),
      rows.map((row) => row.slice(1)),
    );
    // The local network tells the time of a block in two ways, which differ by a second.
    for (const [place, [time]] of rows.entries()) assert.ok(Math.abs(Date.parse(of(number)[place]![0]!) - Date.parse(time!)) <= 2_000, time);
  }
  // Options have names, and the amounts add up to what the account has.
  assert.ok(of("0").some((row) => /^"BTC call \d+ of \d+ d"$/.test(row[4]!)), table.join("\n"));
  assert.equal(sum(of("1"), 10), 500_000_000n);
  assert.equal(of("1").at(-1)![9], "5");
  assert.deepEqual([of("300").length, sum(of("300"), 10)], [2, 0n]);
  assert.equal(sum(of("0"), 10), BigInt(of("0").at(-1)![9]!.replace(/^(\d+)\.?(\d*)$/, (_, whole: string, part: string) => whole + part.padEnd(8, "0"))));
  await visit.end();
});
