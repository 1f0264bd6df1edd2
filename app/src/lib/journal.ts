// What was sent, kept in this browser: a reload loses nothing, and each is pursued until the chain says what has become of it.

import { computed, signal } from "@preact/signals";
import type { CancelReason, OptionLeg } from "@evergreen/sdk";
import type { Sent } from "./sent";

export type State =
  /** The wallet is asked; nothing was sent. */
  | "signing"
  /** It is signed, and may have been sent. */
  | "sending"
  /** The trade is committed and waits for its price. */
  | "committed"
  | "filled"
  /** The commitment has ended without a fill. */
  | "cancelled"
  /** Any other transaction has landed. */
  | "done"
  /** The network has refused it. */
  | "failed"
  /** It can no longer land. */
  | "expired"
  /** The wallet has not signed it. */
  | "unsigned";

export interface Leg extends OptionLeg {
  /** The option in words, as it was shown. */
  words: string;
  premium: string;
  fee: string;
  spot: string;
  sigma: string;
}

/** What a fill came to, out of its events. */
export interface Receipt {
  signature: string;
  /** Unix seconds, where the network tells them. */
  time: number | null;
  net: string;
  cash: string;
  legs: { points: string; premium: string; fee: string; spot: string; sigma: string }[];
}

export interface Entry {
  id: string;
  kind: "trade" | "deposit" | "withdraw" | "provide" | "redeem" | "claim" | "order" | "cancel" | "fill";
  /** What it does, in words of the moment. */
  words: string;
  state: State;
  /** Milliseconds since 1970. */
  at: number;
  pool: string;
  poolName: string;
  decimals: number;
  owner: string;
  account: string;
  sent?: Sent;
  legs?: Leg[];
  quoted?: { net: string; fee: string; least: string };
  /**
   * What its fill comes to at its price in each second in which it may land, where this page has computed that before it was sent. Null where the commitment
   * ends without a fill.
   */
  foreseen?: { now: string; net: string | null }[];
  /** Unix seconds after which the price that fills it is published. */
  priceAfter?: string;
  receipt?: Receipt;
  reason?: CancelReason;
  /** The transaction that has ended it, since when, milliseconds since 1970, and whether it can no longer be withdrawn. */
  proof?: string;
  since?: number;
  final?: boolean;
  /** Why it has failed, as data for words. */
  problem?: string;
}

const KEY = "evergreen:journal";
const MOST = 100;

function stored(): Entry[] {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

/** The newest first. Other tabs write it, too. */
export const journal = signal<Entry[]>(stored());

/** Reads what other tabs have written. */
export function reread(): void {
  journal.value = stored();
}

addEventListener("storage", ({ key }) => {
  if (key === KEY || key === null) reread();
});

function keep(change: (entries: Entry[]) => Entry[]): void {
  const entries = change(stored()).slice(0, MOST);
  localStorage.setItem(KEY, JSON.stringify(entries));
  journal.value = entries;
}

export function add(entry: Entry): void {
  keep((entries) => [entry, ...entries]);
}

export function change(id: string, by: Partial<Entry>): void {
  keep((entries) => entries.map((entry) => (entry.id === id ? { ...entry, ...by } : entry)));
}

export function forget(id: string): void {
  keep((entries) => entries.filter((entry) => entry.id !== id));
}

export function find(id: string): Entry | undefined {
  return journal.peek().find((entry) => entry.id === id);
}

export const ENDS: readonly State[] = ["filled", "cancelled", "done", "failed", "expired", "unsigned"];

/** Whether a wallet is asked: one question at a time. */
export const signing = computed(() => journal.value.some(({ state }) => state === "signing"));
