// The app in a real browser on a real local network. States are waited for, never times.

import assert from "node:assert/strict";
import { test } from "node:test";
import { address, Visit } from "./browser.js";
import { choose, sign } from "./flows.js";
import { forAll } from "./market.js";

const market = await forAll();

test("the first trade from an empty profile", async () => {
  const visit = await Visit.begin(market.app, { seeds: [11] });
  await visit.go("trade");
  await choose(visit);
  await visit.page.getByRole("button", { name: "Connect a wallet to trade" }).click();
  await visit.page.getByRole("button", { name: "Test Wallet" }).click();
  await visit.page.getByText("Your wallet has too little SOL").waitFor();
  await visit.shot("first-poor");
  await visit.page.getByRole("button", { name: "Get test tokens" }).click();
  await sign(visit);
  await visit.page.locator("[data-test=filled]").waitFor();
  assert.equal(await visit.page.evaluate(() => (window as { walletSigned?: number }).walletSigned), 1, "it is signed once");
  await visit.shot("first-filled");
  await visit.go("portfolio");
  await visit.page.getByRole("cell", { name: /^BTC Call/ }).waitFor();
  await visit.shot("first-portfolio");
  await visit.go("history");
  await visit.page.getByRole("cell", { name: "Premium", exact: true }).waitFor();
  const saved = visit.page.waitForEvent("download");
  await visit.page.getByRole("button", { name: "Save as CSV" }).click();
  assert.equal((await saved).suggestedFilename(), "evergreen.csv");
  await visit.end();
});

test("the first trade on a phone of 360 pixels", async () => {
  const visit = await Visit.begin(market.app, { seeds: [12], width: 360, height: 740 });
  await market.fund(await address(12));
  await visit.go("trade");
  await visit.connect();
  await choose(visit);
  await visit.fits();
  await visit.shot("phone-ticket");
  await sign(visit);
  await visit.page.locator("[data-test=filled]").waitFor();
  await visit.shot("phone-filled");
  await visit.go("portfolio");
  await visit.page.getByRole("cell", { name: /^BTC Call/ }).waitFor();
  await visit.fits();
  await visit.shot("phone-portfolio");
  await visit.end();
});

test("a wallet that takes twenty seconds, and one that rejects", async () => {
  const visit = await Visit.begin(market.app, { seeds: [13], delay: 20_000 });
  await market.fund(await address(13));
  await visit.go("trade");
  await visit.connect();
  await choose(visit);
  await sign(visit);
  await visit.state("signing");
  await visit.page.getByText("Your wallet asks you to sign").waitFor();
  await visit.page.locator("[data-test=filled]").waitFor();
  await visit.wallet({ delay: 0, approve: false });
  await choose(visit);
  await sign(visit);
  await visit.state("unsigned");
  await visit.page.getByText("You have rejected it in your wallet").waitFor();
  // What was in the ticket is still there, to try again.
  await visit.wallet({ approve: true });
  await sign(visit);
  await visit.state("filled");
  await visit.end();
});

test("a wallet that refuses to connect, changes its account, and is remembered", async () => {
  const visit = await Visit.begin(market.app, { seeds: [14, 15], approve: false });
  await visit.go("trade");
  await visit.page.locator("[data-test=wallet]").click();
  await visit.page.getByRole("button", { name: "Test Wallet" }).click();
  await visit.page.getByText("You have rejected it in your wallet").waitFor();
  await visit.wallet({ approve: true });
  await visit.page.getByRole("button", { name: "Test Wallet" }).click();
  const shown = visit.page.locator("[data-test=wallet]");
  const [first, second] = await Promise.all([14, 15].map(address));
  await shown.getByText(first!.slice(0, 4)).waitFor();
  // Silently, after a reload; and it is followed from then on.
  await visit.page.reload();
  await shown.getByText(first!.slice(0, 4)).waitFor();
  await visit.page.evaluate(() => (window as unknown as { walletChoose: (place: number) => void }).walletChoose(1));
  await shown.getByText(second!.slice(0, 4)).waitFor();
  await visit.page.getByText("Your wallet has changed its account").waitFor();
  await shown.click();
  await visit.page.getByRole("button", { name: "Disconnect" }).click();
  await visit.page.reload();
  await visit.page.getByRole("button", { name: "Connect wallet" }).waitFor();
  await visit.end();
});

test("a reload at each step loses nothing", async () => {
  const visit = await Visit.begin(market.app, { seeds: [16], delay: 3_600_000 });
  await market.fund(await address(16));
  await visit.go("trade");
  await visit.connect();
  await choose(visit);
  // While the wallet is asked: nothing was sent, and that is said.
  await sign(visit);
  await visit.state("signing");
  await visit.page.reload();
  await visit.page.getByText("The page was reloaded before your wallet answered").waitFor();
  // While it is sent: the network does not answer until after the reload.
  await visit.page.locator("[data-test=spot]").waitFor();
  await visit.wallet({ delay: 0 });
  await choose(visit);
  visit.expected = /ERR_FAILED|failed:|Failed to load resource/;
  let blocked = true;
  await visit.page.route(`${market.rpc}/**`, async (route) => {
    if (blocked && route.request().postData()?.includes('"sendTransaction"')) return route.abort("failed");
    return route.continue();
  });
  await sign(visit);
  await visit.state("sending");
  await visit.page.reload();
  await visit.state("sending");
  blocked = false;
  await visit.state("filled");
  await visit.page.reload();
  await visit.state("filled");
  await visit.end();
});

test("a network that fails is told of, and is found again", async () => {
  const visit = await Visit.begin(market.app);
  await visit.go("trade");
  await visit.page.locator("[data-test=spot]").waitFor();
  visit.expected = /ERR_FAILED|failed:|Failed to load resource/;
  await visit.page.route(`${market.rpc}/**`, (route) => route.abort("failed"));
  await visit.page.getByText("The network does not answer. The page tries again").waitFor();
  await visit.shot("offline");
  await visit.page.unroute(`${market.rpc}/**`);
  await visit.page.getByText("The network does not answer. The page tries again").waitFor({ state: "detached" });
  await visit.end();
});

test("liquidity is provided, and asked back", async () => {
  const visit = await Visit.begin(market.app, { seeds: [17] });
  await market.fund(await address(17));
  await visit.go("liquidity");
  await visit.connect();
  const card = visit.page.locator("section.card", { has: visit.page.getByRole("heading", { name: "TSLA.M" }) });
  await card.getByLabel("Provide").fill("10");
  await card.getByRole("button", { name: "Provide" }).and(visit.page.locator(":enabled")).click();
  await visit.state("done");
  // It is executed at the first prices after a full minute.
  await card.getByText("Worth now").waitFor();
  await card.getByLabel("Redeem").fill("1000");
  await card.getByText(/It is not executed for less than [\d.,]+ TSLA\.M\./).waitFor();
  await card.getByRole("button", { name: "Redeem" }).and(visit.page.locator(":enabled")).click();
  await card.getByText("Pays now").waitFor();
  // As the command asks for: nine tenths of what the shares were worth.
  const asked = JSON.parse(await market.command("lp", "withdrawals", "--pool", "TSLA.M", "--json"));
  const owner = await address(17);
  const { least, worth_now: worth } = asked.find((one: { owner: string }) => one.owner === owner);
  assert.ok(Number(least.native) > 0.88 * Number(worth.native) && Number(least.native) < 0.92 * Number(worth.native), JSON.stringify(asked));
  await visit.shot("liquidity-requested");
  await visit.accessible();
  await card.getByRole("button", { name: "Cancel" }).click();
  await card.getByText("Pays now").waitFor({ state: "detached" });
  await visit.end();
});

test("a position is closed, and margin moves in and out", async () => {
  const visit = await Visit.begin(market.app, { seeds: [18] });
  await market.fund(await address(18));
  await visit.go("trade");
  await visit.connect();
  await choose(visit);
  await sign(visit);
  await visit.state("filled");
  await visit.go("portfolio");
  await visit.page.getByRole("button", { name: /^Close: BTC/ }).click();
  await sign(visit);
  await visit.state("filled");
  await visit.go("portfolio");
  await visit.page.getByText("No positions.").waitFor();
  await visit.page.getByLabel("Amount").fill("3");
  await visit.page.getByRole("button", { name: "Deposit" }).and(visit.page.locator(":enabled")).click();
  await visit.state("done");
  await visit.page.getByLabel("Amount").fill("3");
  await visit.page.getByRole("button", { name: "Withdraw" }).and(visit.page.locator(":enabled")).click();
  await visit.page.locator("[data-test=entry]", { hasText: "Withdraw 3" }).and(visit.page.locator("[data-state=done]")).waitFor();
  await visit.end();
});

test("a bracket is placed, and cancelled", async () => {
  const visit = await Visit.begin(market.app, { seeds: [19] });
  await market.fund(await address(19));
  await visit.go("trade");
  await visit.connect();
  await choose(visit);
  await sign(visit);
  await visit.state("filled");
  await visit.go("portfolio");
  await visit.page.getByLabel("Close when the price rises to").fill("107000");
  await visit.page.getByLabel("Close when the price falls to").fill("90000");
  await visit.page.getByRole("button", { name: "Place order" }).and(visit.page.locator(":enabled")).click();
  await visit.state("done");
  const orders = visit.page.locator("[data-test=order]");
  await orders.nth(1).waitFor();
  await visit.accessible();
  await visit.shot("orders");
  await orders.filter({ hasText: "≤" }).getByRole("button").click();
  await orders.nth(1).waitFor({ state: "detached" });
  await orders.filter({ hasText: "≥" }).getByRole("button").click();
  await orders.first().waitFor({ state: "detached" });
  await visit.end();
});

test("everything is tried without a wallet, and an address is looked at", async () => {
  const visit = await Visit.begin(market.app);
  await visit.go("trade");
  await visit.page.getByRole("button", { name: "Try without a wallet" }).click();
  await visit.page.getByText("You are trying it out").waitFor();
  await choose(visit);
  await visit.page.getByRole("button", { name: "Trade in the made-up pool" }).click();
  await visit.page.getByText("Choose a price in the chain, or a strategy.").waitFor();
  await visit.go("portfolio");
  await visit.page.getByRole("cell", { name: /^(BTC|ETH)/ }).first().waitFor();
  await visit.shot("trying");
  await visit.page.getByRole("button", { name: "Leave" }).click();
  await visit.page.getByLabel("Look at an address").fill(await address(11));
  await visit.page.getByRole("button", { name: "Show" }).click();
  await visit.page.getByText("Nothing can be signed").waitFor();
  await visit.page.getByRole("cell", { name: /^BTC Call/ }).waitFor();
  assert.equal(await visit.page.getByRole("button", { name: /^Close: BTC/ }).count(), 0);
  await visit.end();
});

test("a strategy is shared by its address", async () => {
  const visit = await Visit.begin(market.app);
  await visit.go("trade");
  await visit.page.getByText("Professional").click();
  // Where no key can be held, a second leg comes beside the first one all the same; each tells what a coin of it is worth.
  await visit.page.getByRole("button", { name: /^Buy BTC Call/ }).first().click();
  await visit.page.getByLabel("Combine").check();
  await visit.page.getByRole("button", { name: /^Buy BTC Call/ }).last().click();
  await visit.page.locator("[data-test=net]").waitFor();
  await visit.page.locator("[data-test=coin]", { hasText: /Mark \$[\d,.]+\s*Delta -?[\d.]+\s*Gamma -?[\d.]+\s*Vega -?\$[\d.]+/ }).nth(1).waitFor();
  await visit.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await visit.page.getByRole("button", { name: "Share" }).click();
  const link = await visit.page.evaluate(() => navigator.clipboard.readText());
  const legs = "section[aria-label=Ticket] li > span:first-child";
  const words = await visit.page.locator(legs).allInnerTexts();
  assert.equal(words.length, 2);
  const other = await Visit.begin(market.app);
  await other.page.goto(link);
  await other.page.locator("[data-test=net]").waitFor();
  assert.deepEqual(await other.page.locator(legs).allInnerTexts(), words);
  await other.end();
  await visit.end();
});

test("nobody is shut out: every view in light and dark, and the dialogs", async () => {
  for (const dark of [false, true]) {
    const visit = await Visit.begin(market.app, { dark });
    for (const view of ["trade", "liquidity", "markets"]) {
      await visit.go(view);
      await visit.page.locator("main .card").first().waitFor();
      if (view === "trade") await choose(visit);
      await visit.accessible();
      await visit.shot(`${view}-${dark ? "dark" : "light"}`);
    }
    await visit.go("trade");
    await visit.page.getByText("Professional").click();
    await visit.page.locator(".price").first().waitFor();
    await visit.accessible();
    await visit.shot(`chain-${dark ? "dark" : "light"}`);
    await visit.page.getByRole("button", { name: "Settings" }).click();
    await visit.accessible();
    await visit.page.keyboard.press("Escape");
    await visit.page.goto(`${market.app}#/address/${await address(11)}`);
    await visit.page.getByRole("cell", { name: /^BTC Call/ }).waitFor();
    await visit.accessible();
    await visit.end();
  }
});

test("every language fits a phone and a screen", async () => {
  // Somebody who holds an option, has an order on it, and provides liquidity.
  const holder = await Visit.begin(market.app, { seeds: [22] });
  await market.fund(await address(22));
  await holder.go("trade");
  await holder.connect();
  await choose(holder);
  await sign(holder);
  await holder.state("filled");
  await holder.go("portfolio");
  await holder.page.getByLabel("Close when the price rises to").fill("107000");
  await holder.page.getByRole("button", { name: "Place order" }).and(holder.page.locator(":enabled")).click();
  await holder.state("done");
  await holder.go("liquidity");
  const card = holder.page.locator("section.card", { has: holder.page.getByRole("heading", { name: "TSLA.M" }) });
  await card.getByLabel("Provide").fill("10");
  await card.getByRole("button", { name: "Provide" }).and(holder.page.locator(":enabled")).click();
  await card.getByText("Worth now").waitFor();
  await holder.end();
  const languages = ["en", "zh-CN", "zh-TW", "ja", "ko", "ru", "th", "ar", "vi"];
  const texts = new Set<string>();
  for (const locale of languages) {
    // A tablet in those whose words are longest, widest, highest, and from right to left.
    for (const width of [360, ...(["en", "ru", "th", "ar"].includes(locale) ? [768] : []), 1440]) {
      const visit = await Visit.begin(market.app, { locale, width, dark: width === 360 });
      const { page } = visit;
      const seen = async (view: string) => {
        await visit.fits();
        // Nobody is shut out of what is written from right to left or in other letters, nor of a phone.
        if (locale === "ar" || locale === "zh-CN" || (locale === "en" && width === 360)) await visit.accessible();
        await visit.shot(`language-${locale}-${width}-${view}`);
      };
      await page.goto(`${market.app}#/trade`);
      await page.locator(".proposal:enabled").first().click();
      await page.locator("[data-test=net]").waitFor();
      texts.add(await page.locator("section.card h2").first().innerText());
      await seen("trade");
      await page.locator("main > .head > .choice label").last().click();
      await page.locator("table.chain td.strike").first().waitFor();
      await seen("chain");
      await page.goto(`${market.app}#/address/${await address(22)}`);
      await page.locator("[data-test=order]").waitFor();
      await page.locator("dl .total").first().waitFor();
      await seen("portfolio");
      for (const view of ["liquidity", "markets", "history"]) {
        const link = page.locator(`nav a[href="#/${view}"]`);
        await link.click();
        // Until it has come, the view before it or nothing is shown.
        await page.getByRole("heading", { level: 1, name: await link.innerText(), exact: true }).waitFor();
        await page.locator(view === "history" ? "tbody tr" : "main .card dl").first().waitFor();
        await seen(view);
      }
      await page.goto(`${market.app}#/leaders`);
      await page.locator("[data-test=leader]").first().waitFor();
      await seen("leaders");
      await page.locator("header .grow button").first().click();
      await page.locator("dialog select").waitFor();
      await seen("settings");
      await visit.end();
    }
  }
  assert.equal(texts.size, languages.length, "each language has words of its own");
});

test("cards take the whole width", async () => {
  const visit = await Visit.begin(market.app);
  await visit.go("liquidity");
  await visit.page.locator(".cards > .card").nth(1).waitFor();
  const empty = await visit.page.evaluate(() => {
    const cards = document.querySelector(".cards")!;
    return cards.getBoundingClientRect().right - cards.lastElementChild!.getBoundingClientRect().right;
  });
  assert.ok(empty < 1, `${empty} pixels are empty`);
  await visit.end();
});
