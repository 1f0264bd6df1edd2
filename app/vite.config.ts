// Builds the page. `EVERGREEN_SDK` is the folder of the built package @evergreen/sdk, `EVERGREEN_OUT` where the page is put.

import { resolve } from "node:path";
import { defineConfig } from "vite";

const sdk = process.env.EVERGREEN_SDK ?? resolve(import.meta.dirname, "../target/typescript/package");

/** What every visit needs is one file: together it is smaller than apart. */
const FIRST =
  /node_modules\/(preact|@preact|@wallet-standard)\/|app[^/]*\/src\/(words\/(index|problems)\.ts|parts\/(Later|Wallet|Plot|Ticket|Quote|ui|open)\.tsx?|lib\/(all|bridge|config|explorer|format|journal|money|pursue|rpc|sent|settings|state|ticket|wallet)\.ts|views\/Trade\.tsx)|\/package\/.*\.js$/;

export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  resolve: {
    alias: [
      { find: /^@evergreen\/sdk$/, replacement: resolve(sdk, "index.js") },
      { find: /^@evergreen\/sdk\/(evergreen|first)\.wasm/, replacement: resolve(sdk, "$1.wasm") },
    ],
  },
  build: {
    outDir: process.env.EVERGREEN_OUT ?? "built",
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    manifest: true,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "page", test: FIRST }] } } },
  },
  server: { fs: { allow: [".", sdk] }, proxy: process.env.EVERGREEN_PROXY ? { "/config.json": process.env.EVERGREEN_PROXY, "/fund": process.env.EVERGREEN_PROXY } : {} },
});
