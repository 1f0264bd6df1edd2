// All calls of the library, for what has waited until they are here: views that are loaded later, and whoever has awaited `complete`.

import type { Answer, Ask, Calls, EvergreenError } from "@evergreen/sdk";
import { attempt, evergreen } from "./bridge";

/** Asks the library. */
export function ask<C extends keyof Calls>(call: C, question: Ask<C>): Answer<C> {
  if (!evergreen().isWhole) throw new Error(`${call} was asked before all calls were here`);
  return evergreen().call(call, question);
}

/** As {@link ask}; what is refused is a value. */
export function tryAsk<C extends keyof Calls>(call: C, question: Ask<C>): { ok: Answer<C> } | { refused: EvergreenError } {
  return attempt(() => ask(call, question));
}
