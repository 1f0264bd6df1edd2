// The client library in a page or in Node. Everything that computes is Rust; this file moves text into the module's memory and out of it.

import type { Calls, Int, Problem } from "./types.js";

export type * from "./types.js";
export {
  type AccountSum,
  type Candle,
  type EventPage,
  type EventQuery,
  type Follower,
  type InterestHour,
  type LeaderPage,
  type ServiceEvent,
  type VolatilitySample,
  fetchAccountSums,
  fetchCandles,
  fetchEvents,
  fetchInterest,
  fetchLeaders,
  fetchTransactions,
  fetchVolatility,
  followEvents,
} from "./service.js";
export { type Fetch, type PoolView, fetchView } from "./view.js";

/** What a question may hold: where the library takes a whole number as text, a `bigint` will do. */
export type Question<T> = T extends Int ? T | bigint : T extends object ? { [K in keyof T]: Question<T[K]> } : T;

/** The question of a call. */
export type Ask<C extends keyof Calls> = Question<Calls[C]["ask"]>;

/** The answer of a call. */
export type Answer<C extends keyof Calls> = Calls[C]["answer"];

/** The library refuses a question, as the program would refuse the instruction, and says why. */
export class EvergreenError extends Error {
  constructor(readonly problem: Problem) {
    super(inWords(problem));
    this.name = "EvergreenError";
  }
}

function inWords(problem: Problem): string {
  if (problem.kind === "Refused") {
    const compared = problem.compared === null ? "" : ` (${problem.compared})`;
    return `${problem.name}: ${problem.message}${compared}`;
  }
  return problem.kind === "NoPrice" ? `the price of underlying ${problem.underlying} is missing` : problem.message;
}

/** What the module exports. */
interface Exports {
  memory: WebAssembly.Memory;
  eg_alloc(length: number): number;
  eg_free(at: number, length: number): void;
  /** Answers all calls; the module of a first visit has {@link Exports.eg_first} in its place. */
  eg_call?(at: number, length: number): bigint;
  eg_first?(at: number, length: number): bigint;
}

/** The client library. Views that it holds ({@link Evergreen.call} of `openView`) are its own, and are gone with it. */
export class Evergreen {
  /** Questions that have opened views, by view, until all calls are here. */
  private readonly opened = new Map<number, string>();

  private constructor(private exports: Exports) {}

  /** Makes the library of the bytes of `evergreen.wasm` or `first.wasm`, compiled or not. The latter answers {@link FirstCalls} alone. */
  static async load(source: BufferSource | WebAssembly.Module): Promise<Evergreen> {
    return new Evergreen(await Evergreen.made(source));
  }

  /** Whether all calls are answered. */
  get isWhole(): boolean {
    return this.exports.eg_call !== undefined;
  }

  /** Takes the calls of `evergreen.wasm` in, where only the first ones are here. What is held stays held, under its number. */
  async complete(source: BufferSource | WebAssembly.Module): Promise<void> {
    const whole = await Evergreen.made(source);
    if (this.isWhole) return;
    this.exports = whole;
    for (const [view, question] of this.opened) this.call("openView", { ...JSON.parse(question), view });
    this.opened.clear();
  }

  private static async made(source: BufferSource | WebAssembly.Module): Promise<Exports> {
    const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
    const imports: Record<string, Record<string, () => never>> = {};
    // Of code that nothing here calls; it would be an error of the library if it were.
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      (imports[from] ??= {})[name] = () => {
        throw new Error(`the library has called ${from}.${name}, which is not there`);
      };
    }
    const { exports } = await WebAssembly.instantiate(module, imports);
    return exports as unknown as Exports;
  }

  /**
   * Asks the library.
   *
   * @throws {EvergreenError} where it refuses, with the reason as data.
   */
  call<C extends keyof Calls>(call: C, ask: Ask<C>): Answer<C> {
    const { ok, problem } = JSON.parse(this.text(JSON.stringify({ call, ask }, bigints)));
    if (problem !== undefined) throw new EvergreenError(problem);
    if (!this.isWhole && call === "openView") this.opened.set(ok.view, JSON.stringify(ask, bigints));
    if (!this.isWhole && call === "closeView") this.opened.delete((ask as Ask<"closeView">).view);
    return ok;
  }

  /** Asks the library in its own words: JSON in, JSON out. */
  text(question: string): string {
    const { memory, eg_alloc, eg_call, eg_first, eg_free } = this.exports;
    const asked = new TextEncoder().encode(question);
    const at = eg_alloc(asked.length) >>> 0;
    new Uint8Array(memory.buffer, at, asked.length).set(asked);
    // The library keeps the question. The high half of the answer is its length, the low half its place.
    const answered = BigInt.asUintN(64, (eg_call ?? eg_first)!(at, asked.length));
    const [length, place] = [Number(answered >> 32n), Number(answered & 0xffff_ffffn)];
    const answer = new TextDecoder().decode(new Uint8Array(memory.buffer, place, length));
    eg_free(place, length);
    return answer;
  }
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

/** Makes the library of the module at an address, `evergreen.wasm` beside this file where none is given: for pages. */
export async function load(address: URL | string = new URL("./evergreen.wasm", import.meta.url)): Promise<Evergreen> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status} ${answer.statusText}`);
  return Evergreen.load(await answer.arrayBuffer());
}
