// What the past of a pool says to who provides liquidity: what a share has brought and by what, and what one's own shares have cost. A data service tells it;
// without one there is nothing.

import { signal } from "@preact/signals";
import { fetchEvents, type Answer, type EventPage, type Key, type PastTransaction, type ServiceEvent, type ShareClass } from "@evergreen/sdk";
import { tryAsk } from "./all";
import { config } from "./config";
import { pools, type PoolState } from "./state";

/** Seconds of which returns are told. */
export const SPANS = [7, 30].map((days) => days * 86_400);
const PAGE = 1_000;
/** Pages after which what is known by then is told, while older ones are read. */
const TOLD = 5;
/** Milliseconds after which what is known is asked for anew. */
const LASTS = 30_000;

/** Events of withdrawals and of generations that name the pool and no owner. */
const NAMELESS = ["WithdrawalExecuted", "WithdrawalPassed", "SharesRenewed"] as const;

/** Returns of shares by pool, in the order of {@link SPANS}. */
export const returns = signal<Record<string, Answer<"shareReturns">["returns"]>>({});
/** What shares have cost, by pool, class and owner. */
export const costs = signal<Record<string, Answer<"provider">>>({});

const asked = new Map<string, number>();
const kept = new Map<string, ServiceEvent[]>();
/** Pools whose returns are read at the moment: of a busy one that takes longer than what is known lasts. */
const reading = new Set<string>();

function due(key: string): string | null {
  const service = config.peek()?.history;
  if (!service || performance.now() < (asked.get(key) ?? -Infinity) + LASTS) return null;
  asked.set(key, performance.now());
  return service;
}

/** Events that name an address, the oldest first: those that are known and final, and what has come after them. */
async function eventsOf(service: string, address: Key, { kind, since = null, told }: { kind?: (typeof NAMELESS)[number]; since?: bigint | null; told?: (events: ServiceEvent[]) => void } = {}): Promise<ServiceEvent[]> {
  const key = `${address}${kind ?? ""}`;
  const known = kept.get(key);
  const open = known?.findIndex(({ final }) => !final) ?? -1;
  const found = known ? (open < 0 ? [...known] : known.slice(0, open)) : [];
  const query = { address, limit: PAGE, ...(kind ? { kind } : {}) };
  if (found.length === 0) {
    // The newest first, back to the moment that is wanted.
    const isBefore = ({ time }: ServiceEvent) => since !== null && time !== null && BigInt(time) < since;
    for (let [before, pages] = [undefined as ServiceEvent["id"] | null | undefined, 1]; before !== null; pages += 1) {
      const page: EventPage = await fetchEvents(service, { ...query, ...(before ? { before } : {}) });
      found.push(...page.events);
      before = page.events.some(isBefore) ? null : page.next;
      if (before !== null && pages % TOLD === 0) told?.(found.toReversed());
    }
    found.reverse();
  } else {
    for (let after: ServiceEvent["id"] | null = found.at(-1)!.id; after !== null; ) {
      const page = await fetchEvents(service, { ...query, after });
      found.push(...page.events);
      after = page.next;
    }
  }
  kept.set(key, found);
  return found;
}

function transactions(events: ServiceEvent[]): PastTransaction[] {
  const found = new Map<string, PastTransaction & { events: string[] }>();
  for (const { signature, time, data } of events) {
    const known = found.get(signature) ?? { time, events: [] };
    known.events.push(data);
    found.set(signature, known);
  }
  return [...found.values()];
}

/** Reads what a share has brought. */
export function readReturns(pool: PoolState): void {
  const service = reading.has(pool.entry.pool) ? null : due(pool.entry.pool);
  if (!service) return;
  reading.add(pool.entry.pool);
  const work = async () => {
    const show = (events: ServiceEvent[]) => {
      const now = pools.peek()[pool.entry.pool] ?? pool;
      const told = tryAsk("shareReturns", { view: now.view, transactions: transactions(events), since: SPANS.map((span) => now.now - BigInt(span)) });
      if ("ok" in told) returns.value = { ...returns.peek(), [pool.entry.pool]: told.ok.returns };
    };
    // Of a busy pool the shorter span is there before the longer one.
    show(await eventsOf(service, pool.entry.pool, { since: pool.now - BigInt(SPANS.at(-1)!), told: show }));
  };
  // What is not told is not shown; the next look asks again.
  void work()
    .catch(() => undefined)
    .finally(() => reading.delete(pool.entry.pool));
}

export function costKey(pool: string, of: ShareClass, owner: string): string {
  return `${pool}${of}${owner}`;
}

/** Reads what somebody's shares have cost; `held` are those in the wallet. */
export function readCosts(pool: PoolState, of: ShareClass, owner: string, held: bigint): void {
  const key = costKey(pool.entry.pool, of, owner);
  const service = due(`${key}${held}`);
  if (!service) return;
  const work = async () => {
    const found = await Promise.all([eventsOf(service, owner), ...NAMELESS.map((kind) => eventsOf(service, pool.entry.pool, { kind }))]);
    const all = found.flat().sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
    const told = tryAsk("provider", { pool: pool.entry.pool, owner, class: of, transactions: transactions(all), held });
    if ("ok" in told) costs.value = { ...costs.peek(), [key]: told.ok };
  };
  void work().catch(() => undefined);
}
