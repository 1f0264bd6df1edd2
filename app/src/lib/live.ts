// Events as a data service tells them: what they have changed is read at once.

import { followEvents, type ServiceEvent } from "@evergreen/sdk";
import { config } from "./config";
import { live, margins, owner, pools, refresh, refreshOwner, selected, trying } from "./state";

/** Milliseconds in which events are gathered, so that many at once are read once. */
const GATHER = 300;

let timer: ReturnType<typeof setTimeout> | undefined;
const due = { own: false, pools: new Set<string>() };

function read(): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    const [own, changed] = [due.own, [...due.pools]];
    due.own = false;
    due.pools.clear();
    if (trying.peek()) return;
    for (const entry of config.peek()?.pools ?? []) if (changed.includes(entry.pool)) void refresh(entry);
    if (own) void refreshOwner();
  }, GATHER);
}

/** Names that an event mentions; a trade names its account and not its pool, so it may be of the one that is looked at. */
function take({ event }: ServiceEvent): void {
  const named = new Set(Object.values(event).filter((value) => typeof value === "string"));
  if (owner.peek() && (named.has(owner.peek()!) || Object.values(margins.peek()).some(({ key }) => named.has(key)))) due.own = true;
  for (const pool of Object.keys(pools.peek())) if (named.has(pool)) due.pools.add(pool);
  if (event.kind === "Traded") due.pools.add(selected.peek());
  if (due.own || due.pools.size > 0) read();
}

function all(): void {
  due.own = true;
  due.pools.add(selected.peek());
  read();
}

/** Follows the service of the configuration, while somebody looks at the page. */
export function listen(service: string): void {
  let stop: AbortController | undefined;
  const change = () => {
    if (document.hidden === !stop) return;
    stop?.abort();
    stop = undefined;
    live.value = false;
    if (document.hidden) return;
    stop = new AbortController();
    const begun = () => {
      live.value = true;
      all();
    };
    void followEvents(service, {}, { event: take, begun, withdrawn: all, lost: () => (live.value = false) }, stop.signal);
  };
  document.addEventListener("visibilitychange", change);
  change();
}
