// Amounts of a pool in the words of people: the library converts, the page writes.

import type { Answer, OptionId, OptionLeg } from "@evergreen/sdk";
import { t } from "../words";
import { ask, tryAsk } from "./bridge";
import * as write from "./format";
import { balances, type PoolState } from "./state";

function unitsOf({ pool, entry }: PoolState) {
  // Without a price a token counts as a dollar: sizes are then those of the token's worth.
  return { decimals: pool.decimals, scaleExponent: pool.scaleExponent, tokenPrice: entry.stockPrice ?? "1" };
}

/** Points of a typed size in coins; null where it is no size. */
export function points(pool: PoolState, size: string): bigint | null {
  const digits = write.plain(size);
  if (digits === null) return null;
  const found = tryAsk("pointsOfSize", { units: unitsOf(pool), size: digits });
  return "ok" in found && found.ok.points !== "0" ? BigInt(found.ok.points) : null;
}

/** Coins of points, exact to nine places. */
export function size(pool: PoolState, points: string | bigint): string {
  const found = tryAsk("sizeOfPoints", { units: unitsOf(pool), points: BigInt(points) });
  return "ok" in found ? found.ok.size : String(points);
}

export function coins(pool: PoolState, points: string | bigint, asset: number): string {
  return write.apart(`${write.number(size(pool, points), 6)} ${pool.assets[asset]?.symbol ?? ""}`);
}

/** Places of tokens that are shown. */
const PLACES = 4;

/** Tokens and what they are worth: `1.5 TSLA.M` and `$450.00`. */
export function worth(pool: PoolState, units: string | bigint, sign = false): { tokens: string; dollars: string | null } {
  const { decimals } = pool.pool;
  const [found] = ask("worthOf", { native: [BigInt(units)], decimals, tokenPrice: pool.entry.stockPrice }).amounts;
  const dollars = found?.dollars ?? null;
  // What is little is not nothing.
  const places = String(units).replace("-", "").length > decimals - PLACES ? PLACES : decimals;
  const cents = dollars !== null && /^-?0\.00/.test(dollars) && /[1-9]/.test(dollars) ? 6 : 2;
  return { tokens: write.apart(`${write.tokens(units, decimals, places, sign)} ${pool.entry.name}`), dollars: dollars === null ? null : write.dollars(dollars, cents, sign) };
}

/** What the wallet has; a dash while that is not known. */
export function inWallet(pool: PoolState): string {
  const { tokens, lamports } = balances.value;
  return lamports === null ? "—" : worth(pool, tokens[pool.entry.pool] ?? 0n).tokens;
}

/** An amount to the unit. */
export function exact(pool: PoolState, units: string | bigint, sign = false): string {
  return write.tokens(units, pool.pool.decimals, pool.pool.decimals, sign);
}

export function tenor(seconds: number): string {
  return write.span(seconds);
}

export function option(pool: PoolState, { underlying, put, strike, tenor: seconds }: OptionId): string {
  return t("option", {
    asset: pool.assets[underlying]?.symbol ?? "?",
    kind: t(put ? "put" : "call"),
    strike: write.whole(strike),
    tenor: tenor(seconds),
  });
}

export function same(a: OptionId, b: OptionId): boolean {
  return a.underlying === b.underlying && a.put === b.put && a.strike === b.strike && a.tenor === b.tenor && a.capBps === b.capBps;
}

/** Ranges of prices in words: where nothing is lost. */
export function ranges(gains: Answer<"payoff">["curves"][number]["gains"]): string {
  if (gains.length === 0) return t("never");
  const one = ({ from, to }: (typeof gains)[number]) => {
    const [low, high] = [from && write.dollars(from.decimal, 0), to && write.dollars(to.decimal, 0)];
    if (low && high) return t("between", { from: low, to: high });
    return low ? t("above", { price: low }) : high ? t("below", { price: high }) : t("forever");
  };
  return gains.map(one).join(t("comma"));
}

export type { OptionLeg };

/** Which of an owner's accounts, behind the name of something; nothing for the first one. */
export function numbered(subAccount: number): string {
  return subAccount > 0 ? t("comma") + t("subAccount", { number: String(subAccount) }) : "";
}
