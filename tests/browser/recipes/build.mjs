/** Builds the recipes' pages with Vite, as an application would. */
import { mkdtempSync, rmSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { LIMIT_MS } from "../support.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Plugins that compile components. @type {Record<string, () => Promise<import("vite").PluginOption>>} */
const PLUGINS = {
  vue: async () => (await import("@vitejs/plugin-vue")).default(),
  svelte: async () => (await import("@sveltejs/vite-plugin-svelte")).svelte({ configFile: false }),
};

/**
 * Builds a page before a file's tests, and returns the output folder.
 * @param {string} page its name without `.html`
 */
export function builtPage(page) {
  const folder = mkdtempSync(join(tmpdir(), "ardexa-recipes-"));
  before(
    async () => {
      // React's StrictMode mounts twice only in the development build.
      process.env.NODE_ENV = "development";
      const { build } = await import("vite");
      await build({
        configFile: false,
        root: HERE,
        mode: "development",
        logLevel: "warn",
        plugins: [await PLUGINS[page]?.()],
        resolve: { alias: { "ardexa-client": inRoot("pkg", "index.js") } },
        worker: { format: "es" },
        build: {
          outDir: folder,
          emptyOutDir: true,
          target: "es2022",
          assetsInlineLimit: 0,
          modulePreload: { polyfill: false },
          chunkSizeWarningLimit: 2_000,
          rollupOptions: { input: join(HERE, `${page}.html`) },
        },
      });
      await copyFile(inRoot("tests", "browser", "pages", "helpers.js"), join(folder, "helpers.js"));
    },
    { timeout: 2 * LIMIT_MS },
  );
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
