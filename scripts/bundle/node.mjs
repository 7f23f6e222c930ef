// Builds Node's entries, each bundled with everything it imports: node.js for `import`, node.cjs for `require`, and the
// module as text, which both load on demand. No entry reads a file next to it, which a server bundler would have to
// copy.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const ENTRY = "node.js";
const MODULE = "node-wasm.cjs";
/** Remains a separate file: it is CommonJS for both entries. */
const LAZY = "./node-lazy.cjs";
const ENCODING = fileURLToPath(new URL("encoding.js", import.meta.url));

const BANNER =
  "// ardexa-client for Node, Deno and Bun, bundled from the package's sources; the module is in node-wasm.cjs.";

/**
 * @param {string} folder the package
 * @param {string} wasm the module's file name in the folder
 * @param {Record<string, string>} define
 */
export async function bundleNode(folder, wasm, define) {
  const { rolldown } = await import("rolldown");
  const bundle = await rolldown({
    input: join(folder, ENTRY),
    cwd: folder,
    platform: "node",
    external: [/^node:/, LAZY],
    // Jest's jsdom lacks both.
    transform: { define, inject: { TextDecoder: [ENCODING, "TextDecoder"], TextEncoder: [ENCODING, "TextEncoder"] } },
  });
  try {
    for (const [file, format] of /** @type {const} */ ([
      ["node.js", "es"],
      ["node.cjs", "cjs"],
    ])) {
      const { output } = await bundle.generate({ format, exports: "named", banner: BANNER });
      if (output.length !== 1) throw new Error(`one file was wanted, and ${output.length} came`);
      await writeFile(join(folder, file), output[0].code);
    }
  } finally {
    await bundle.close();
  }
  const bytes = await readFile(join(folder, wasm));
  const packed = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  await writeFile(
    join(folder, MODULE),
    `// ${wasm}, by brotli and base64.\nmodule.exports = "${packed.toString("base64")}";\n`,
  );
}
