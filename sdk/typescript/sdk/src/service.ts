// The data service (`evergreen serve`): history over HTTP. Everything works without it; with it nobody reads thousands of transactions of a node.

import type { Base64, Fixed, Int, Key, PastTransaction, ProgramEvent } from "./types.js";

/** An event, and where it stands. */
export interface ServiceEvent {
  /** Number of the event: events are in the order of the chain by it. */
  id: Int;
  /** Slot of its transaction. */
  slot: Int;
  /** Signature of its transaction. */
  signature: string;
  /** Place among the events of the transaction. */
  place: number;
  /** Unix seconds, where the network knew them. */
  time: Int | null;
  /** Whether its transaction is final; one that is only confirmed may be withdrawn. */
  final: boolean;
  event: ProgramEvent;
  /** Its bytes. */
  data: Base64;
}

/** A page of events: the newest first, or the oldest first where it is one after something. */
export interface EventPage {
  events: ServiceEvent[];
  /** What the next page is before, or after; null after the last one. */
  next: Int | null;
}

/** Which events are wanted. `before` excludes `after`. */
export interface EventQuery {
  address?: Key;
  kind?: ProgramEvent["kind"];
  before?: Int;
  after?: Int;
  limit?: number;
}

/** Prices of a pool's shares in a span of time, native units a share. */
export interface Candle {
  /** When the span begins, unix seconds. */
  time: Int;
  open: Fixed;
  high: Fixed;
  low: Fixed;
  close: Fixed;
  /** What all shares were worth at its end, native units. */
  assets: Int;
  /** Shares at its end. */
  shares: Int;
}

/** A sample of an underlying's volatility. Prices, volatilities and variances are bits of 64.64, as in {@link Fixed}. */
export interface VolatilitySample {
  /** Number of its event. */
  id: Int;
  /** Unix seconds. */
  time: Int;
  /** Dollars. */
  price: Int;
  /** Of marks of the shortest tenor, per √year. */
  front: Int;
  /** Of marks of the longest tenor, per √year. */
  back: Int;
  /** Averages of squared returns, per year. */
  fastVariance: Int;
  slowVariance: Int;
}

async function get<T>(service: string, path: string, query: object): Promise<T> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const answer = await fetch(`${service}/${path}?${new URLSearchParams(given.map(([name, value]) => [name, `${value}`]))}`);
  const told = await answer.json();
  if (!answer.ok) throw new Error(`${service}: ${told.problem ?? answer.status}`);
  return told;
}

/** Asks the service at an address (`http://127.0.0.1:8788/v1`) for events. */
export async function fetchEvents(service: string, query: EventQuery): Promise<EventPage> {
  return get(service, "events", query);
}

/** Fetches the last prices of a pool's shares, the oldest first; `seconds` is the span of each, `limit` at most 1,000. Spans without a price are left out. */
export async function fetchCandles(service: string, pool: Key, seconds: 300 | 3_600 | 86_400, limit = 200): Promise<Candle[]> {
  const { candles } = await get<{ candles: Candle[] }>(service, "candles", { pool, seconds, limit });
  return candles.reverse();
}

/** Fetches the last samples of an underlying's volatility, the oldest first; those whose moment the network did not tell are left out. */
export async function fetchVolatility(service: string, underlying: Key, limit = 200): Promise<VolatilitySample[]> {
  const { samples } = await get<{ samples: VolatilitySample[] }>(service, "volatility", { underlying, limit });
  return samples.filter(({ time }) => time !== "0").reverse();
}

/** Fetches all transactions that name an address, the oldest first: what the calls `statement`, `provider` and `shareReturns` take. */
export async function fetchTransactions(service: string, address: Key): Promise<PastTransaction[]> {
  const found = new Map<string, PastTransaction & { events: Base64[] }>();
  for (let after: Int | null = "0"; after !== null; ) {
    const page: EventPage = await fetchEvents(service, { address, after, limit: 1000 });
    for (const { signature, time, data } of page.events) {
      const known = found.get(signature) ?? { time, events: [] };
      known.events.push(data);
      found.set(signature, known);
    }
    after = page.next;
  }
  return [...found.values()];
}
