// Builds inline.js: one file with the browser entry, everything it imports, and the module as text.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MINIFY, forBrowsers } from "./entry.mjs";
import { toLetters } from "./letters.js";

const FILE = "inline.js";
const ENTRY = "ardexa-client/inline";
const MODULE = "ardexa-client/module";
const LETTERS = fileURLToPath(new URL("letters.js", import.meta.url));
const BANNER = "// ardexa-client in one file: its JavaScript, and ardexa_client_bg.wasm as text.\n";

const ENTRY_TEXT = `
import glue, { ArdexaClient as Core, ArdexaError, Feed, FeedIterator, Series } from "./ardexa_client.js";
import { makeApi } from "./api.js";
import { makeLoader } from "./load.js";
import { fromLetters } from ${JSON.stringify(LETTERS)};
import { lettered } from ${JSON.stringify(MODULE)};

const start = (module) => glue({ module_or_path: module });
const place = (given) => given ?? fromLetters(lettered);
const { init, check } = makeLoader({ ArdexaError, start }, place, "init() without a source has it");
const { ArdexaClient, connect } = makeApi({ ArdexaClient: Core, ArdexaError, Feed, FeedIterator, Series }, init, check);
export { ArdexaClient, ArdexaError, connect, init };
`;

/**
 * @param {string} folder a package without the file
 * @param {string} wasm the module's file name in the folder
 * @param {Record<string, string>} define
 */
export async function bundleInline(folder, wasm, define) {
  const lettered = toLetters(await readFile(join(folder, wasm)));
  const { rolldown } = await import("rolldown");
  const bundle = await rolldown({
    input: ENTRY,
    cwd: folder,
    // The module is embedded. `import.meta.url` would make bundlers look for its file and copy it as well.
    ...forBrowsers({ ...define, "import.meta.url": "undefined" }),
    plugins: [
      {
        name: "ardexa-inline",
        resolveId: (id, importer) =>
          id === ENTRY || id === MODULE ? id : importer === ENTRY && id.startsWith(".") ? join(folder, id) : undefined,
        load: (id) =>
          id === ENTRY
            ? ENTRY_TEXT
            : id === MODULE
              ? `export const lettered = ${JSON.stringify(lettered)};`
              : undefined,
      },
    ],
  });
  try {
    const { output } = await bundle.generate({ format: "es", minify: MINIFY });
    if (output.length !== 1) throw new Error(`one file was wanted, and ${output.length} came`);
    await writeFile(join(folder, FILE), BANNER + output[0].code);
  } finally {
    await bundle.close();
  }
}
