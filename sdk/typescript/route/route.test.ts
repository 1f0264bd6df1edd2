// Clients that are generated from the interface description, on a real local network, compared with the Rust client library.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import anchor from "@anchor-lang/core";
import { AccountRole, type Address, type KeyPairSigner, type Rpc, type SolanaRpcApi, createKeyPairSignerFromBytes, createSolanaRpc } from "@solana/kit";
import web3 from "@solana/web3.js";
import * as evergreen from "./clients/codama/index.js";
import * as addresses from "./clients/document/addresses.js";
import * as byAnchor from "./clients/document/anchor.js";
import * as byCodama from "./clients/document/codama.js";
import { IDL } from "./clients/idl.js";
import { Network, Rust } from "./network.js";
import { same } from "./same.js";

const { le, derive } = addresses;
const TOKEN = 100_000_000n;
const ASSOCIATED = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL" as Address;

/** Codama's enums that are numbers, by the fields that hold them. */
const WORDS = {
  class: [evergreen.ShareClass],
  reason: [evergreen.CancelReason, evergreen.ReturnReason],
  cause: [evergreen.NoticeCause],
  action: [evergreen.Action],
  source: [evergreen.PriceSource],
} as unknown as Record<string, Record<number, string>[]>;

type Told = { kind: string } & Record<string, any>;
let network: Network, rust: Rust, rpc: Rpc<SolanaRpcApi>, alice: KeyPairSigner, pool: byCodama.Pool;
let bob: web3.Keypair, connection: web3.Connection, program: anchor.Program;
const seen = new Set<string>();

before(async () => {
  network = await Network.start();
  rust = new Rust();
  rpc = createSolanaRpc(network.ready.rpc_url) as Rpc<SolanaRpcApi>;
  alice = await createKeyPairSignerFromBytes(network.key("alice"));
  bob = web3.Keypair.fromSecretKey(network.key("bob"));
  connection = new web3.Connection(network.ready.rpc_url, { commitment: "confirmed", wsEndpoint: network.ready.ws_url });
  program = byAnchor.client(IDL, connection, bob);
  const stock = network.ready.stocks.find(({ name }) => name === "TSLA.M")!;
  const tokenProgram = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
  pool = { mint: stock.mint as Address, tokenProgram };
});

after(async () => {
  // It would look for the network for ever.
  (connection as any)?._rpcWebSocket.close();
  rust?.end();
  await network?.end();
});

test("every address is Rust's", async () => {
  const key = { key: alice.address };
  const keys = await rust.ask<Record<string, Address>>("poolKeys", pool);
  const at = { key: keys["pool"]! };
  const underlying = (await evergreen.fetchPool(rpc, at.key)).data.underlyings[0]!.key;
  const feed = new Uint8Array((await evergreen.fetchUnderlying(rpc, underlying)).data.feedId);
  const hex = Buffer.from(feed).toString("hex");
  const rusts = async (call: string, ask: unknown) => (await rust.ask<{ address: string }>(call, ask)).address;
  const account = await rusts("marginAccountKey", { pool: at.key, owner: key.key, subAccount: 513 });
  const protocol = keys["protocol"]!;
  const pairs: [string, string, Promise<string>][] = [
    ["protocol", protocol, derive(["protocol"])],
    ["underlying", await rusts("underlyingKey", { feed: hex }), derive(["underlying", feed])],
    ["pool", at.key, derive(["pool", { key: pool.mint }, { key: addresses.NOBODY }, le(0, 2)])],
    ["registry", keys["registry"]!, derive(["registry", at])],
    ["vault", keys["vault"]!, derive(["vault", at])],
    ["insurance vault", keys["insuranceVault"]!, derive(["insurance", at])],
    ["main mint", keys["mainMint"]!, derive(["shares", at, le(0, 1), le(0, 4)])],
    ["share mint", await rusts("shareMintKey", { pool: at.key, class: "Insurance", generation: 258 }), derive(["shares", at, le(1, 1), le(258, 4)])],
    ["retired", await rusts("retiredKey", { pool: at.key, class: "Insurance", generation: 258 }), derive(["retired", at, le(1, 1), le(258, 4)])],
    ["margin account", account, derive(["margin", at, key, le(513, 2)])],
    ["order", await rusts("orderKey", { account, number: 2n ** 40n }), derive(["order", { key: account as Address }, le(2n ** 40n, 8)])],
    ["request", await rusts("requestKey", { pool: at.key, class: "Main", owner: key.key, number: 7n }), derive(["request", at, le(0, 1), key, le(7, 8)])],
    ["proposal", await rusts("proposalKey", { queue: protocol, number: 3n }), derive(["proposal", { key: protocol }, le(3, 8)])],
    ["counter", await rusts("counterKey", { owner: key.key }), derive(["counter", key])],
    ["wallet", await rusts("walletKey", { owner: key.key, ...pool }), byCodama.accountsOf(pool, key.key).then((all) => all.wallet)],
    ["newest price", (await rust.ask<{ addresses: string[] }>("priceAccounts", { feed: hex })).addresses[0]!, addresses.newestPrice(feed)],
    // Those that the description has seeds of.
    ["Codama's protocol", protocol, evergreen.findProtocolPda().then(([one]) => one)],
    ["Codama's proposal", await rusts("proposalKey", { queue: at.key, number: 9n }), evergreen.findProposalPda({ queue: at.key, id: 9 }).then(([one]) => one)],
    ["Codama's account", account, evergreen.findAccountPda({ pool: at.key, owner: key.key, subAccount: 513 }).then(([one]) => one)],
    ["Codama's registry", keys["registry"]!, evergreen.findRegistryPda({ pool: at.key }).then(([one]) => one)],
    ["Codama's vault", keys["vault"]!, evergreen.findVaultPda({ pool: at.key }).then(([one]) => one)],
    ["Codama's insurance vault", keys["insuranceVault"]!, evergreen.findInsuranceVaultPda({ pool: at.key }).then(([one]) => one)],
  ];
  for (const [name, expected, found] of pairs) assert.equal(await found, expected, name);
  // A full minute and a full half-hour: the candidates are Rust's.
  for (const moment of [1_790_000_040n, 1_789_999_200n]) {
    const { addresses: wanted } = await rust.ask<{ addresses: Address[] }>("priceAccounts", { feed: hex, after: moment });
    assert.deepEqual([...(await addresses.firstPrices(feed, moment)), await addresses.newestPrice(feed)], wanted);
  }
});

const OPTION = { underlying: 0, put: false, tenor: 604_800 };

/** A strike of the pool near the price, and the cap that its underlying gives. */
async function option(away: bigint): Promise<evergreen.OptionId> {
  const { pool: at } = await byCodama.accountsOf(pool, alice.address);
  const { key } = (await evergreen.fetchPool(rpc, at)).data.underlyings[0]!;
  const { data } = await evergreen.fetchUnderlying(rpc, key);
  // The whole part of a number in 64.64 fixed point.
  const price = Buffer.from(data.samplePrice.bytes).readBigInt64LE(8);
  const tenor = data.params.tenors.find((one) => one.seconds === OPTION.tenor)!;
  return { ...OPTION, strike: (price / 5_000n + away) * 5_000n, capBps: tenor.callCapBps };
}

/** Compares the events of a log: both clients' with Rust's. */
async function compareEvents(logs: readonly string[], wanted: string[]) {
  const { events } = await rust.ask<{ events: Told[] }>("events", { logs });
  assert.deepEqual(events.map(({ kind }) => kind).filter((kind) => wanted.includes(kind)), wanted);
  const codamas = byCodama.decodeEvents(logs);
  const anchors = byAnchor.decodeEvents(program, logs);
  assert.equal(codamas.length, events.length);
  assert.equal(anchors.length, events.length);
  events.forEach((event, place) => {
    assert.equal(codamas[place]!.name, event.kind);
    assert.equal(anchors[place]!.name.toLowerCase(), event.kind.toLowerCase());
    const { kind: _, ...fields } = event;
    same(fields, codamas[place]!.data, `Codama's ${event.kind}`, WORDS);
    same(fields, anchors[place]!.data, `Anchor's ${event.kind}`);
    seen.add(event.kind);
  });
  return events;
}

test("a trade by Codama's client is filled, and its events are Rust's", { timeout: 120_000 }, async () => {
  await compareEvents(await byCodama.open(rpc, alice, pool, 20n * TOKEN), ["MarginAccountOpened", "MarginMoved"]);
  const { account } = await byCodama.accountsOf(pool, alice.address);
  const before = (await evergreen.fetchMarginAccount(rpc, account)).data;
  const { committed, filled } = await byCodama.trade(rpc, alice, pool, await option(1n), 1_000_000n);
  await compareEvents(committed, ["SeriesListed", "TradeCommitted"]);
  const events = await compareEvents(filled, ["LegFilled", "Traded", "CommitmentFilled"]);
  const done = (await evergreen.fetchMarginAccount(rpc, account)).data;
  const traded = events.find(({ kind }) => kind === "Traded")!;
  const tip = BigInt(events.find(({ kind }) => kind === "CommitmentFilled")!["tip"] ?? 0);
  assert.equal(done.positions[0]!.points, 1_000_000n);
  assert.ok(BigInt(traded["net"]) < 0n);
  assert.ok(done.cash <= before.cash + BigInt(traded["net"]) && done.cash >= before.cash + BigInt(traded["net"]) - tip - 1_000_000n);
});

test("a trade by Anchor's client is filled, and its events are Rust's", { timeout: 120_000 }, async () => {
  const named = await byCodama.accountsOf(pool, bob.publicKey.toBase58() as Address);
  const counter = await derive(["counter", { key: bob.publicKey.toBase58() as Address }]);
  const entries = Object.entries({ ...named, counter }).map(([name, key]) => [name, new web3.PublicKey(key)]);
  const accounts = Object.fromEntries(entries) as unknown as byAnchor.Accounts;
  const BN = anchor.BN;
  const opened = await byAnchor.send(program, await byAnchor.open(program, bob.publicKey, accounts, 20n * TOKEN));
  await compareEvents(opened, ["MarginAccountOpened", "MarginMoved"]);
  const { strike, ...rest } = await option(1n);
  const terms = {
    legs: [{ option: { ...rest, strike: new BN(strike.toString()) }, points: new BN(500_000) }],
    closing: 0,
    minNet: new BN((-5n * TOKEN).toString()),
  };
  const read = async () => (program.account as any).marginAccount.fetch(accounts.account);
  const commit = await byAnchor.commit(program, bob.publicKey, accounts, (await read()).nextOrder, terms);
  await compareEvents(await byAnchor.send(program, [commit]), ["TradeCommitted"]);
  // The Rust client library says which prices the fill needs; here it is asked, as a service would.
  const { feeds, samples } = await fillFeeds(accounts.account.toBase58());
  const sample = samples.map(([underlying, price]) =>
    (program.methods as any).sampleVolatility().accountsPartial({ underlying, price }).instruction(),
  );
  const fill = await byAnchor.fill(program, accounts, feeds.map((key) => new web3.PublicKey(key)));
  const logs = await byAnchor.send(program, [...(await Promise.all(sample)), fill]);
  await compareEvents(logs, ["LegFilled", "Traded", "CommitmentFilled"]);
  assert.equal((await read()).positions[0].points.toString(), "500000");
});

interface Raw {
  address: string;
  owner: string;
  data: string;
}

async function fetchRaw(keys: string[]): Promise<(Raw | null)[]> {
  const { value } = await network.rpc<{ value: ({ owner: string; data: [string] } | null)[] }>("getMultipleAccounts", [
    keys,
    { encoding: "base64", commitment: "processed" },
  ]);
  return value.map((one, place) => one && { address: keys[place]!, owner: one.owner, data: one.data[0] });
}

/** The feeds of the fill of an account's commitment, by the Rust client library. */
async function fillFeeds(account: string) {
  const keys = await rust.ask<Record<string, string>>("poolKeys", pool);
  const [atPool, atRegistry] = await fetchRaw([keys["pool"]!, keys["registry"]!]);
  const decoded = await rust.ask<Told>("account", { data: atPool!.data });
  const underlyings = decoded["underlyings"].slice(0, decoded["underlyingCount"]).map((one: { key: string }) => one.key);
  for (let tries = 0; tries < 100; tries += 1) {
    const now = await network.now();
    const [bytes] = await fetchRaw([account]);
    const raws = await fetchRaw(underlyings);
    const commitment = (await rust.ask<Told>("account", { data: bytes!.data }))["commitment"];
    const after = BigInt(commitment.committedAt) + BigInt(commitment.fillDelay);
    const markets: { underlying: string; price: Raw | null; sample: Raw | null }[] = [];
    for (const raw of raws) {
      const { feedId: feed, params } = await rust.ask<Told>("account", { data: raw!.data });
      const first = async (moment: bigint) => {
        const { addresses: candidates } = await rust.ask<{ addresses: string[] }>("priceAccounts", { feed, after: moment });
        const known = (await fetchRaw(candidates)).filter((one) => one !== null);
        const ask = { underlying: raw!.data, candidates: known, after: moment, now };
        const { address } = await rust.ask<{ address: string | null }>("firstPrice", ask);
        return known.find((one) => one.address === address) ?? null;
      };
      const grid = now - (now % BigInt(params.volMinInterval));
      markets.push({ underlying: raw!.data, price: await first(after), sample: await first(grid) });
    }
    if (markets[0]!.price) {
      const view = { name: pool, pool: atPool!.data, registry: (await fetchRaw([keys["registry"]!]))[0]!.data, markets, now };
      assert.ok(atRegistry);
      const opened = await rust.ask<{ view: number }>("openView", view);
      const needs = await rust.ask<{ underlyings: number[]; samples: { underlying: number }[] }>("fillNeeds", { ...opened, account: bytes!.data });
      await rust.ask("closeView", opened);
      const of = (place: number, price: Raw | null) => [underlyings[place], price!.address] as [string, string];
      return {
        feeds: needs.underlyings.flatMap((place) => of(place, markets[place]!.price)),
        samples: needs.samples.map(({ underlying }) => of(underlying, markets[underlying]!.sample)),
      };
    }
    await new Promise((wait) => setTimeout(wait, 300));
  }
  throw new Error("nobody has kept the first price");
}

test("what waits: an order, a request of liquidity and a proposal", { timeout: 60_000 }, async () => {
  const accounts = await byCodama.accountsOf(pool, alice.address);
  const { data } = await evergreen.fetchMarginAccount(rpc, accounts.account);
  const number = data.nextOrder;
  const order = await derive(["order", { key: accounts.account }, le(number, 8)]);
  const terms = {
    legs: [{ option: await option(1n), points: -1_000_000n }],
    minNet: -1n * 2n ** 63n,
    trigger: { underlying: 0, above: true, price: 20_000_000_000_000n },
    reduceOnly: true,
    expiresAt: (await network.now()) + 86_400n,
    tip: 0n,
  };
  const place = evergreen.getPlaceOrderInstruction({ payer: alice, trader: alice, ...accounts, order, number, terms });
  await compareEvents(await byCodama.send(rpc, alice, [place]), ["OrderPlaced"]);

  const keys = await rust.ask<Record<string, Address>>("poolKeys", pool);
  const sharesTo = await derive([alice.address, pool.tokenProgram, keys["mainMint"]!].map((key) => ({ key })), ASSOCIATED);
  const named = (address: Address, role: AccountRole) => ({ address, role });
  const shareAccount = {
    programAddress: ASSOCIATED,
    // Creates it unless it is there.
    data: Uint8Array.of(1),
    accounts: [
      named(alice.address, AccountRole.WRITABLE_SIGNER),
      named(sharesTo, AccountRole.WRITABLE),
      ...[alice.address, keys["mainMint"]!, addresses.NOBODY, pool.tokenProgram].map((key) => named(key, AccountRole.READONLY)),
    ],
  };
  const request = evergreen.getRequestDepositInstruction({
    commonOwner: alice,
    commonPool: accounts.pool,
    commonVaultsVault: accounts.vault,
    commonVaultsInsuranceVault: accounts.insuranceVault,
    commonCounter: await derive(["counter", { key: alice.address }]),
    commonRequest: await derive(["request", { key: accounts.pool }, le(0, 1), { key: alice.address }, le(1, 8)]),
    tokensVault: accounts.vault,
    tokensWallet: accounts.wallet,
    tokensMint: pool.mint,
    tokensTokenProgram: pool.tokenProgram,
    tokensOtherVault: accounts.insuranceVault,
    shareMint: keys["mainMint"]!,
    sharesTo,
    id: 1,
    class: evergreen.ShareClass.Main,
    amount: 5n * TOKEN,
    minShares: 1,
  });
  await compareEvents(await byCodama.send(rpc, alice, [shareAccount, request]), ["DepositRequested"]);

  const admin = await createKeyPairSignerFromBytes(network.key("admin"));
  const [protocol] = await evergreen.findProtocolPda();
  const underlying = (await evergreen.fetchPool(rpc, accounts.pool)).data.underlyings[0]!.key;
  const { feedId, priceOwner } = (await evergreen.fetchUnderlying(rpc, underlying)).data;
  const price = await addresses.newestPrice(new Uint8Array(feedId));
  // Each with what it changes, and what its check reads.
  const changes: [evergreen.ChangeArgs, Address[]][] = [
    [evergreen.change("Timelock", [500_000]), [protocol]],
    [evergreen.change("PriceSource", { source: evergreen.PriceSource.PythUpdate, priceOwner }), [underlying, price]],
    [evergreen.change("Guardian", [alice.address]), [protocol]],
    [evergreen.change("PoolParams", [(await evergreen.fetchPool(rpc, accounts.pool)).data.params]), [accounts.pool, ...(await underlyings(accounts.pool))]],
  ];
  for (const [id, [change, targets]] of changes.entries()) {
    const propose = await evergreen.getProposeInstructionAsync({ payer: admin, proposer: admin, queue: protocol, id, change });
    const metas = [...propose.accounts, ...targets.map((key) => named(key, AccountRole.READONLY))];
    await compareEvents(await byCodama.send(rpc, admin, [{ ...propose, accounts: metas }]), ["ProposalCreated"]);
  }
});

async function underlyings(pool: Address): Promise<Address[]> {
  const { data } = await evergreen.fetchPool(rpc, pool);
  return data.underlyings.slice(0, data.underlyingCount).map(({ key }) => key);
}

test("every type of account is decoded as Rust decodes it", async () => {
  const all = await network.rpc<{ pubkey: string; account: { data: [string] } }[]>("getProgramAccounts", [
    evergreen.EVERGREEN_PROGRAM_ADDRESS,
    { encoding: "base64" },
  ]);
  const data = all.map(({ account }) => Buffer.from(account.data[0], "base64"));
  // Shares are retired when a class has lost everything: such an account is made here.
  data.push(
    Buffer.from(
      evergreen.getRetiredSharesEncoder().encode({
        version: 1,
        bump: 254,
        class: 1,
        generation: 3,
        pool: pool.mint,
        payer: alice.address,
        shares: 2n ** 63n + 1n,
        amount: 77n,
        lossFactor: 2n ** 40n,
        lossEpoch: 5,
        reserved: new Uint8Array(32),
      }),
    ),
  );
  const kinds = new Map<string, number>();
  let values = 0;
  for (const bytes of data) {
    const told = await rust.ask<Told>("account", { data: bytes.toString("base64") });
    kinds.set(told.kind, (kinds.get(told.kind) ?? 0) + 1);
    if (told.kind === "Counter") {
      // The description leaves it out; the document says what it holds.
      const [owner, next] = [new web3.PublicKey(bytes.subarray(10, 42)).toBase58(), bytes.readBigUInt64LE(42)];
      assert.deepEqual({ version: bytes[8], bump: bytes[9], owner, nextNumber: next.toString(), kind: "Counter" }, told);
      continue;
    }
    const { kind: _, ...fields } = told;
    const decoder = (evergreen as any)[`get${told.kind}Decoder`]();
    values += same(fields, decoder.decode(bytes), `Codama's ${told.kind}`, WORDS);
    const name = told.kind.charAt(0).toLowerCase() + told.kind.slice(1);
    values += same(fields, byAnchor.decodeAccount(program, name, bytes), `Anchor's ${told.kind}`);
  }
  const types = [...IDL.accounts.map(({ name }) => name), "Counter"].sort();
  assert.deepEqual([...kinds.keys()].sort(), types, "an account of every type");
  console.log(`  ${data.length} accounts of ${kinds.size} types, ${values} values compared; ${seen.size} kinds of events`);
});
