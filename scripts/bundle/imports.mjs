// Gives the module's imports short names. wasm-bindgen names each for what it does, with a hash behind it that does not
// compress: 2.6 KB of the package, half of it in the module and half in the glue, which must have the same names.
import { readFile, writeFile } from "node:fs/promises";
import { Reader, leb128, mapSections, sized } from "./wasm.mjs";

const IMPORTS = 2;
const FUNCTION = 0;
/** What wasm-bindgen's glue gives; other modules have names of their own. */
const GENERATED = /^__wb/;
const LETTERS = 26;

/** A name for the nth: a, b, … z, a1, b1, … @param {number} n */
const shortName = (n) => String.fromCharCode(97 + (n % LETTERS)) + (Math.floor(n / LETTERS) || "");

/**
 * @param {Buffer} wasm
 * @returns {{ wasm: Buffer, names: Map<string, string> }} the module, and the short name of each that had a long one
 */
export function shortenImports(wasm) {
  /** @type {Map<string, string>} */
  const names = new Map();
  const shortened = mapSections(wasm, (id, content) => {
    if (id !== IMPORTS) return content;
    const reader = new Reader(content);
    const count = reader.number();
    const parts = [leb128(count)];
    for (let n = 0; n < count; n++) {
      const [from, name] = [reader.name(), reader.name()];
      const start = reader.at;
      if (reader.byte() !== FUNCTION) throw new Error(`the import ${name} is no function`);
      reader.number();
      if (GENERATED.test(name)) names.set(name, shortName(n));
      parts.push(sized(Buffer.from(from)), sized(Buffer.from(names.get(name) ?? name)), Buffer.from(content.subarray(start, reader.at)));
    }
    return Buffer.concat(parts);
  });
  return { wasm: shortened, names };
}

/** The glue with the short names; the long one stays as a comment, for whoever reads the source. @param {string} glue @param {Map<string, string>} names */
export function renamed(glue, names) {
  const text = glue.replace(/^( +)(__wb\w+)(?=: function\()/gm, (line, indent, name) => {
    const short = names.get(name);
    return short === undefined ? line : `${indent}/* ${name} */ ${short}`;
  });
  for (const [name, short] of names) {
    if (!text.includes(`/* ${name} */ ${short}:`)) throw new Error(`the glue has no ${name}, which the module imports`);
  }
  return text;
}

/** @param {string} wasmFile @param {string} glueFile */
export async function shortenNames(wasmFile, glueFile) {
  const { wasm, names } = shortenImports(await readFile(wasmFile));
  await writeFile(glueFile, renamed(await readFile(glueFile, "utf8"), names));
  await writeFile(wasmFile, wasm);
}
