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

/** Open interest of an underlying in a pool at the end of an hour, points of the pool. */
export interface InterestHour {
  /** When the hour begins, unix seconds. */
  time: Int;
  /** Points that all accounts hold. */
  held: Int;
  /** Points that all accounts have written. */
  written: Int;
  /** Points that were traded in it. */
  traded: Int;
}

/** A margin account and what it has made by its final transactions; amounts are native units. */
export interface AccountSum {
  account: Key;
  pool: Key;
  owner: Key;
  /** Its number among the owner's. */
  subAccount: number;
  /** Unix seconds. */
  opened: Int;
  deposits: Int;
  withdrawals: Int;
  /** Realised profit: premiums, funding, fees and payoffs of what is closed, as `statement` tells it. */
  realised: Int;
  /** Fees of all legs. */
  fees: Int;
  /** Funding; negative where more was paid. */
  funding: Int;
  /** Points that were traded. */
  traded: Int;
  cash: Int;
  /** Why its history is not complete; null where it is. */
  gap: string | null;
}

/** A page of accounts, those with the most first. */
export interface LeaderPage {
  accounts: AccountSum[];
  /** What the next page skips; null after the last one. */
  next: Int | null;
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

/** Fetches the last samples of an underlying's volatility, the oldest first. */
export async function fetchVolatility(service: string, underlying: Key, limit = 200): Promise<VolatilitySample[]> {
  const { samples } = await get<{ samples: VolatilitySample[] }>(service, "volatility", { underlying, limit });
  return samples.reverse();
}

/** Fetches the last hours of an underlying in which something was traded, the oldest first; `underlying` is its place in the pool's list. */
export async function fetchInterest(service: string, pool: Key, underlying: number, limit = 200): Promise<InterestHour[]> {
  const { hours } = await get<{ hours: InterestHour[] }>(service, "interest", { pool, underlying, limit });
  return hours.reverse();
}

/** Asks for the accounts of a pool that have realised, or traded, most; `skip` is how many stand before the page, `limit` at most 1,000. */
export async function fetchLeaders(service: string, query: { pool: Key; by?: "realised" | "traded"; skip?: Int; limit?: number }): Promise<LeaderPage> {
  return get(service, "leaders", query);
}

/** Fetches the margin accounts of an owner. */
export async function fetchAccountSums(service: string, owner: Key): Promise<AccountSum[]> {
  const { accounts } = await get<{ accounts: AccountSum[] }>(service, "portfolio", { owner, limit: 1000 });
  return accounts;
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

/** What {@link followEvents} tells. */
export interface Follower {
  /** An event, soon after it is confirmed. */
  event(event: ServiceEvent): void;
  /** It begins, or goes on after a connection was lost or notices were missed: no event is left out, but some that are known may have been withdrawn meanwhile. */
  begun?(): void;
  /** Events from this number on are void: the chain went another way. */
  withdrawn?(from: Int): void;
  /** The connection is lost; it is made anew by itself. */
  lost?(): void;
}

/** Milliseconds without a word after which a connection is taken for dead: the service speaks each 15 seconds. */
const SILENCE = 40_000;
/** Milliseconds until a lost connection is made anew. */
const AGAIN = 2_000;

/** Tells events as they come, until the signal ends it. `after` is the number of the last event that is known; without it those of the future are told. */
export async function followEvents(service: string, query: { address?: Key; after?: Int }, follower: Follower, signal: AbortSignal): Promise<void> {
  let { after } = query;
  while (!signal.aborted) {
    const quiet = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => quiet.abort(), SILENCE);
    };
    try {
      heard();
      const given = Object.entries({ address: query.address, after }).filter(([, value]) => value !== undefined) as [string, string][];
      const answer = await fetch(`${service}/stream?${new URLSearchParams(given)}`, { signal: AbortSignal.any([signal, quiet.signal]) });
      if (!answer.ok || !answer.body) throw new Error(`${service}: ${answer.status}`);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = ""; ; ) {
        const { done, value } = await reader.read();
        if (done) break;
        heard();
        const blocks = (text + value).split("\n\n");
        text = blocks.pop()!;
        for (const block of blocks) {
          const field = (name: string) => block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
          const [kind, data] = [field("event") ?? "message", field("data")];
          if (data === undefined) continue;
          const told = JSON.parse(data);
          if (kind === "begin") {
            after = told.after;
            follower.begun?.();
          } else if (kind === "missed") follower.begun?.();
          else if (kind === "withdrawn") follower.withdrawn?.(told.from);
          else if (kind === "message") {
            after = told.id;
            follower.event(told);
          }
        }
      }
    } catch {
      // Whatever ends a connection, the next one goes on behind the last event.
    } finally {
      clearTimeout(timer);
    }
    if (signal.aborted) return;
    follower.lost?.();
    await new Promise((wait) => setTimeout(wait, AGAIN));
  }
}
