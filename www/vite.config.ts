import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  root: path("."),
  base: "./",
  // The built package, by the entry that its `exports` name for browsers: what a consumer's bundler takes.
  resolve: {
    alias: [
      { find: /^ardexa-client$/, replacement: path("../pkg/index.js") },
      { find: /^ardexa-client\/catalog$/, replacement: path("../pkg/catalog.js") },
    ],
  },
  build: {
    outDir: path("dist"),
    emptyOutDir: true,
    target: "es2022",
    // Data URLs would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    // What the first view needs is one file, where a compressor sees what repeats.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "first", tags: ["$initial"] }] } } },
  },
});
