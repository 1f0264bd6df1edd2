// What a trade brings at other prices: one curve now, one after days of funding. Numbers are made small here only to be drawn.

import type { Answer } from "@evergreen/sdk";
import * as write from "../lib/format";
import * as money from "../lib/money";
import type { PoolState } from "../lib/state";
import { t } from "../words";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [380, 190, 4, 20, 16];

export function Plot({ pool, curves, days }: { pool: PoolState; curves: Answer<"payoff">; days: number }) {
  const prices = curves.prices.map(({ decimal }) => Number(decimal));
  const chosen = [0, days].map((wanted) => curves.curves.find((curve) => curve.days === wanted)!).filter(Boolean);
  const profits = chosen.map(({ profit }) => profit.map(Number));
  const all = profits.flat();
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const [from, to] = [prices[0]!, prices[prices.length - 1]!];
  const x = (price: number) => LEFT + ((price - from) / (to - from || 1)) * (WIDTH - 2 * LEFT);
  const y = (value: number) => TOP + ((high - value) / (high - low || 1)) * (HEIGHT - TOP - BOTTOM);
  const line = (values: number[]) => values.map((value, place) => `${place ? "L" : "M"}${x(prices[place]!).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const area = (values: number[]) => `${line(values)}L${x(to).toFixed(1)} ${y(0).toFixed(1)}L${x(from).toFixed(1)} ${y(0).toFixed(1)}Z`;
  const spot = Number(curves.spot.decimal);
  const now = profits[0] ?? [];
  const ends = (values: Answer<"payoff">["curves"][number]["profit"]) => {
    const sorted = [...values].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
    return [sorted[0]!, sorted[sorted.length - 1]!];
  };
  const [worst, best] = ends(chosen[0]!.profit);
  const label = `${t("payoff")}. ${t("gainAtMost")}: ${money.worth(pool, best!, true).tokens}. ${t("loseAtMost")}: ${money.worth(pool, worst!, true).tokens}. ${t("breakEven")}: ${money.ranges(chosen[0]!.gains)}.`;
  return (
    <figure dir="ltr">
      <svg class="plot wide" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
        <clipPath id="gain">
          <rect x="0" y="0" width={WIDTH} height={Math.max(0, y(0))} />
        </clipPath>
        <clipPath id="loss">
          <rect x="0" y={y(0)} width={WIDTH} height={Math.max(0, HEIGHT - y(0))} />
        </clipPath>
        <path class="up" d={area(now)} clip-path="url(#gain)" />
        <path class="down" d={area(now)} clip-path="url(#loss)" />
        <line class="zero" x1={LEFT} x2={WIDTH - LEFT} y1={y(0)} y2={y(0)} />
        <line class="mark" x1={x(spot)} x2={x(spot)} y1={TOP} y2={HEIGHT - BOTTOM} />
        {profits[1] && days > 0 && <path class="later" d={line(profits[1])} />}
        <path class="now" d={line(now)} />
        <text x={LEFT} y={HEIGHT - 6}>
          {write.dollars(String(from), 0)}
        </text>
        <text x={x(spot)} y={10} text-anchor="middle">
          {write.dollars(curves.spot.decimal, 0)}
        </text>
        <text x={WIDTH - LEFT} y={HEIGHT - 6} text-anchor="end">
          {write.dollars(String(to), 0)}
        </text>
      </svg>
    </figure>
  );
}
