// What a data service tells of pools and underlyings over time. Without one there is nothing.

import { signal } from "@preact/signals";
import { fetchCandles, fetchVolatility } from "@evergreen/sdk";
import type { Point } from "../parts/Line";
import { ask } from "./all";
import { config } from "./config";

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

/** Volatility of marks, of the shortest tenor and of the longest. */
export function volatilities(underlying: string): Point[][] | null {
  return follow(underlying, async (service) => {
    const samples = await fetchVolatility(service, underlying, 500);
    const line = (bits: `${bigint}`[]) => {
      if (bits.length === 0) return [];
      const { numbers } = ask("round", { numbers: bits.map((one) => ({ bits: one, decimal: "0" })), places: PLACES });
      return samples.map(({ time }, place) => ({ time, value: numbers[place]! }));
    };
    return [line(samples.map(({ front }) => front)), line(samples.map(({ back }) => back))];
  });
}
