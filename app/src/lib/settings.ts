// Choices of the reader, kept in this browser.

import { effect, signal, type Signal } from "@preact/signals";

function kept<T extends string>(name: string, values: readonly T[], first: T): Signal<T> {
  const key = `evergreen:${name}`;
  const stored = localStorage.getItem(key) as T | null;
  const chosen = signal(stored && values.includes(stored) ? stored : first);
  let begun = false;
  effect(() => {
    const value = chosen.value;
    if (begun) localStorage.setItem(key, value);
    begun = true;
  });
  return chosen;
}

export const LANGUAGES = ["en", "zh-Hans", "zh-Hant", "ja", "ko", "ru", "th", "ar", "vi"] as const;
export type Language = (typeof LANGUAGES)[number];

function spoken(): Language {
  for (const wanted of navigator.languages) {
    const tag = wanted.toLowerCase();
    if (tag.startsWith("zh")) return /hant|tw|hk|mo/.test(tag) ? "zh-Hant" : "zh-Hans";
    const found = LANGUAGES.find((one) => tag === one || tag.startsWith(`${one}-`));
    if (found) return found;
  }
  return "en";
}

export const language = kept<Language>("language", LANGUAGES, spoken());
export const theme = kept("theme", ["system", "light", "dark"] as const, "system");
/** Which colour is a gain: in East Asia red is. */
export const gains = kept("gains", ["green", "red"] as const, /^(zh|ja|ko)/.test(language.peek()) ? "red" : "green");
/** Whether the browser tells of what happens. */
export const notices = kept("notices", ["off", "on"] as const, "off");
/** The move of a price, per cent, that would liquidate an account of which that is told. */
export const near = kept("near", ["5", "10", "20"] as const, "10");
export const mode = kept("mode", ["simple", "pro"] as const, "simple");

effect(() => {
  const root = document.documentElement;
  root.lang = language.value;
  root.dir = language.value === "ar" ? "rtl" : "ltr";
  root.dataset.theme = theme.value;
  root.dataset.gains = gains.value;
});
