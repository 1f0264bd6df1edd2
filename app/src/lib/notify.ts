// Notices of the browser, for whoever wants them: what has become of a trade, that an account is liquidated or close to it, that a request can be executed.
// They come while the page is open in some tab; nobody else is asked.

import { effect, untracked } from "@preact/signals";
import { t } from "../words";
import { ended, explained } from "../words/problems";
import { tryAsk } from "./all";
import { complete } from "./bridge";
import * as write from "./format";
import { ENDS, journal, type Entry } from "./journal";
import { past, readPast, statement } from "./past";
import { readRequests } from "./requests";
import { language, near, notices } from "./settings";
import { accounts, known, own, owner, pools, type Margin, type PoolState } from "./state";

const KEY = "evergreen:told";
/** What was told is remembered, so many of it: a reload and another tab tell it no second time. */
const MOST = 200;
/** Milliseconds between two looks at how near a liquidation is, which asks nobody, and in how many of them requests are read. */
const PERIOD = 3_000;
const SELDOM = 5;
/** Seconds after which what has happened is no news. */
const NEWS = 86_400;

function told(): string[] {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

function keep(tags: string[]): void {
  localStorage.setItem(KEY, JSON.stringify(tags.slice(-MOST)));
}

/** What is no longer so can be told again. */
function over(tag: string): void {
  const tags = told();
  if (tags.includes(tag)) keep(tags.filter((one) => one !== tag));
}

function tell(tag: string, title: string, body: string, view: string): void {
  const tags = told();
  if (notices.peek() !== "on" || !("Notification" in window) || Notification.permission !== "granted" || tags.includes(tag)) return;
  keep([...tags, tag]);
  try {
    // Of two with the same tag the browser shows one.
    const notice = new Notification(title, { body, tag, icon: "./icon.svg", lang: language.peek(), dir: language.peek() === "ar" ? "rtl" : "ltr" });
    notice.onclick = () => {
      focus();
      location.hash = `#/${view}`;
      notice.close();
    };
  } catch {
    // A browser that shows none of an open page: what is told stands in the page all the same.
  }
}

/** How entries of the journal have ended while this page was open. */
function trades(): void {
  const before = new Set(journal.peek().filter(({ state }) => ENDS.includes(state)).map(({ id }) => id));
  effect(() => {
    for (const entry of journal.value) if (ENDS.includes(entry.state) && !before.has(entry.id)) untracked(() => finished(entry));
  });
}

function finished({ id, kind, state, words, receipt, decimals, poolName, reason, problem }: Entry): void {
  const tag = `${id}:${state}`;
  if (state === "filled") tell(tag, t("noticeFilled", { what: words }), `${write.tokens(receipt!.net, decimals, decimals, true)} ${poolName}`, "portfolio");
  else if (state === "cancelled") tell(tag, t("noticeLapsed", { what: words }), reason ? ended(reason) : "", "trade");
  else if (state === "expired") tell(tag, t("noticeLapsed", { what: words }), t("expired"), "trade");
  else if (state === "failed" && kind !== "fill") tell(tag, t("noticeFailed", { what: words }), explained(problem ?? "other:"), "trade");
}

/** Liquidations, out of the past of one's own accounts, which is read where positions have changed. */
function liquidations(): void {
  const before = new Map<string, string>();
  effect(() => {
    for (const { margin: { key, decoded } } of accounts.value) {
      if (!own.value || !decoded) continue;
      const positions = JSON.stringify(decoded.positions.map(({ slot, generation, points }) => [slot, generation, points]));
      if (before.get(key) === positions) continue;
      before.set(key, positions);
      // What is not told now is read at the next change, and with the next visit.
      void readPast(key).catch(() => before.delete(key));
    }
  });
  effect(() => {
    const all = past.value;
    untracked(() => {
      if (!own.value) return;
      for (const { pool, margin } of accounts.value) {
        if (!all[margin.key]) continue;
        for (const { kind, time, transaction } of statement(pool, margin)?.lines ?? []) {
          if (kind !== "penalty" || (time !== null && time !== undefined && pool.now - BigInt(time) > BigInt(NEWS))) continue;
          const { signature } = all[margin.key]![transaction]!;
          tell(`liquidated:${signature}`, t("noticeLiquidated", { pool: pool.entry.name }), t("noticeLiquidatedWhy"), "history");
        }
      }
    });
  });
}

/** Whether a move of the price would have an account liquidated: each underlying by itself, up and down. */
function health(pool: PoolState, margin: Margin): void {
  const bps = Number(near.peek()) * 100;
  const moves = pool.assets.flatMap(({ place, symbol }) => [bps, -bps].map((priceBps) => ({ symbol, priceBps, shift: { underlying: place, priceBps, sigmaBps: 0 } })));
  const found = tryAsk("whatIf", { view: pool.view, account: margin.bytes, deposit: null, legs: [], cases: [[], ...moves.map(({ shift }) => [shift])] });
  if (!("ok" in found)) return;
  const [now, ...then] = found.ok.accounts.map(({ maintenanceHealth }) => maintenanceHealth.startsWith("-"));
  const [close, below] = [`near:${margin.key}`, `below:${margin.key}`];
  const { name } = pool.entry;
  const place = then.indexOf(true);
  if (now) tell(below, t("noticeNear", { pool: name }), t("noticeBelow"), "portfolio");
  else {
    over(below);
    if (place < 0) over(close);
    else {
      const { symbol, priceBps } = moves[place]!;
      tell(close, t("noticeNear", { pool: name }), t("noticeNearWhy", { asset: symbol, percent: write.percent(`${priceBps}e-4`, 0, true) }), "portfolio");
    }
  }
}

async function requests(who: string): Promise<void> {
  for (const pool of known.peek())
    for (const of of ["Main", "Insurance"] as const)
      for (const { key, request } of await readRequests(pool, of, who)) {
        const { name } = pool.entry;
        if (request.payable !== "0") tell(`payable:${key}`, t("noticePayable", { pool: name }), t("noticePayableWhy"), "liquidity");
        else if (request.shares !== "0" && BigInt(request.readyAt) <= pool.now) tell(`ready:${key}`, t("noticeReady", { pool: name }), t("noticeReadyWhy"), "liquidity");
      }
}

/** Begins to watch, once. */
export function watch(): void {
  trades();
  liquidations();
  let round = 0;
  const look = async () => {
    const who = owner.peek();
    if (notices.peek() !== "on" || !own.peek() || !who) return;
    await complete();
    for (const { pool, margin } of accounts.peek()) {
      if (margin.bytes && pools.peek()[pool.entry.pool] === pool) health(pool, margin);
    }
    if (round++ % SELDOM === 0) await requests(who);
  };
  const again = () => void look().catch(() => undefined).finally(() => setTimeout(again, PERIOD));
  again();
}
