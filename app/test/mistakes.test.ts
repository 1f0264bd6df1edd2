// What goes wrong for whoever uses the page for the first time: each is told in words, with what to do, and nothing is lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { address, Visit } from "./browser.js";
import { choose, sign } from "./flows.js";
import { forAll } from "./market.js";

const market = await forAll();

const signed = ({ page }: Visit) => page.evaluate(() => (window as { walletSigned?: number }).walletSigned ?? 0);

/** A visit whose wallet has everything, with a strategy in the ticket. */
async function ready(seed: number, chosen: Parameters<typeof Visit.begin>[1] = {}): Promise<Visit> {
  const visit = await Visit.begin(market.app, { seeds: [seed], ...chosen });
  await market.fund(await address(seed));
  await visit.go("trade");
  await visit.connect();
  await choose(visit);
  return visit;
}

test("a size that is none, too small, or too large", async () => {
  const visit = await ready(61);
  const ticket = visit.page.locator("section[aria-label=Ticket]");
  const size = ticket.getByLabel("Size");
  for (const none of ["", "much", "0", "-1"]) {
    await size.fill(none);
    await ticket.getByText("Type an amount, such as 0.1.").waitFor();
    assert.equal(await ticket.getByRole("button", { name: "Sign and trade" }).count(), 0);
  }
  // What may be two numbers is neither; what is one is taken, whoever wrote it.
  for (const [typed, thousands, fraction] of [
    ["1,000", "1000", "1.000"],
    ["20,500", "20500", "20.500"],
  ]) {
    await size.fill(typed!);
    await ticket.getByText(`“${typed}” may be ${thousands} or ${fraction}: type the one that is meant.`).waitFor();
    assert.equal(await ticket.getByRole("button", { name: "Sign and trade" }).count(), 0);
  }
  await visit.accessible();
  await size.fill("0.1");
  const net = ticket.locator("[data-test=net]");
  const cost = async () => Number.parseFloat(await net.innerText());
  const tenth = await cost();
  // The price moves meanwhile, though not to the double.
  const near = (at: number) => visit.page.waitForFunction((about) => Math.abs(Number.parseFloat(document.querySelector<HTMLElement>("[data-test=net]")?.innerText ?? "") / about - 1) < 0.4, at);
  for (const same of ["0,1", ".1", "1e-1", "0,10"]) {
    await size.fill("0.2");
    await near(2 * tenth);
    await size.fill(same);
    await near(tenth);
  }
  const paid = ticket.getByLabel("Pay in with it");
  await paid.fill("1,000");
  await ticket.getByText("“1,000” may be 1000 or 1.000: type the one that is meant.").waitFor();
  await paid.fill("1 000,5");
  await ticket.getByText("“1,000” may be").waitFor({ state: "detached" });
  await paid.fill("");
  // What is little is not nothing.
  await size.fill("0.000001");
  await ticket.locator("[data-test=net]", { hasText: /^0\.0000[0-9]+ TSLA\.M$/ }).waitFor();
  await size.fill("1000");
  await ticket.locator(".note.bad", { hasText: "Take a smaller size" }).waitFor();
  await visit.accessible();
  await visit.shot("mistake-too-large");
  // What fits is one click away.
  await ticket.locator(".field", { hasText: "Largest size" }).getByRole("button").click();
  await ticket.locator("[data-test=net]").waitFor();
  await ticket.getByLabel("Pay in with it").fill("x");
  await ticket.getByText("Type an amount, such as 5.").waitFor();
  await visit.end();
});

test("a budget that may be two numbers", async () => {
  const visit = await Visit.begin(market.app);
  await visit.go("trade");
  await visit.page.locator(".proposal:enabled").first().waitFor();
  const budget = visit.page.getByLabel("Most you would lose");
  await budget.fill("1,000");
  await visit.page.getByText("“1,000” may be 1000 or 1.000: type the one that is meant.").waitFor();
  await visit.page.locator(".proposal").first().waitFor({ state: "detached" });
  await budget.fill("1,5");
  await visit.page.locator(".proposal:enabled").first().waitFor();
  await visit.end();
});

test("a wallet without the token, and one without SOL", async () => {
  const poor = await Visit.begin(market.app, { seeds: [62] });
  await poor.go("liquidity");
  await poor.connect();
  const card = poor.page.locator("section.card", { has: poor.page.getByRole("heading", { name: "TSLA.M" }) });
  await card.getByLabel("Provide").fill("3");
  await card.getByText("That is more than you have: 0 TSLA.M.").waitFor();
  assert.ok(await card.getByRole("button", { name: "Provide" }).isDisabled());
  await card.getByLabel("Provide").fill("three");
  await card.getByText("Type an amount, such as 1.5.").waitFor();
  await card.getByRole("button", { name: "Get test tokens" }).click();
  await card.getByLabel("Provide").fill("3");
  await card.getByRole("button", { name: "Provide" }).and(poor.page.locator(":enabled")).waitFor();
  await poor.end();
  // The network tells of SOL that was spent elsewhere in the meantime.
  const visit = await ready(63);
  visit.expected = /Failed to load resource/;
  await visit.page.route(`${market.rpc}/**`, async (route) => {
    const asked = route.request().postDataJSON();
    if (asked.method !== "sendTransaction") return route.continue();
    const error = { code: -32002, message: "Transaction simulation failed: Attempt to debit an account but found no record of a prior credit.", data: { err: "AccountNotFound", logs: [] } };
    return route.fulfill({ json: { jsonrpc: "2.0", id: asked.id, error } });
  });
  await sign(visit);
  await visit.state("failed");
  await visit.page.getByText("Your wallet has too little SOL for fees and rent. Send it some SOL").waitFor();
  await visit.end();
});

test("a wallet of another network", async () => {
  const visit = await Visit.begin(market.app, { seeds: [64], chains: ["solana:devnet"] });
  await market.fund(await address(64));
  await visit.page.route("**/config.json", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ json: { ...(await answer.json()), network: "mainnet" } });
  });
  await visit.go("trade");
  await visit.connect();
  await choose(visit);
  await sign(visit);
  await visit.state("unsigned");
  await visit.page.getByText("Your wallet does not serve this network. Choose the network in its settings").waitFor();
  assert.equal(await signed(visit), 0);
  await visit.end();
});

test("a signature that comes too late", async () => {
  const visit = await ready(65);
  let late = true;
  await visit.page.route(`${market.rpc}/**`, async (route) => {
    const asked = route.request().postDataJSON();
    if (!late || asked.method !== "getLatestBlockhash") return route.continue();
    const value = { blockhash: "4NCYB3kRT8sCNodPNuCZo8VUh4xqpBQxsxed2wd9xaD4", lastValidBlockHeight: 0 };
    const told = await (await route.fetch()).json();
    return route.fulfill({ json: { ...told, result: { ...told.result, value } } });
  });
  await sign(visit);
  await visit.state("expired");
  await visit.page.getByText("The network did not take it in time. Nothing was done; try again.").waitFor();
  late = false;
  await choose(visit);
  await sign(visit);
  await visit.state("filled");
  await visit.end();
});

test("a laptop that has slept", async () => {
  const visit = await Visit.begin(market.app, { seeds: [66] });
  await visit.page.clock.install();
  await market.fund(await address(66));
  await visit.go("trade");
  await visit.connect();
  await choose(visit);
  // It wakes up, and the network is not there yet.
  let wake = () => {};
  const awake = new Promise<void>((done) => (wake = done));
  await visit.page.route(`${market.rpc}/**`, async (route) => {
    await awake;
    await route.continue();
  });
  await visit.page.clock.fastForward("08:00:00");
  await visit.page.getByLabel("Slippage").selectOption("1000");
  await visit.page.getByRole("button", { name: "Sign and trade" }).and(visit.page.locator(":enabled")).click();
  wake();
  // Where they are others now, nothing is signed before they are seen; where they are the same, it is what was asked for.
  const others = visit.page.getByText("The numbers were old and have been read anew. Look at them, then sign.");
  await others.or(visit.page.locator('[data-test="entry"]')).first().waitFor();
  if (await others.isVisible()) {
    assert.equal(await signed(visit), 0);
    await sign(visit);
  }
  await visit.state("filled");
  await visit.end();
});

test("two tabs share what is under way", async () => {
  const first = await ready(67, { delay: 3_600_000 });
  await sign(first);
  await first.state("signing");
  // The other tab tells of it, and does not take it for lost.
  const second = await first.tab();
  await second.go("liquidity");
  await second.state("signing");
  await second.wallet({ delay: 0 });
  await second.page.locator("[data-test=wallet]", { hasText: "…" }).waitFor();
  const card = second.page.locator("section.card", { has: second.page.getByRole("heading", { name: "CRCLx" }) });
  await card.getByText("In your wallet: 500").waitFor();
  // One question at a time.
  await card.getByLabel("Provide").fill("2");
  assert.ok(await card.getByRole("button", { name: "Provide" }).isDisabled());
  await first.page.close();
  await second.state("unsigned");
  await second.page.getByText("The page was reloaded before your wallet answered. Nothing was sent.").waitFor();
  await card.getByRole("button", { name: "Provide" }).and(second.page.locator(":enabled")).click();
  await second.state("done");
  // What a tab has sent another one follows, once the first is closed; neither writes over the other's.
  const third = await second.tab();
  await third.go("trade");
  await third.wallet({ delay: 0 });
  await choose(third);
  third.expected = /ERR_FAILED|failed:|Failed to load resource/;
  const lost = (route: { request(): { postData(): string | null }; abort(why: string): Promise<void>; continue(): Promise<void> }) =>
    route.request().postData()?.includes('"sendTransaction"') ? route.abort("failed") : route.continue();
  await third.page.route(`${market.rpc}/**`, lost);
  await sign(third);
  await third.state("sending");
  await second.state("sending");
  await third.page.close();
  await second.state("filled");
  const kept = await second.page.evaluate(() => (JSON.parse(localStorage.getItem("evergreen:journal")!) as { state: string }[]).map(({ state }) => state));
  assert.deepEqual(kept, ["filled", "done", "unsigned"]);
  await second.page.getByText("Done, and final").first().waitFor();
  await second.end();
});

test("a reload while a trade waits for its price", async () => {
  const visit = await ready(68);
  visit.expected = /ERR_FAILED|failed:|Failed to load resource/;
  let blocked = true;
  await visit.page.route(`${market.rpc}/**`, (route) =>
    blocked && route.request().postData()?.includes('"getSignaturesForAddress"') ? route.abort("failed") : route.continue(),
  );
  await sign(visit);
  await visit.state("committed");
  await visit.page.reload();
  await visit.state("committed");
  blocked = false;
  await visit.state("filled");
  await visit.page.getByText("Done, and final").first().waitFor();
  await visit.end();
});

test("a transaction that the chain has withdrawn is followed anew", async () => {
  const visit = await ready(69);
  await visit.page.route(`${market.rpc}/**`, async (route) => {
    const asked = route.request().postDataJSON();
    if (asked.method !== "getSignatureStatuses") return route.continue();
    const answer = await (await route.fetch()).json();
    const known = answer.result?.value?.[0];
    if (known?.confirmationStatus === "finalized") known.confirmationStatus = "confirmed";
    if (gone) answer.result.value = [null];
    return route.fulfill({ json: answer });
  });
  let gone = false;
  await sign(visit);
  await visit.state("filled");
  await visit.page.getByText("Done. It is final in a few seconds.").waitFor();
  gone = true;
  await visit.state("sending");
  gone = false;
  await visit.state("filled");
  await visit.end();
});
