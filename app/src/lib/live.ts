// Events as a data service tells them: what they have changed is read at once.

import { effect } from "@preact/signals";
import { followEvents, type ServiceEvent } from "@evergreen/sdk";
import { config } from "./config";
import { accounts, live, owner, refresh, refreshOwner, selected, trying } from "./state";

/** Milliseconds in which events are gathered, so that many at once are read once. */
const GATHER = 300;

let timer: ReturnType<typeof setTimeout> | undefined;
let own = false;

/** Reads the pool that is looked at, and one's own accounts where events name them. */
function read(): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    const mine = own;
    own = false;
    if (trying.peek()) return;
    for (const entry of config.peek()?.pools ?? []) if (entry.pool === selected.peek()) void refresh(entry);
    if (mine) void refreshOwner();
  }, GATHER);
}

function take({ event }: ServiceEvent): void {
  const named = new Set<unknown>(Object.values(event));
  own ||= named.has(owner.peek()) || accounts.peek().some(({ margin }) => named.has(margin.key));
  read();
}

function all(): void {
  own = true;
  read();
}

/** Follows the events of the pool that is looked at, while the page is. */
export function listen(service: string): void {
  let stop: AbortController | undefined;
  const begin = () => {
    stop?.abort();
    stop = undefined;
    live.value = false;
    const address = selected.peek();
    if (document.hidden || trying.peek() || !address) return;
    stop = new AbortController();
    const begun = () => {
      live.value = true;
      all();
    };
    void followEvents(service, { address }, { event: take, begun, withdrawn: all, lost: () => (live.value = false) }, stop.signal);
  };
  document.addEventListener("visibilitychange", begin);
  effect(() => {
    void [selected.value, trying.value];
    begin();
  });
}
