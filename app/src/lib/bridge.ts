// The client library: everything that computes. A first visit fetches a small part of it, which answers what a market is shown and a trade is
// quoted with; the rest comes where it is needed.

import { Evergreen, EvergreenError, type Answer, type Ask, type FirstCalls } from "@evergreen/sdk";
// @ts-expect-error Vite makes an address of it.
import first from "@evergreen/sdk/first.wasm?url";
// @ts-expect-error Vite makes an address of it.
import whole from "@evergreen/sdk/evergreen.wasm?url";
import { NetworkError } from "./rpc";

let library: Evergreen;

/** Loads the first part; once. */
export async function load(): Promise<void> {
  library = await Evergreen.load(await WebAssembly.compileStreaming(fetch(first as string)));
}

let completing: Promise<void> | undefined;

/** Waits until all calls are here, and fetches them at the first time. Where that fails, the next one tries again. */
export function complete(): Promise<void> {
  completing ??= WebAssembly.compileStreaming(fetch(whole as string))
    .then((module) => library.complete(module))
    .catch((error: unknown) => {
      completing = undefined;
      throw new NetworkError(error instanceof Error ? error.message : String(error));
    });
  return completing;
}

export function evergreen(): Evergreen {
  return library;
}

/** Asks the library what its first part answers; `all.ts` asks the rest. */
export function ask<C extends keyof FirstCalls>(call: C, question: Ask<C>): Answer<C> {
  return library.call(call, question);
}

/** As {@link ask}; what is refused is a value. */
export function tryAsk<C extends keyof FirstCalls>(call: C, question: Ask<C>): { ok: Answer<C> } | { refused: EvergreenError } {
  return attempt(() => library.call(call, question));
}

/** What is refused as a value. */
export function attempt<T>(work: () => T): { ok: T } | { refused: EvergreenError } {
  try {
    return { ok: work() };
  } catch (error) {
    if (error instanceof EvergreenError) return { refused: error };
    throw error;
  }
}
