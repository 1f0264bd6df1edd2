// Makes a module smaller, and tells its size. CALL is the function that it answers with.
// Usage: node slim.mjs FROM TO CALL

import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import binaryen from "binaryen";

const [from, to, call] = process.argv.slice(2);
const OURS = ["memory", "eg_alloc", "eg_free", call];

const module = binaryen.readBinary(readFileSync(from));
const { BulkMemory, BulkMemoryOpt, SignExt, MutableGlobals, NontrappingFPToInt, ReferenceTypes, Multivalue } = binaryen.Features;
module.setFeatures(BulkMemory | BulkMemoryOpt | SignExt | MutableGlobals | NontrappingFPToInt | ReferenceTypes | Multivalue);
// The compiler has inlined what is worth it; once more would make the module a third larger.
binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(2);
binaryen.setAlwaysInlineMaxSize(0);
binaryen.setFlexibleInlineMaxSize(0);
binaryen.setOneCallerInlineMaxSize(0);
module.runPasses(["remove-unused-module-elements"]);
module.optimize();
const bytes = withoutCustomSections(module.emitBinary());
const kept = WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name).sort();
if (kept.join() !== [...OURS].sort().join()) throw new Error(`the module exports ${kept}`);
writeFileSync(to, bytes);
const sizes = { bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length };
console.log(JSON.stringify(sizes));

/** Names, and what wasm-bindgen would make JavaScript of: sections of the kind 0. */
function withoutCustomSections(module) {
  const parts = [module.subarray(0, 8)];
  for (let at = 8; at < module.length; ) {
    let [end, length, shift, byte] = [at + 1, 0, 0, 0];
    do {
      byte = module[end++];
      length += (byte & 127) * 2 ** shift;
      shift += 7;
    } while (byte & 128);
    end += length;
    if (module[at] !== 0) parts.push(module.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}
