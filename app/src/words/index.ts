// The words of the chosen language, which are loaded when it is chosen.

import { effect, signal } from "@preact/signals";
import { language, type Language } from "../lib/settings";
import type { Dictionary, Word } from "./en";

const LOADS: Record<Language, () => Promise<{ default: Dictionary }>> = {
  en: () => import("./en"),
  "zh-Hans": () => import("./zh-Hans"),
  "zh-Hant": () => import("./zh-Hant"),
  ja: () => import("./ja"),
  ko: () => import("./ko"),
  ru: () => import("./ru"),
  th: () => import("./th"),
  ar: () => import("./ar"),
  vi: () => import("./vi"),
};

/** They are there before anything is shown. */
const words = signal({} as Dictionary);

/** Loads the chosen language, and the next one whenever it is chosen. Where the first one cannot be had, that is an error. */
export async function speak(): Promise<void> {
  const load = async (wanted: Language) => {
    const found = (await LOADS[wanted]()).default;
    if (language.peek() === wanted) words.value = found;
  };
  const first = load(language.peek());
  effect(() => void load(language.value).catch(() => undefined));
  await first;
}

/** A text of the page; names in braces are replaced. Among words from right to left each value stands apart, so that neighbours do not change places. */
export function t(word: Word, values: Record<string, string> = {}): string {
  const apart = language.peek() === "ar" ? (value: string) => `\u2068${value}\u2069` : (value: string) => value;
  return words.value[word].replace(/\{(\w+)\}/g, (whole, name: string) => (values[name] === undefined ? whole : apart(values[name])));
}

export const NAMES: Record<Language, string> = {
  en: "English",
  "zh-Hans": "简体中文",
  "zh-Hant": "繁體中文",
  ja: "日本語",
  ko: "한국어",
  ru: "Русский",
  th: "ไทย",
  ar: "العربية",
  vi: "Tiếng Việt",
};

export type { Word };
