// Builds the files of `ardexa-client/catalog`, one per module format. Each takes ArdexaError from the entry of the same
// format and imports "yaml" on first use.
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MINIFY } from "./entry.mjs";

const SOURCE = "catalog.js";
const FILES = /** @type {const} */ ([
  { file: "catalog-node.js", format: "es", entry: "./node.js", minify: false },
  { file: "catalog.cjs", format: "cjs", entry: "./node.cjs", minify: false },
  { file: "catalog.js", format: "es", entry: "./index.js", minify: MINIFY },
]);
const BANNER = "// ardexa-client/catalog, bundled from the package's sources.\n";

/** @param {string} folder the package */
export async function bundleCatalog(folder) {
  // Not a static import: the scripts that install rolldown load this file first.
  const { rolldown } = await import("rolldown");
  const made = [];
  for (const { file, format, entry, minify } of FILES) {
    const bundle = await rolldown({
      input: join(folder, SOURCE),
      cwd: folder,
      external: ["yaml"],
      plugins: [
        {
          name: "ardexa-entry",
          resolveId: (id) => (id === "ardexa-client" ? { id: entry, external: true } : undefined),
        },
      ],
    });
    try {
      const { output } = await bundle.generate({ format, minify });
      if (output.length !== 1) throw new Error(`one file was wanted, and ${output.length} came`);
      made.push({ file, code: BANNER + output[0].code });
    } finally {
      await bundle.close();
    }
  }
  for (const { file, code } of made) await writeFile(join(folder, file), code);
  await rm(join(folder, "catalog"), { recursive: true });
  // The same declarations under .d.cts, which TypeScript treats as CommonJS.
  const types = await readFile(join(folder, "catalog.d.ts"), "utf8");
  await writeFile(join(folder, "catalog.d.cts"), types.replace("./index.js", "./index.cjs"));
}
