// Makes index.js one file: the entry for browsers with all that it imports, minified. What the pages of an application
// load without a bundler is then one file and the module, a third of what the parts were.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FILE = "index.js";
/** A class is called as it is documented, in a debugger and in a stack too. */
export const MINIFY = { compress: true, mangle: { keepNames: { function: false, class: true } }, codegen: true };

/** What old platforms lack, by name. @type {Record<string, [string, string]>} */
const INJECT = { WeakRef: [fileURLToPath(new URL("weak-ref.js", import.meta.url)), "WeakRef"] };

/** The glue can fetch the module and warns of what it finds; load.js does so in its place, and says more. */
const UNUSED = { Request: "undefined", Response: "undefined" };
const SILENT = ["console.warn"];

/** What the bundles for browsers have in common. @param {Record<string, string>} define @returns {import("rolldown").InputOptions} */
export const forBrowsers = (define) => ({
  transform: { define: { ...UNUSED, ...define }, inject: INJECT },
  treeshake: { manualPureFunctions: SILENT },
});

const BANNER = "// ardexa-client for browsers. Its source is in index.js.map.\n";

/**
 * @param {string} folder the package
 * @param {Record<string, string>} define
 */
export async function bundleEntry(folder, define) {
  // Not at the top: the scripts that install it come by here first.
  const { rolldown } = await import("rolldown");
  const bundle = await rolldown({ input: join(folder, FILE), cwd: folder, ...forBrowsers(define) });
  try {
    const { output } = await bundle.generate({
      format: "es",
      minify: MINIFY,
      sourcemap: true,
    });
    const [chunk] = output;
    const { map, code } = /** @type {import("rolldown").OutputChunk} */ (chunk);
    if (!map || output.filter(({ type }) => type === "chunk").length !== 1) throw new Error("one file and its map were wanted");
    // Names of the package's own, not of the folder that it was built in.
    map.sources = map.sources.map((source) => source.replace(/^(\.\.\/)+|^\/.*\/pkg\//, ""));
    // The minifier drops a banner of its own; this one moves all by a line.
    map.mappings = `;${map.mappings}`;
    await writeFile(join(folder, FILE), `${BANNER}${code.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "")}\n//# sourceMappingURL=${FILE}.map\n`);
    await writeFile(join(folder, `${FILE}.map`), map.toString());
  } finally {
    await bundle.close();
  }
}
