// Makes the smaller forms of all files of a built page beside them, and tells what a first visit fetches.
// Usage: node compress.mjs FOLDER MOST

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [folder, most] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(join(folder, ".vite/manifest.json"), "utf8"));
rmSync(join(folder, ".vite"), { recursive: true });

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

// The page, its icon and style, the scripts that it names, and the first part of the library; what is imported later is fetched where it is needed.
const files = new Set(["index.html", "icon.svg"]);
const reached = (name) => {
  const { file, css = [], imports = [] } = manifest[name];
  for (const one of [file, ...css]) files.add(one.split("/").at(-1));
  for (const one of imports) reached(one);
};
reached("index.html");
files.add(Object.keys(sizes).find((name) => /^first[.-]/.test(name)));
// A reader of another language than English fetches its words as well.
const words = Object.entries(manifest).flatMap(([name, { file }]) => (/^src\/words\/[^/]+\.ts$/.test(name) ? [file.split("/").at(-1)] : []));
const size = (name) => {
  if (!(name in sizes)) throw new Error(`${name} was not built`);
  return sizes[name];
};
const longest = words.map(size).sort((a, b) => b - a)[0] ?? 0;
const total = [...files].reduce((sum, name) => sum + size(name), longest);
console.log(`${[...files].map((name) => `${name} ${size(name)}`).join(", ")}, words of a language ${longest}; a first visit is ${total} bytes`);
if (total > Number(most)) throw new Error(`a first visit is ${total} bytes, at most ${most} are meant`);
