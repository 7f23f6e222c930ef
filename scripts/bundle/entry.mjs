// Bundles the browser entry and everything it imports into a minified index.js. An application without a bundler then
// loads one file and the module, a third of the size of the separate parts.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FILE = "index.js";
/** Keeps class names, so that debuggers and stack traces show the documented ones. */
export const MINIFY = { compress: true, mangle: { keepNames: { function: false, class: true } }, codegen: true };

/** Replacements for globals that old platforms lack. @type {Record<string, [string, string]>} */
const INJECT = { WeakRef: [fileURLToPath(new URL("weak-ref.js", import.meta.url)), "WeakRef"] };

/** The glue can fetch the module and logs warnings; load.js does this instead, with better messages. */
const UNUSED = { Request: "undefined", Response: "undefined" };
const SILENT = ["console.warn"];

/** Shared bundle options. @param {Record<string, string>} define @returns {import("rolldown").InputOptions} */
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
  // Not a static import: the scripts that install rolldown load this file first.
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
    if (!map || output.filter(({ type }) => type === "chunk").length !== 1)
      throw new Error("one file and its map were wanted");
    // Paths relative to the package, not to the build folder.
    map.sources = map.sources.map((source) => source.replace(/^(\.\.\/)+|^\/.*\/pkg\//, ""));
    // The minifier drops the bundler's banner; the one added below shifts every mapping by a line.
    map.mappings = `;${map.mappings}`;
    await writeFile(
      join(folder, FILE),
      `${BANNER}${code.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "")}\n//# sourceMappingURL=${FILE}.map\n`,
    );
    await writeFile(join(folder, `${FILE}.map`), map.toString());
  } finally {
    await bundle.close();
  }
}
