// The client library in Node, which has no `fetch` of files.

import { readFile } from "node:fs/promises";
import { Evergreen } from "./index.js";

export * from "./index.js";

/** Makes the library of `evergreen.wasm` beside this file. */
export async function load(address: URL | string = new URL("./evergreen.wasm", import.meta.url)): Promise<Evergreen> {
  return Evergreen.load(await readFile(address));
}
