// What something was worth over time, as a line. Numbers are made small here only to be drawn.

import * as write from "../lib/format";
import { t } from "../words";

export interface Point {
  /** Unix seconds. */
  time: string;
  /** A decimal. */
  value: string;
}

const [WIDTH, HEIGHT, SIDE, BOTTOM, TOP] = [380, 120, 4, 20, 8];
/** Width of the values beside the lines. */
const VALUES = 86;

const KINDS = ["now", "later", "third"] as const;

/** Lines of one scale; the first one is drawn strongly. `words` says what they are, `names` what each is, `tell` writes a value. */
export function Line({ lines, words, names, tell }: { lines: Point[][]; words: string; names?: string[]; tell: (value: string) => string }) {
  const all = lines.flat();
  if (all.length < 2) return <p class="empty small">{t("noHistory")}</p>;
  const by = <T,>(of: (one: Point) => T, better: (a: T, b: T) => boolean) => all.reduce((best, one) => (better(of(one), of(best)) ? one : best));
  const [first, last] = [by(({ time }) => Number(time), (a, b) => a < b), by(({ time }) => Number(time), (a, b) => a > b)];
  const [least, most] = [by(({ value }) => Number(value), (a, b) => a < b), by(({ value }) => Number(value), (a, b) => a > b)];
  const [from, to, low, high] = [Number(first.time), Number(last.time), Number(least.value), Number(most.value)];
  const x = (time: string) => VALUES + ((Number(time) - from) / (to - from || 1)) * (WIDTH - SIDE - VALUES);
  const y = (value: string) => TOP + ((high - Number(value)) / (high - low || 1)) * (HEIGHT - TOP - BOTTOM);
  const path = (points: Point[]) => points.map(({ time, value }, place) => `${place ? "L" : "M"}${x(time).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const label = `${words}. ${write.time(first.time)} – ${write.time(last.time)}: ${tell(least.value)} – ${tell(most.value)}.`;
  return (
    <figure dir="ltr" data-test="line">
      <svg class="plot wide" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
        {lines.map((points, place) => (
          <path key={place} class={KINDS[place]} d={path(points)} />
        ))}
        <text x={SIDE} y={TOP + 4}>
          {tell(most.value)}
        </text>
        {least !== most && (
          <text x={SIDE} y={HEIGHT - BOTTOM}>
            {tell(least.value)}
          </text>
        )}
        <text x={SIDE} y={HEIGHT - 4}>
          {write.time(first.time)}
        </text>
        <text x={WIDTH - SIDE} y={HEIGHT - 4} text-anchor="end">
          {write.time(last.time)}
        </text>
      </svg>
      {names && (
        <figcaption class="legend">
          {names.map((name, place) => (
            <span key={name}>
              <svg viewBox="0 0 24 6" aria-hidden="true" class="plot">
                <path class={KINDS[place]} d="M0 3L24 3" />
              </svg>
              <bdi>{name}</bdi>
            </span>
          ))}
        </figcaption>
      )}
    </figure>
  );
}
