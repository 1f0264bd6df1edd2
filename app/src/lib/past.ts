// The past of margin accounts: all transactions that name one, and what the library makes of them. A data service tells it, where there is one, otherwise the
// network as far as it remembers.

import { signal } from "@preact/signals";
import { fetchEvents, type Answer, type EventPage } from "@evergreen/sdk";
import { tryAsk } from "./all";
import { config } from "./config";
import * as net from "./rpc";
import type { Margin, PoolState } from "./state";

export interface Past {
  signature: string;
  time: number | null;
  logs: string[] | null;
  /** Bytes of its events, where a data service has told them. */
  events: string[] | null;
  /** Number of the last of them, and whether it can no longer be withdrawn. */
  told?: { last: string; final: boolean };
  slot: string;
}

/** Transactions by account, the oldest first. */
export const past = signal<Record<string, Past[]>>({});

/** Why what has happened to an account is not known whole; null where it is. */
export const unread = signal<Record<string, string | null>>({});

const PAGE = 100;
const PAGES = 20;
const AT_ONCE = 8;
const busy = new Set<string>();
/** Accounts that were asked for while they were read: they are read once more. */
const again = new Set<string>();

/** Reads what has come since. Without it all of it, as far as it is remembered. */
export async function readPast(key: string): Promise<void> {
  if (busy.has(key)) return void again.add(key);
  busy.add(key);
  try {
    const service = config.peek()?.history;
    if (service) {
      // Where it does not answer, the network may.
      const found = await served(service, key).catch(() => null);
      if (found) {
        past.value = { ...past.peek(), [key]: found };
        unread.value = { ...unread.peek(), [key]: null };
        return;
      }
    }
    const known = past.peek()[key] ?? [];
    const newest = known.at(-1)?.signature;
    const found: net.Listed[] = [];
    let meets = newest === undefined;
    for (let page = 0; page < PAGES; page += 1) {
      const some = await net.signatures(key, found.at(-1)?.signature, PAGE);
      const end = some.findIndex(({ signature }) => signature === newest);
      found.push(...(end < 0 ? some : some.slice(0, end)));
      // A short page is no end: that there is nothing older is said by an empty one.
      meets ||= end >= 0;
      if (end >= 0 || some.length === 0) break;
    }
    // What has come between is not told, so nothing is known to follow.
    if (!meets) net.untrue("transactions are left out");
    const told: (Past | null)[] = [];
    let why = "";
    for (let at = 0; at < found.length; at += AT_ONCE) {
      const some = found.slice(at, at + AT_ONCE).filter(({ err }) => !err);
      const part = await Promise.all(some.map(async ({ signature, slot }) => ({ signature, slot, log: await net.log(signature).catch((error: Error) => ((why = error.message), null)) })));
      told.push(...part.map(({ signature, slot, log }) => log && { signature, slot: String(slot), time: log.time, logs: log.logs, events: null }));
    }
    // One that is not told yet is read next time, and what came after it with it.
    const rising = told.reverse();
    const gap = rising.indexOf(null);
    const complete = (gap < 0 ? rising : rising.slice(0, gap)) as Past[];
    past.value = { ...past.peek(), [key]: [...known, ...complete] };
    if (why) net.untrue(why);
    unread.value = { ...unread.peek(), [key]: null };
  } catch (error) {
    unread.value = { ...unread.peek(), [key]: error instanceof Error ? error.message : String(error) };
    throw error;
  } finally {
    busy.delete(key);
    if (again.delete(key)) void readPast(key).catch(() => undefined);
  }
}

/** All that a data service tells, the oldest first. What is final is read once. */
async function served(service: string, key: string): Promise<Past[]> {
  const known = past.peek()[key] ?? [];
  const open = known.findIndex(({ told }) => !told?.final);
  const found = open < 0 ? [...known] : known.slice(0, open);
  for (let after: EventPage["next"] = (found.at(-1)?.told?.last ?? "0") as `${bigint}`; after !== null; ) {
    const page: EventPage = await fetchEvents(service, { address: key, after, limit: 1000 });
    for (const { id, signature, slot, time, final, data } of page.events) {
      const last = found.at(-1);
      const told = { last: id, final };
      if (last?.signature === signature) Object.assign(last, { events: [...last.events!, data], told });
      else found.push({ signature, slot, time: time === null ? null : Number(time), logs: null, events: [data], told });
    }
    after = page.next;
  }
  return found;
}

/** The statement of an account, at the prices of now; of one that is closed what the past tells. */
export function statement(pool: PoolState, margin: Margin): Answer<"statement"> | null {
  const known = past.value[margin.key];
  if (!known) return null;
  const transactions = known.map(({ time, logs, events }) => ({ time: time === null ? null : BigInt(time), logs, events }));
  const found = tryAsk("statement", { account: margin.key, transactions, view: pool.view, data: margin.bytes, days: 7 });
  return "ok" in found ? found.ok : null;
}
