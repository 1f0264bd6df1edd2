// Trying everything without a wallet: a pool made up in memory, in which trades are done at once. Nothing is sent.

import type { Ask } from "@evergreen/sdk";
import { ask } from "./all";
import { complete } from "./bridge";
import { asset, balances, hold, margins, pools, selected, trying, type PoolState } from "./state";

const SCENE = "scene";

/** Opens a pool made up in memory. */
export async function tryOut(seed = 7n): Promise<void> {
  await complete();
  const made = ask("scene", { seed, positions: 3, room: true });
  const { view } = ask("openView", made.pool);
  // At a price of one of its strikes, so that ready strategies have options there.
  ask("publish", { view, now: made.pool.now, prices: ["98000", null] });
  const pool = ask("account", { data: made.pool.pool });
  const account = ask("account", { data: made.account });
  if (pool.kind !== "Pool" || account.kind !== "MarginAccount") throw new Error("the scene is none");
  trying.value = true;
  const before = Object.values(pools.peek());
  pools.value = {};
  for (const { view } of before) ask("closeView", { view });
  const assets = made.pool.markets.map((market, place) => ({
    ...asset(place, pool.underlyings[place]!.key, market.price?.address ?? null, market.underlying),
    symbol: place === 0 ? "BTC" : "ETH",
  }));
  const entry = { name: "TSLA.M", pool: SCENE, stockPrice: "300" };
  const keys = ask("poolKeys", made.pool.name);
  hold({ entry, name: made.pool.name, keys, view, pool, assets, now: BigInt(made.pool.now) });
  selected.value = SCENE;
  margins.value = { [SCENE]: { key: SCENE, bytes: made.account, decoded: account, subAccount: 0 } };
  balances.value = { lamports: null, tokens: { [SCENE]: null } };
}

/** Does a trade at once. */
export function practise(pool: PoolState, question: Ask<"practise">): void {
  const { accountAfter } = ask("practise", question);
  const decoded = ask("account", { data: accountAfter });
  if (decoded.kind !== "MarginAccount") throw new Error("the account of the scene is none");
  margins.value = { [SCENE]: { key: SCENE, bytes: accountAfter, decoded, subAccount: 0 } };
  pools.value = { ...pools.value, [SCENE]: { ...pool, statistics: ask("statistics", { view: pool.view }) } };
}
