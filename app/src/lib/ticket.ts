// The ticket: a strategy in one size, and everything that the library says of it.

import { computed, effect, signal } from "@preact/signals";
import type { Answer, EvergreenError, OptionId } from "@evergreen/sdk";
import { tryAsk } from "./bridge";
import * as money from "./money";
import { balances, current, margin, own, trying, type PoolState } from "./state";
import { native, plain, units } from "./format";

export interface Side {
  option: OptionId;
  /** Bought or written. */
  long: boolean;
  /** Of a close: this many points, whatever the size. */
  points?: string;
}

export const sides = signal<Side[]>([]);
export const typedSize = signal("0.1");
export const typedDeposit = signal("");
/** Basis points. */
export const slippage = signal(100);
export const days = signal(7);
export const asset = signal(0);
export const tenor = signal(7 * 86_400);

const PLENTY = 1n << 52n;

export interface Draft {
  pool: PoolState;
  legs: { option: OptionId; points: bigint }[];
  /** What is paid in with it, as it is typed, and the least that is. */
  deposit: bigint;
  typed: bigint | null;
  /** The most that can be paid in with it. */
  wallet: bigint;
  least: bigint | null;
  /** Number of the account that trades. */
  subAccount: number;
  question: { view: number; account: string | null; deposit: bigint; legs: { option: OptionId; points: bigint }[] };
  quote: Answer<"quoteTrade"> | null;
  refused: EvergreenError | null;
}

/** Points of the typed size; null where it is none. */
export const points = computed(() => (current.value ? money.points(current.value, typedSize.value) : null));

export const draft = computed<Draft | null>(() => {
  const [pool, size] = [current.value, points.value];
  if (!pool || sides.value.length === 0) return null;
  const legs = sides.value.flatMap(({ option, long, points: fixed }) => {
    const amount = fixed ? BigInt(fixed) : size;
    return amount === null ? [] : [{ option, points: long || fixed ? amount : -amount }];
  });
  if (legs.length === 0) return null;
  const account = margin.value?.bytes ?? null;
  const asked = { view: pool.view, account, legs };
  const wallet = own.value ? (balances.value.tokens[pool.entry.pool] ?? 0n) : PLENTY;
  const offers = tryAsk("offers", {
    candidates: [{ ...asked, deposit: 0n, wallet: trying.value ? 0n : wallet, tokenPrice: pool.entry.stockPrice, verified: true }],
  });
  const missing = "ok" in offers ? offers.ok.offers[0]?.missing : undefined;
  const least = missing === undefined ? null : BigInt(missing);
  const typed = typedDeposit.value.trim() === "" ? null : units(typedDeposit.value, pool.pool.decimals);
  const deposit = typed ?? suggested(pool, asked, least, wallet);
  const question = { ...asked, deposit };
  const quoted = tryAsk("quoteTrade", question);
  return {
    pool,
    legs,
    deposit,
    typed,
    wallet: trying.value ? 0n : wallet,
    least,
    subAccount: margin.value?.subAccount ?? 0,
    question,
    quote: "ok" in quoted ? quoted.ok : null,
    refused: "refused" in quoted ? quoted.refused : null,
  };
});

/** Seconds of funding that a suggested deposit pays. */
const LASTS = 7n * 86_400n;
const ROUND = ["0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50", "100", "200", "500", "1000", "2000", "5000", "10000"];

/** The smallest round amount that the trade and a week of its funding need, as far as the wallet has it; the least one otherwise. */
function suggested(pool: PoolState, asked: Omit<Draft["question"], "deposit">, least: bigint | null, wallet: bigint): bigint {
  const { decimals } = pool.pool;
  if (least === null) return 0n;
  const lasts = (deposit: bigint) => {
    const found = tryAsk("quoteTrade", { ...asked, deposit });
    if (!("ok" in found)) return false;
    const { runway } = found.ok.after;
    return runway == null || BigInt(runway) >= LASTS;
  };
  if (least === 0n && lasts(0n)) return 0n;
  const amounts = ROUND.flatMap((text) => native(text, decimals) ?? []).filter((amount) => amount >= least && amount <= wallet);
  return amounts.find(lasts) ?? least;
}

/** The draft once typing has come to rest: what takes longer is asked of it, so that each key is answered at once. */
const settled = signal<Draft | null>(null);
const REST = 50;
effect(() => {
  const now = draft.value;
  const wait = setTimeout(() => (settled.value = now), REST);
  return () => clearTimeout(wait);
});

/** Curves and break-even prices of the first leg's underlying. */
export const payoff = computed(() => {
  const [now, pool] = [settled.value, current.peek()];
  if (!now?.quote || now.pool.entry.pool !== pool?.entry.pool) return null;
  const found = tryAsk("payoff", {
    ...now.question,
    // What was held at the time of the draft may be gone.
    view: pool.view,
    held: false,
    underlying: now.legs[0]!.option.underlying,
    days: [...new Set([0, 1, 7, 30, days.value])].sort((a, b) => a - b),
    prices: 121,
  });
  return "ok" in found ? found.ok : null;
});

/** Each leg for one coin: what it is worth, and how that moves. */
export const coins = computed(() => {
  const now = settled.value;
  if (!now?.quote) return null;
  const of = ({ option, points }: (typeof now.legs)[number]) => {
    const found = tryAsk("chain", { view: now.question.view, underlying: option.underlying, tenor: option.tenor, points: points < 0n ? -points : points, strikes: [option.strike], room: false });
    return "ok" in found ? found.ok.rows : [];
  };
  return now.legs.flatMap(of);
});

export const liquidation = computed(() => {
  const now = settled.value;
  if (!now?.quote) return null;
  const found = tryAsk("liquidationAfter", now.question);
  return "ok" in found ? found.ok.prices : null;
});

/** The largest size, with what is typed to be paid in, otherwise with all that the wallet has: a typed size that is refused names no deposit. */
export const largest = computed(() => {
  const now = settled.value;
  if (!now || now.legs.length === 0) return null;
  const found = tryAsk("capacityOfTrade", { ...now.question, deposit: now.typed ?? now.wallet });
  return "ok" in found ? found.ok.points : null;
});

/** How the page moves: at once for whoever wants no motion. */
export const motion = (): ScrollBehavior => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth");

/** On a narrow screen the ticket is below what is chosen: it is brought into sight. */
export function show(): void {
  if (!matchMedia("(max-width: 980px)").matches) return;
  requestAnimationFrame(() => document.querySelector(".ticket")?.scrollIntoView({ behavior: motion(), block: "start" }));
}

/** Whether what is chosen comes beside what is in the ticket, also where no key is held. */
export const beside = signal(false);

/** Puts an option into the ticket, alone or beside what is in it. */
export function choose(option: OptionId, long: boolean, held = false): void {
  const others = held || beside.value ? sides.value.filter((side) => !money.same(side.option, option) && side.option.underlying === option.underlying) : [];
  sides.value = [...others, { option, long }].slice(-4);
  show();
}

export function clear(): void {
  sides.value = [];
  typedDeposit.value = "";
}

/** The strategy as part of an address. */
export function link(): string {
  const legs = sides.value.map(({ option: { underlying, put, strike, tenor, capBps }, long }) =>
    [underlying, put ? "p" : "c", strike, tenor, capBps, long ? "b" : "w"].join("."),
  );
  return `${legs.join("_")}~${plain(typedSize.value) ?? ""}`;
}

/** Reads a strategy out of an address; what is none is left out. */
export function read(text: string): void {
  const [legs, size] = text.split("~");
  const found = (legs ?? "").split("_").flatMap((leg) => {
    const match = /^(\d)\.([pc])\.(\d{1,12})\.(\d{1,8})\.(\d{1,5})\.([bw])$/.exec(leg);
    if (!match) return [];
    const [, underlying, kind, strike, tenor, cap, side] = match;
    const option = { underlying: Number(underlying), put: kind === "p", strike: strike as `${bigint}`, tenor: Number(tenor), capBps: Number(cap) };
    return [{ option, long: side === "b" }];
  });
  if (found.length === 0) return;
  sides.value = found.slice(0, 4);
  asset.value = found[0]!.option.underlying;
  tenor.value = found[0]!.option.tenor;
  if (size && /^\d*\.?\d+$/.test(size)) typedSize.value = size;
}
