// The package in Node: what it answers is what the Rust client library answers, to the letter, and what the program does.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { type Address, type KeyPairSigner, type Rpc, type SolanaRpcApi, createKeyPairSignerFromBytes, createSolanaRpc } from "@solana/kit";
import { type Ask, Evergreen, EvergreenError, type Fetch, type SeriesRegistry, fetchView } from "@evergreen/sdk";
import { load } from "@evergreen/sdk/node";
import * as byCodama from "../../route/clients/document/codama.js";
import * as document from "../../route/clients/document/sdk.js";
import { Network, Rust } from "../../route/network.js";

let evergreen: Evergreen, rust: Rust;

before(async () => {
  evergreen = await load();
  rust = new Rust();
});

after(() => rust?.end());

/** Random numbers with a seed: a linear congruence of 64 bits, of which the upper half is taken. */
function random(seed: bigint): (below: number) => number {
  let state = seed;
  return (below) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number((state >> 32n) % BigInt(below));
  };
}

/** Asks both, and fails unless the answers are the same text. */
async function both(call: string, ask: unknown): Promise<any> {
  const question = JSON.stringify({ call, ask }, (_, value) => (typeof value === "bigint" ? value.toString() : value));
  const answer = evergreen.text(question);
  assert.equal(answer, await rust.text(call, ask), question.slice(0, 400));
  return JSON.parse(answer);
}

test("200 random trades are quoted as Rust quotes them, to the letter", async () => {
  const below = random(7n);
  let [taken, refused] = [0, 0];
  const causes = new Set<string>();
  for (let number = 0; number < 200; number += 1) {
    const { ok: made } = await both("scene", { seed: BigInt(number), positions: below(10) });
    const { ok: opened } = await both("openView", made.pool);
    const { series } = (await both("account", { data: made.pool.registry })).ok as SeriesRegistry;
    const legs = Array.from({ length: 1 + (below(3) === 0 ? below(4) : 0) }, () => {
      const { underlying, kind, strike, tenor, capBps } = series[below(64)]!;
      const points = BigInt(1 + below(9)) * 10n ** BigInt(2 + below(4));
      return { option: { underlying, put: kind === 1, strike, tenor, capBps }, points: below(6) === 0 ? -points : points };
    });
    const ask = { ...opened, account: made.account, legs };
    const { ok, problem } = await both("quoteTrade", ask);
    if (ok) taken += 1;
    else {
      refused += 1;
      causes.add(problem.name);
    }
    assert.equal((await both("checkTrade", ask)).ok?.net, ok?.net);
    const commit = await both("quoteCommit", { ...ask, closing: 0, minNet: ok ? 2n * BigInt(ok.net) - 1_000_000n : -1n });
    if (commit.ok) await both("account", { data: commit.ok.accountAfter });
    await both("quoteAccount", { ...opened, account: made.account });
    if (number % 20 === 0) {
      await both("liquidationPrices", { ...opened, account: made.account });
      await both("capacity", { ...opened, account: made.account, option: legs[0]!.option });
      for (const of of ["Main", "Insurance"]) {
        await both("netAssetValue", { ...opened, class: of });
        await both("quoteDeposit", { ...opened, class: of, amount: 10n ** 8n });
        await both("quoteWithdrawal", { ...opened, class: of, amount: 10n ** 8n });
      }
    }
    await both("closeView", opened);
  }
  console.log(`  ${taken} trades were taken, ${refused} refused for ${[...causes].sort().join(", ")}`);
  assert.ok(taken >= 80 && refused >= 20, `${taken} taken, ${refused} refused`);
});

test("what cannot be answered is an error with its reason as data", () => {
  const said = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      if (error instanceof EvergreenError) return error;
      throw error;
    }
    throw new Error("it was answered");
  };
  const closed = said(() => evergreen.call("closeView", { view: 1_000_000 }));
  assert.deepEqual(closed.problem, { kind: "Question", message: "view 1000000 is not open" });
  const made = evergreen.call("scene", { seed: 1n, positions: 0 });
  const opened = evergreen.call("openView", { ...made.pool, markets: made.pool.markets.map((market) => ({ ...market, price: null })) });
  const option = { underlying: 0, put: false, strike: 98_000n, tenor: 604_800, capBps: 1 };
  const ask: Ask<"quoteTrade"> = { ...opened, account: made.account, legs: [{ option, points: 1_000n }] };
  const refused = said(() => evergreen.call("quoteTrade", ask));
  assert.ok(refused.problem.kind === "Refused" && refused.problem.name === "OptionNotListed", refused.message);
  assert.equal(refused.problem.compared, "strike 98000, tenor 604800 s");
});

test("the module of a first visit answers as all calls do, and hands over what it holds", async () => {
  const module = async (name: string) => new Uint8Array(await readFile(new URL(import.meta.resolve(`@evergreen/sdk/${name}.wasm`))));
  const part = await Evergreen.load(await module("first"));
  assert.ok(!part.isWhole && evergreen.isWhole);
  const made = evergreen.call("scene", { seed: 4n, positions: 3 });
  const view = part.call("openView", made.pool).view;
  const closed = part.call("openView", made.pool).view;
  part.call("closeView", { view: closed });
  const known = evergreen.call("openView", made.pool).view;
  const asked = (view: number) => JSON.stringify({ call: "statistics", ask: { view } });
  const before = part.text(asked(view));
  assert.ok("ok" in JSON.parse(before), before);
  assert.equal(before, evergreen.text(asked(known)));
  const held = { view, account: made.account };
  assert.throws(() => part.call("positions", held), /the first part has no call `positions`/);
  // Two who need it at once get it once.
  const whole = await WebAssembly.compile(await module("evergreen"));
  await Promise.all([part.complete(whole), part.complete(whole)]);
  assert.ok(part.isWhole);
  assert.equal(part.text(asked(view)), before);
  assert.deepEqual(part.call("positions", held), evergreen.call("positions", { view: known, account: made.account }));
  assert.throws(() => part.call("closeView", { view: closed }), /is not open/);
  assert.notEqual(part.call("openView", made.pool).view, view);
  part.call("closeView", { view });
  evergreen.call("closeView", { view: known });
});

test("what is quoted is what the program does, to the unit", { timeout: 240_000 }, async () => {
  const network = await Network.start();
  try {
    const rpc = createSolanaRpc(network.ready.rpc_url) as Rpc<SolanaRpcApi>;
    const bob: KeyPairSigner = await createKeyPairSignerFromBytes(network.key("bob"));
    const mint = network.ready.stocks.find(({ name }) => name === "TSLA.M")!.mint as Address;
    const name = { mint, tokenProgram: "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address };
    await byCodama.open(rpc, bob, name, 100n * 100_000_000n);
    const fetch = document.fetcher(rpc);
    const keys = evergreen.call("poolKeys", name);
    const { address: account } = evergreen.call("marginAccountKey", { pool: keys.pool, owner: bob.address });
    const below = random(11n);
    let compared = 0;
    for (let number = 0; number < 6; number += 1) {
      const option = await document.optionNear(evergreen, fetch, name, below(2), below(2) === 1, 1 + below(2));
      const points = BigInt(1 + below(9)) * 100_000n;
      const { quote, events } = await document.trade(evergreen, rpc, bob, name, account as Address, option, points, -1_000_000_000n);
      const traded = events.find(({ kind }) => kind === "Traded");
      assert.ok(quote.filled && traded?.kind === "Traded", JSON.stringify({ quote, events }));
      assert.equal(traded.net, quote.net);
      const fees = events.flatMap((event) => (event.kind === "LegFilled" ? [event.fee] : []));
      assert.deepEqual(fees, quote.legs.map(({ fee }) => fee));
      // Not the numbers alone: the account is the one that was quoted, byte for byte, once the tip has gone back to it.
      const [now] = await fetch([account]);
      const [real, foreseen] = [now!.data, quote.accountAfter].map((data) => evergreen.call("account", { data }));
      assert.ok(real?.kind === "MarginAccount" && foreseen?.kind === "MarginAccount");
      assert.deepEqual(real.positions, foreseen.positions);
      assert.equal(BigInt(real.cash), BigInt(foreseen.cash) + BigInt(quote.tip));
      compared += 1;
    }
    console.log(`  ${compared} trades were filled as they were quoted`);
  } finally {
    await network.end();
  }
});
