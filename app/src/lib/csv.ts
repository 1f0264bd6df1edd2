// Movements as comma-separated values, with the columns of `evergreen history --csv`: one row a movement, for tables and tax programs. Numbers are plain, with a point
// and without grouping; words are English in every language, because programs read them.

import type { Answer } from "@evergreen/sdk";
import { ask } from "./all";
import * as write from "./format";
import type { Past } from "./past";
import type { Margin, PoolState } from "./state";

/** A movement, whose, and out of which transaction. */
export type Row = Answer<"statement">["lines"][number] & { pool: PoolState; margin: Margin; from: Past };

const COLUMNS =
  "time_utc,kind,pool,account,option,series,points,amount,realised,wealth,amount_native,realised_native,spot_usd,slot,signature,carry,carry_native,class,cost,cost_native";

export const utc = (seconds: string | null | undefined) => (seconds == null ? "" : new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z"));

/** Seconds as the command writes them: the largest unit that divides them, or the two largest. */
function span(seconds: number): string {
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor((seconds % 86_400) / 3_600), Math.floor((seconds % 3_600) / 60)];
  if (days >= 3 * 365) return `${Math.floor(days / 365)} years`;
  if (days > 0) return seconds % 86_400 === 0 ? `${days} d` : `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

/** A text that others may have chosen as one cell: what is not visible ASCII is written as its number, and no table takes it for a formula. */
function cell(text: string): string {
  const visible = Array.from(text, (one) => (/[ -~]/.test(one) ? one : `\\u{${one.codePointAt(0)!.toString(16)}}`)).join("");
  const shown = /^[=+\-@|%']/.test(visible) ? `'${visible}` : visible;
  return /[", ]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}

/** A decimal without zeros at its end. */
const plain = (text: string) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

function line({ time, kind, pool, margin, option, series, points, amount, realised, wealth, spot, from }: Row): string {
  const tokens = (units: string | null | undefined) => (units == null ? "" : plain(write.decimal(units, pool.pool.decimals)));
  const words = option ? `${pool.assets[option.underlying]?.symbol ?? option.underlying} ${option.put ? "put" : "call"} ${option.strike} of ${span(option.tenor)}` : "";
  const cells = [
    utc(time),
    kind,
    cell(pool.entry.name),
    String(margin.subAccount),
    cell(words),
    series ? `slot ${series.slot} generation ${series.generation}` : "",
    points === "0" ? "" : points,
    tokens(amount),
    tokens(realised),
    tokens(wealth),
    amount,
    realised ?? "",
    spot ? ask("round", { numbers: [spot], places: 8 }).numbers[0]! : "",
    from.slot,
    from.signature,
    // The page does not tell carry apart, and what was provided stands in the view of liquidity.
    "",
    "",
    "",
    "",
    "",
  ];
  return cells.join(",");
}

/** Rows with their heading. */
export function table(rows: Row[]): string {
  return [COLUMNS, ...rows.map(line)].join("\n");
}
