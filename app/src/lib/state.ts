// What the page knows of the chain: pools held by the library, and the accounts that are looked at.

import { computed, effect, signal, untracked } from "@preact/signals";
import { fetchView, type Answer, type MarginAccount, type Pool, type PoolName, type Underlying } from "@evergreen/sdk";
import * as whole from "./all";
import { ask, complete, evergreen } from "./bridge";
import { config, type PoolEntry } from "./config";
import * as net from "./rpc";
import { connected } from "./wallet";

export interface Asset {
  /** Place in the pool's list. */
  place: number;
  symbol: string;
  key: string;
  price: string | null;
  /** Tenors in seconds that are offered. */
  tenors: number[];
  params: Underlying["params"];
  feed: string;
}

export interface PoolState {
  entry: PoolEntry;
  name: PoolName;
  keys: Answer<"poolKeys">;
  view: number;
  pool: Pool;
  assets: Asset[];
  statistics: Answer<"statistics">;
  /** Unix seconds of the chain's clock. */
  now: bigint;
  /** When it was read, milliseconds since 1970. */
  readAt: number;
}

/** A margin account as it was read. */
export interface Margin {
  key: string;
  /** Base64; null where it is not open. */
  bytes: string | null;
  decoded: MarginAccount | null;
  /** Its number among the owner's. */
  subAccount: number;
}

/** Pools by address. */
export const pools = signal<Record<string, PoolState>>({});
/** The pool that is looked at. */
export const selected = signal<string>("");
/** A pool made up in memory: everything can be tried, nothing is sent. */
export const trying = signal(false);
/** An address that is looked at without its keys. */
export const watched = signal<string | null>(null);
/** Margin accounts of whoever is looked at, by pool. */
export const margins = signal<Record<string, Margin>>({});
/** Their other accounts, by pool: sub-accounts that are open, and closed ones of which the past tells. */
export const others = signal<Record<string, Margin[]>>({});
/** Which those are, by owner, as far as they were found. */
export const named = new Map<string, { pool: string; key: string; subAccount: number }[]>();
/** The account that is traded with, by pool: its number among the owner's, zero where none was chosen. */
export const chosen = signal<Record<string, number>>({});
/** Native units in the wallet by pool, and lamports. */
export const balances = signal<{ tokens: Record<string, bigint | null>; lamports: bigint | null }>({ tokens: {}, lamports: null });
/** Failures of reading a pool, by address. */
export const failures = signal<Record<string, string>>({});

export const owner = computed(() => (trying.value ? null : (watched.value ?? connected.value?.account.address ?? null)));
export const own = computed(() => !trying.value && watched.value === null && connected.value !== null);
/** Pools that are known, in the order of the configuration. */
export const known = computed<PoolState[]>(() => {
  if (trying.value) return Object.values(pools.value);
  return (config.value?.pools ?? []).flatMap(({ pool }) => pools.value[pool] ?? []);
});
export const current = computed<PoolState | undefined>(() => pools.value[selected.value]);
/** All accounts of whoever is looked at, open or not, each with its pool. */
export const accounts = computed(() =>
  known.value.flatMap((pool) => [margins.value[pool.entry.pool] ?? [], others.value[pool.entry.pool] ?? []].flat().map((margin) => ({ pool, margin }))),
);
/** The account of the pool that is looked at with which is traded. */
export const margin = computed<Margin | undefined>(() => {
  const first = margins.value[selected.value];
  const number = chosen.value[selected.value] ?? 0;
  return (number > 0 && others.value[selected.value]?.find(({ subAccount }) => subAccount === number)) || first;
});

/** An account as it is now. */
export function accountOf(key: string): Margin | undefined {
  return accounts.value.find(({ margin }) => margin.key === key)?.margin;
}

function text(hex: string): string {
  const bytes = hex.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [];
  return String.fromCharCode(...bytes.filter((byte) => byte >= 32 && byte < 127));
}

export function asset(place: number, key: string, price: string | null, bytes: string): Asset {
  const decoded = ask("account", { data: bytes });
  if (decoded.kind !== "Underlying") throw new Error("an underlying of the pool is none");
  const tenors = decoded.params.tenors.filter(({ seconds }) => seconds > 0).map(({ seconds }) => seconds).sort((a, b) => a - b);
  return { place, symbol: text(decoded.symbol), key, price, tenors, params: decoded.params, feed: decoded.feedId };
}

/** Holds a pool in the place of what was known of it. */
export function hold(state: Omit<PoolState, "statistics" | "readAt">): void {
  const statistics = ask("statistics", { view: state.view });
  const before = pools.peek()[state.entry.pool]?.view;
  pools.value = { ...pools.peek(), [state.entry.pool]: { ...state, statistics, readAt: Date.now() } };
  if (before !== undefined) ask("closeView", { view: before });
}

const names = new Map<string, PoolName>();

async function nameOf(entry: PoolEntry): Promise<PoolName> {
  const known = names.get(entry.pool);
  if (known) return known;
  const found = await net.account(entry.pool);
  const pool = found && ask("account", { data: found.data });
  if (pool?.kind !== "Pool") throw new Error(`there is no pool ${entry.pool}`);
  const { mint, tokenProgram, creator, number } = pool;
  const name = { mint, tokenProgram, creator, number };
  names.set(entry.pool, name);
  return name;
}

/** Reads a pool anew. */
export async function refresh(entry: PoolEntry): Promise<void> {
  try {
    const name = await nameOf(entry);
    const held = await fetchView(evergreen(), net.accounts, name);
    const { pool, underlyings } = held.accounts;
    const decoded = ask("account", { data: pool.data });
    if (decoded.kind !== "Pool") throw new Error(`${entry.pool} is no pool`);
    const assets = underlyings.map((one, place) => asset(place, one.address, held.markets[place]!.price, one.data));
    if (trying.peek()) return void ask("closeView", { view: held.view });
    hold({ entry, name: { ...name, generations: decoded.generations }, keys: held.keys, view: held.view, pool: decoded, assets, now: held.now });
    const { [entry.pool]: _, ...others } = failures.peek();
    failures.value = others;
  } catch (error) {
    failures.value = { ...failures.peek(), [entry.pool]: error instanceof Error ? error.message : String(error) };
  }
}

/** Reads the accounts and the wallet of whoever is looked at. */
export async function refreshOwner(): Promise<void> {
  const who = owner.peek();
  const all = known.peek();
  if (!who || trying.peek() || all.length === 0) return;
  try {
    await complete();
    // A search is for once: whoever looks at all accounts asks anew.
    if (!named.has(who)) void import("./subaccounts").then(({ findSubAccounts }) => findSubAccounts(who)).then((more) => (more ? refreshOwner() : undefined)).catch(() => undefined);
    const keys = all.map(({ keys }) => whole.ask("marginAccountKey", { pool: keys.pool, owner: who }).address);
    const more = named.get(who) ?? [];
    const [found, rest] = [await net.accounts(keys), await net.accounts(more.map(({ key }) => key))];
    const wallets = all.map(({ pool }) => whole.ask("walletKey", { owner: who, mint: pool.mint, tokenProgram: pool.tokenProgram }).address);
    const [lamports, ...tokens] = await Promise.all([net.lamports(who), ...wallets.map(net.tokens)]);
    if (who !== owner.peek()) return;
    const read = (key: string, subAccount: number, bytes: string | null): Margin => {
      const decoded = bytes ? ask("account", { data: bytes }) : null;
      return { key, subAccount, bytes, decoded: decoded?.kind === "MarginAccount" ? decoded : null };
    };
    margins.value = Object.fromEntries(all.map(({ entry }, place) => [entry.pool, read(keys[place]!, 0, found[place]?.data ?? null)]));
    const told = more.map(({ pool, key, subAccount }, place) => ({ pool, margin: read(key, subAccount, rest[place]?.data ?? null) }));
    others.value = Object.fromEntries(all.map(({ entry }) => [entry.pool, told.filter(({ pool }) => pool === entry.pool).map(({ margin }) => margin)]));
    balances.value = { lamports: lamports!, tokens: Object.fromEntries(all.map(({ entry }, place) => [entry.pool, tokens[place] ?? null])) };
  } catch {
    // The network is told of elsewhere, and asked again.
  }
}

export function stopTrying(): void {
  trying.value = false;
  for (const { view } of Object.values(pools.peek())) ask("closeView", { view });
  pools.value = {};
  margins.value = {};
  others.value = {};
  balances.value = { tokens: {}, lamports: null };
  selected.value = config.peek()?.pools[0]?.pool ?? "";
  void refreshAll();
}

export async function refreshAll(): Promise<void> {
  const entries = config.peek()?.pools ?? [];
  await Promise.all(entries.map(refresh));
  await refreshOwner();
}

/** Whether a data service tells events as they come. */
export const live = signal(false);
const SELDOM = 8;

/** Reads again and again: the pool that is looked at often, the others seldom; the accounts of whoever is looked at often, too, unless their events are told. */
export function follow(): void {
  selected.value ||= config.peek()?.pools[0]?.pool ?? "";
  let round = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let busy = false;
  const again = async () => {
    if (busy) return;
    busy = true;
    clearTimeout(timer);
    if (!trying.peek() && !document.hidden) {
      const entries = config.peek()?.pools ?? [];
      const due = entries.filter(({ pool }) => pool === selected.peek() || !pools.peek()[pool] || round % SELDOM === 0);
      await Promise.all(due.map(refresh));
      if (!live.peek() || round % SELDOM === 0) await refreshOwner();
      round += 1;
    }
    busy = false;
    timer = setTimeout(again, 1500);
  };
  void again();
  // After a sleep nothing waits for the next round.
  document.addEventListener("visibilitychange", () => void again());
  // Another owner: what was known is not theirs.
  effect(() => {
    if (owner.value === null && untracked(() => trying.value)) return;
    untracked(() => {
      if (trying.peek()) return;
      chosen.value = {};
      margins.value = {};
      others.value = {};
      balances.value = { tokens: {}, lamports: null };
      void refreshOwner();
    });
  });
}
