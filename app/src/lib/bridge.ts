// The client library: everything that computes.

import { Evergreen, EvergreenError, type Answer, type Ask } from "@evergreen/sdk";
// @ts-expect-error Vite makes an address of it.
import address from "@evergreen/sdk/evergreen.wasm?url";
import type { Calls } from "@evergreen/sdk";

let library: Evergreen;

/** Loads it; once. */
export async function load(): Promise<void> {
  const module = await WebAssembly.compileStreaming(fetch(address as string));
  library = await Evergreen.load(module);
}

export function evergreen(): Evergreen {
  return library;
}

/** Asks the library. */
export function ask<C extends keyof Calls>(call: C, question: Ask<C>): Answer<C> {
  return library.call(call, question);
}

/** As {@link ask}; what is refused is a value. */
export function tryAsk<C extends keyof Calls>(call: C, question: Ask<C>): { ok: Answer<C> } | { refused: EvergreenError } {
  try {
    return { ok: library.call(call, question) };
  } catch (error) {
    if (error instanceof EvergreenError) return { refused: error };
    throw error;
  }
}
