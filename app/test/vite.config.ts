// Builds the wallet of the tests into one script.

import { resolve } from "node:path";
import { defineConfig } from "vite";

export default defineConfig({
  build: {
    outDir: process.env.EVERGREEN_OUT ?? "built-test",
    emptyOutDir: true,
    target: "es2023",
    lib: { entry: resolve(import.meta.dirname, "wallet.ts"), formats: ["iife"], name: "wallet", fileName: () => "wallet.js" },
  },
});
