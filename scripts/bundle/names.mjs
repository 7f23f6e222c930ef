// Shortens the names of the module's imports and exports. wasm-bindgen's names are descriptive and end with a hash that
// does not compress: 3.3 KB of the package, half in the module and half in the glue, which must use the same names.
import { readFile, writeFile } from "node:fs/promises";
import { Reader, leb128, mapSections, sized } from "./wasm.mjs";

const IMPORTS = 2;
const EXPORTS = 7;
const FUNCTION = 0;
/** Imports that wasm-bindgen's glue provides; those from other modules keep their names. */
const GENERATED = /^__wb/;
/** How the glue uses an export. */
const USE = /\bwasm\.(\w+)/g;
/** Keeps its name, so that tools that inspect the module can find its memory. */
const MEMORY = "memory";
const LETTERS = 26;

/** The nth short name: a, b, … z, a1, b1, … @param {number} n */
const shortName = (n) => String.fromCharCode(97 + (n % LETTERS)) + (Math.floor(n / LETTERS) || "");

/** @typedef {Map<string, string>} Names short names by their original names */

/** @param {Uint8Array} content @param {(reader: Reader, n: number) => Uint8Array} change maps one entry of a section */
function mapEntries(content, change) {
  const reader = new Reader(content);
  const count = reader.number();
  return Buffer.concat([leb128(count), ...Array.from({ length: count }, (_, n) => change(reader, n))]);
}

/** @param {string} name */
const written = (name) => sized(Buffer.from(name));

/**
 * Exports that the glue does not use keep their names.
 * @param {Buffer} wasm
 * @param {string} glue
 * @returns {{ wasm: Buffer, imports: Names, exports: Names }}
 */
export function shortened(wasm, glue) {
  const used = new Set(Array.from(glue.matchAll(USE), ([, name]) => name));
  used.delete(MEMORY);
  /** @type {Names} */
  const imports = new Map();
  /** @type {Names} */
  const exports = new Map();
  /** @param {Reader} reader @param {number} n */
  function importEntry(reader, n) {
    const [from, name] = [reader.name(), reader.name()];
    if (reader.byte() !== FUNCTION) throw new Error(`the import ${name} is no function`);
    if (GENERATED.test(name)) imports.set(name, shortName(n));
    return Buffer.concat([
      written(from),
      written(imports.get(name) ?? name),
      Buffer.from([FUNCTION]),
      leb128(reader.number()),
    ]);
  }
  /** @param {Reader} reader @param {number} n */
  function exportEntry(reader, n) {
    const name = reader.name();
    if (used.has(name)) exports.set(name, shortName(n));
    return Buffer.concat([written(exports.get(name) ?? name), Buffer.from([reader.byte()]), leb128(reader.number())]);
  }
  const changed = mapSections(wasm, (id, content) => {
    if (id === IMPORTS) return mapEntries(content, importEntry);
    return id === EXPORTS ? mapEntries(content, exportEntry) : content;
  });
  return { wasm: changed, imports, exports };
}

/**
 * The glue with short names. The original names remain as comments for readers of the source.
 * @param {string} glue
 * @param {Names} imports
 * @param {Names} exports
 */
export function renamed(glue, imports, exports) {
  let text = glue;
  for (const [name, short] of imports) {
    if (!text.includes(` ${name}: `)) throw new Error(`the glue has no ${name}, which the module imports`);
    text = text.replace(` ${name}: `, ` /* ${name} */ ${short}: `);
  }
  return text.replace(USE, (use, name) => {
    const short = exports.get(name);
    return short === undefined ? use : `wasm./* ${name} */ ${short}`;
  });
}

/** @param {string} wasmFile @param {string} glueFile */
export async function shortenNames(wasmFile, glueFile) {
  const glue = await readFile(glueFile, "utf8");
  const { wasm, imports, exports } = shortened(await readFile(wasmFile), glue);
  await writeFile(glueFile, renamed(glue, imports, exports));
  await writeFile(wasmFile, wasm);
}
