// Fetching what quotes depend on. How accounts are fetched is the caller's: any RPC client, cache or indexer will do.

import type { Answer, Ask, Evergreen, FetchedAccount, Key, Market, PoolKeys, PoolName } from "./index.js";

/** Fetches accounts, at most a hundred at once, all of one moment; null for one that is not there. */
export type Fetch = (keys: Key[]) => Promise<(FetchedAccount | null)[]>;

/** A pool that is held in memory, and what it was made of. */
export interface PoolView {
  /** Names it in questions. */
  view: number;
  /** Its addresses, with the present generations of shares. */
  keys: PoolKeys;
  /** Its underlyings: addresses, and the accounts of the prices that were taken. */
  markets: { underlying: Key; price: Key | null; sample: Key | null }[];
  /** The accounts of the pool and of its underlyings, as they were fetched. */
  accounts: { pool: FetchedAccount; underlyings: FetchedAccount[] };
  /** Time of the chain's clock, unix seconds. */
  now: bigint;
}

const CLOCK = "SysvarC1ock11111111111111111111111111111111";

/**
 * Fetches a pool and holds it for quotes; `closeView` lets go of it. `after`: the moment, unix seconds, after which prices have to be the first ones, for what
 * fills a commitment; without it they are the newest ones. An underlying whose price is not there has none in the view.
 */
export async function fetchView(evergreen: Evergreen, fetch: Fetch, name: PoolName, after?: bigint): Promise<PoolView> {
  const named = evergreen.call("poolKeys", name);
  const [pool, registry, protocol, clock] = await fetch([named.pool, named.registry, named.protocol, CLOCK]);
  if (!pool || !registry || !clock) throw new Error(`there is no pool ${named.pool}`);
  const decoded = evergreen.call("account", { data: pool.data });
  if (decoded.kind !== "Pool") throw new Error(`${named.pool} is no pool`);
  const now = atobBytes(clock.data).getBigInt64(32, true);
  const keys = evergreen.call("poolKeys", { ...name, generations: decoded.generations });
  const found = await fetch(decoded.underlyings.slice(0, decoded.underlyingCount).map(({ key }) => key));
  const underlyings = found.filter((one) => one !== null);
  if (underlyings.length < found.length) throw new Error("an underlying of the pool is missing");
  const markets = await Promise.all(underlyings.map((one) => fetchMarket(evergreen, fetch, one, now, after)));
  const accounts: Ask<"openView"> = { name: keys, pool: pool.data, registry: registry.data, markets, now, protocol: protocol?.data ?? null };
  const { view } = evergreen.call("openView", accounts);
  const told = markets.map(({ price, sample }, place) => ({
    underlying: underlyings[place]!.address,
    price: price?.address ?? null,
    sample: sample?.address ?? null,
  }));
  return { view, keys, markets: told, accounts: { pool, underlyings }, now };
}

async function fetchMarket(evergreen: Evergreen, fetch: Fetch, { data: underlying }: FetchedAccount, now: bigint, after?: bigint): Promise<Market> {
  const decoded = evergreen.call("account", { data: underlying });
  if (decoded.kind !== "Underlying") throw new Error("an underlying of the pool is none");
  const feed = decoded.feedId;
  const known = async (moment: bigint | null) => {
    const { addresses } = evergreen.call("priceAccounts", { feed, after: moment });
    return (await fetch(addresses)).filter((one) => one !== null);
  };
  const chosen = (candidates: FetchedAccount[], found: Answer<"firstPrice">) =>
    candidates.find(({ address }) => address === found.address) ?? null;
  const first = async (moment: bigint) => {
    const candidates = await known(moment);
    return chosen(candidates, evergreen.call("firstPrice", { underlying, candidates, after: moment, now }));
  };
  const price = after === undefined ? ((await known(null))[0] ?? null) : await first(after);
  const market: Market = { underlying, price };
  const ask = { market, after: after ?? null, now };
  const needs = evergreen.call("priceNeeds", ask);
  if (needs.sampleAfter !== null && needs.sampleAfter !== undefined) market.sample = await first(BigInt(needs.sampleAfter));
  if (needs.earlierAfter !== null && needs.earlierAfter !== undefined) {
    const candidates = await known(BigInt(needs.earlierAfter));
    market.earlier = chosen(candidates, evergreen.call("earlierPrice", { ...ask, candidates }));
  }
  return market;
}

function atobBytes(base64: string): DataView {
  return new DataView(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
}
