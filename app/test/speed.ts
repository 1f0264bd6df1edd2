// How fast the page is, whatever else the machine does: times are compared with a piece of work that is timed in the same page, the fastest of many with the
// fastest of many. One unit of it is about a millisecond of a processor of 2024 that has nothing else to do.

import type { Page } from "playwright-core";

/** Tries of each. */
const TRIES = 20;

/** Time of the work that others are compared with, milliseconds. */
export async function unit(page: Page): Promise<number> {
  return page.evaluate((tries) => {
    const work = () => {
      let state = 1;
      for (let round = 0; round < 1_000_000; round += 1) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      return state;
    };
    let [best, kept] = [Infinity, 0];
    for (let count = 0; count < tries; count += 1) {
      const start = performance.now();
      kept ^= work();
      best = Math.min(best, performance.now() - start);
    }
    return kept === 0.5 ? 0 : best;
  }, TRIES);
}

/** Time from a key in a field to what stands somewhere afterwards, milliseconds. Texts are typed in turn, and each changes what is `shown`. */
export async function typing(page: Page, field: string, texts: string[], shown: string): Promise<number> {
  return page.evaluate(
    async ([field, texts, shown, tries]) => {
      const input = document.querySelector<HTMLInputElement>(field)!;
      const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")!.set!;
      let best = Infinity;
      for (let count = 0; count < tries; count += 1) {
        const before = document.querySelector(shown)!.textContent;
        const start = performance.now();
        set.call(input, texts[count % texts.length]);
        input.dispatchEvent(new Event("input", { bubbles: true }));
        // What is drawn comes in microtasks; a task of its own is behind all of them.
        while (document.querySelector(shown)?.textContent === before)
          await new Promise((next) => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = next;
            port2.postMessage(null);
          });
        best = Math.min(best, performance.now() - start);
        await new Promise((next) => setTimeout(next, 60));
      }
      return best;
    },
    [field, texts, shown, TRIES] as const,
  );
}
