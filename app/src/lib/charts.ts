// What a data service tells of pools and underlyings over time. Without one there is nothing.

import { signal } from "@preact/signals";
import { fetchCandles, fetchInterest, fetchVolatility } from "@evergreen/sdk";
import type { Point } from "../parts/Line";
import { ask } from "./all";
import { config } from "./config";
import { size } from "./money";
import type { PoolState } from "./state";

/** Spans of candles, and for how long they are shown, seconds. */
export const SPANS = { day: 300, month: 3_600, year: 86_400 } as const;
export type Span = keyof typeof SPANS;

/** Lines by what they are of. */
const known = signal<Record<string, Point[][]>>({});
const asked = new Map<string, number>();
/** Milliseconds after which what is known is asked for anew. */
const LASTS = 15_000;
/** Points of a line: of five minutes a day, of hours a month, of days a year. */
const POINTS = { day: 288, month: 720, year: 365 } as const;
/** Decimals of a volatility that are drawn. */
const PLACES = 6;

function follow(key: string, fetch: (service: string) => Promise<Point[][]>): Point[][] | null {
  const service = config.value?.history;
  const lines = known.value[key] ?? null;
  if (!service || performance.now() < (asked.get(key) ?? -Infinity) + LASTS) return lines;
  asked.set(key, performance.now());
  fetch(service).then(
    (found) => (known.value = { ...known.peek(), [key]: found }),
    // What is not told is not drawn; the next look asks again.
    () => undefined,
  );
  return lines;
}

/** Prices of a pool's shares, native units a share. */
export function sharePrices(pool: string, span: Span): Point[][] | null {
  return follow(`${pool}${span}`, async (service) => {
    const candles = await fetchCandles(service, pool, SPANS[span], POINTS[span]);
    return [candles.map(({ time, close }) => ({ time, value: close.decimal }))];
  });
}

/** Volatility of marks of the shortest tenor and of the longest, and the realised one. */
export function volatilities(underlying: string): Point[][] | null {
  return follow(underlying, async (service) => {
    const samples = await fetchVolatility(service, underlying, 500);
    if (samples.length === 0) return [];
    const fixed = (bits: `${bigint}`) => ({ bits, decimal: "0" });
    const line = (all: { bits: `${bigint}`; decimal: string }[]) => {
      const { numbers } = ask("round", { numbers: all, places: PLACES });
      return samples.map(({ time }, place) => ({ time, value: numbers[place]! }));
    };
    const realised = ask("volatilitiesOf", { variances: samples.map(({ slowVariance }) => fixed(slowVariance)) });
    return [line(samples.map(({ front }) => fixed(front))), line(samples.map(({ back }) => fixed(back))), line(realised.volatilities)];
  });
}

/** Open interest in coins: what is held, and what is written. */
export function interest(pool: PoolState, place: number): Point[][] | null {
  return follow(`${pool.entry.pool}${place}`, async (service) => {
    const hours = await fetchInterest(service, pool.entry.pool, place, 720);
    const last = hours.filter(({ time }) => BigInt(time) > pool.now - DAY).map(({ traded }) => traded);
    turnover.value = { ...turnover.peek(), [`${pool.entry.pool}${place}`]: ask("sumOf", { amounts: last }).sum };
    const line = (of: (hour: (typeof hours)[number]) => string) => hours.map((hour) => ({ time: hour.time, value: size(pool, of(hour)) }));
    return [line(({ held }) => held), line(({ written }) => written)];
  });
}

const DAY = 86_400n;
/** Points that were traded in the hours of the last day, by pool and place of the underlying. */
export const turnover = signal<Record<string, string>>({});
