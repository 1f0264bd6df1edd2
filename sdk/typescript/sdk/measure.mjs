// Tells the size of the package's module and the time of its calls. `cargo xtask web` runs it.

import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { Evergreen } from "../package/node.js";

const bytes = readFileSync(new URL("../package/evergreen.wasm", import.meta.url));
const sizes = [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
console.log(`  evergreen.wasm: ${sizes.map((size) => size.toLocaleString("en")).join(" bytes, ")} (plain, gzip, brotli)`);

const before = performance.now();
const evergreen = await Evergreen.load(bytes);
/** A made-up pool and a trade in it that is taken. */
function taken() {
  for (let seed = 1n; ; seed += 1n) {
    const made = evergreen.call("scene", { seed, positions: 5 });
    const { view } = evergreen.call("openView", made.pool);
    const registry = evergreen.call("account", { data: made.pool.registry });
    const { underlying, strike, tenor, capBps, kind } = registry.series[0];
    const option = { underlying, put: kind === 1, strike, tenor, capBps };
    const ask = { view, account: made.account, legs: [{ option, points: 1_000n }] };
    if ("ok" in JSON.parse(evergreen.text(JSON.stringify({ call: "quoteTrade", ask }, (_, one) => (typeof one === "bigint" ? `${one}` : one))))) {
      return { made, ask };
    }
    evergreen.call("closeView", { view });
  }
}

const { made, ask } = taken();
console.log(`  loaded, a pool made and one trade quoted: ${(performance.now() - before).toFixed(1)} ms`);

for (const [name, question] of [
  ["quoteTrade", ask],
  ["checkTrade", ask],
  ["quoteAccount", { view: ask.view, account: made.account }],
  ["account", { data: made.pool.registry }],
  ["poolKeys", made.pool.name],
]) {
  const times = [];
  for (let round = 0; round < 400; round += 1) {
    const start = performance.now();
    evergreen.call(name, question);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  console.log(`  ${name.padEnd(14)} ${(times[200] * 1000).toFixed(0).padStart(6)} µs, 99 of 100 within ${(times[396] * 1000).toFixed(0)} µs`);
}
