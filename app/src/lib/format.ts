// Numbers as people read them. Nothing is computed: digits are moved, grouped and cut off.

import { ask } from "./bridge";
import { language } from "./settings";

/** A decimal text of native units: the point is put in its place. */
export function decimal(units: string | bigint, decimals: number): string {
  const text = String(units);
  const negative = text.startsWith("-");
  const digits = (negative ? text.slice(1) : text).padStart(decimals + 1, "0");
  const [whole, part] = [digits.slice(0, digits.length - decimals), digits.slice(digits.length - decimals)];
  return `${negative ? "-" : ""}${whole}${part ? `.${part}` : ""}`;
}

const made = new Map<string, Intl.NumberFormat>();

function format(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  // Latin digits in every language: they are compared with those of exchanges and wallets.
  const tag = `${language.value}-u-nu-latn`;
  const key = tag + JSON.stringify(options);
  let found = made.get(key);
  if (!found) made.set(key, (found = new Intl.NumberFormat(tag, options)));
  return found;
}

function written(text: string, options: Intl.NumberFormatOptions): string {
  // An exact decimal is formatted exactly.
  return apart(format(options).format(text as unknown as number));
}

/** Among words that are written from right to left a number with its sign and unit stands apart. */
export function apart(text: string): string {
  return language.value === "ar" ? `\u2066${text}\u2069` : text;
}

/** An amount of tokens; so many places are shown, rounded to the nearest, all of them by default. */
export function tokens(units: string | bigint, decimals: number, places = decimals, sign = false): string {
  return written(decimal(units, decimals), {
    maximumFractionDigits: places,
    signDisplay: sign ? "exceptZero" : "negative",
  });
}

/** Dollars, as text or a number of the library's. */
export function dollars(text: string, places = 2, sign = false): string {
  return written(text, {
    style: "currency",
    currency: "USD",
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: places,
    maximumFractionDigits: places,
    signDisplay: sign ? "exceptZero" : "negative",
  } as Intl.NumberFormatOptions);
}

export function whole(text: string): string {
  return written(text, { maximumFractionDigits: 0 });
}

export function number(text: string, places: number, sign = false): string {
  return written(text, { maximumFractionDigits: places, signDisplay: sign ? "exceptZero" : "negative" } as Intl.NumberFormatOptions);
}

export function percent(text: string, places = 1, sign = false): string {
  return written(text, { style: "percent", minimumFractionDigits: places, maximumFractionDigits: places, signDisplay: sign ? "exceptZero" : "negative" } as Intl.NumberFormatOptions);
}

export function time(seconds: string | number | bigint): string {
  return new Intl.DateTimeFormat(`${language.value}-u-nu-latn`, { dateStyle: "medium", timeStyle: "medium" }).format(Number(seconds) * 1000);
}

/** A span as its largest unit: 3 d, 5 h, 40 min. */
export function span(seconds: string | number | bigint): string {
  const left = Number(seconds);
  const [value, unit] =
    left >= 2 * 86_400 ? [left / 86_400, "day"] : left >= 7_200 ? [left / 3_600, "hour"] : left >= 120 ? [left / 60, "minute"] : [left, "second"];
  return format({ style: "unit", unit: unit as string, unitDisplay: "short", maximumFractionDigits: 0 }).format(Math.floor(value as number));
}

export function days(count: number): string {
  return format({ style: "unit", unit: "day", unitDisplay: "short" }).format(count);
}

export function short(key: string): string {
  return `${key.slice(0, 4)}…${key.slice(-4)}`;
}

/** The digits of a typed number with at most one point, as the library reads it; null where it is no number, or may be two. */
export function plain(typed: string): string | null {
  return ask("readNumber", { text: typed }).number ?? null;
}

/** Native units of plain digits: the point is taken out of its place. Null where there are more places. */
export function native(digits: string, decimals: number): bigint | null {
  const [whole, part = ""] = digits.replace(/(\.\d*?)0+$/, "$1").split(".");
  return part.length > decimals ? null : BigInt(whole + part.padEnd(decimals, "0"));
}

/** Native units of a typed amount; null where it is no amount of so many places. */
export function units(typed: string, decimals: number): bigint | null {
  const digits = plain(typed);
  return digits === null || digits.startsWith("-") ? null : native(digits, decimals);
}
