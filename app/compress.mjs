// Makes the smaller forms of all files of a built page beside them, and tells what a first visit fetches.
// Usage: node compress.mjs FOLDER MOST

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [folder, most] = process.argv.slice(2);
const text = /\.(html|js|css|svg|wasm)$/;
const sizes = {};
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !text.test(entry.name)) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const bytes = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const smaller = brotliCompressSync(bytes, { params });
  writeFileSync(`${path}.br`, smaller);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  sizes[entry.name] = smaller.length;
}
// The page, its style, its script and the library; another language is fetched where it is chosen.
const first = Object.entries(sizes).filter(([name]) => /^(index|evergreen)[.-]/.test(name));
const total = first.reduce((sum, [, size]) => sum + size, 0);
console.log(`${first.map(([name, size]) => `${name} ${size}`).join(", ")}; a first visit is ${total} bytes`);
if (total > Number(most)) throw new Error(`a first visit is ${total} bytes, at most ${most} are meant`);
