// Writes the package's build id into a custom section of the module, which does not affect execution. The bundled
// JavaScript contains the same id and rejects a module from another build.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { sized } from "./wasm.mjs";

/** The name that pkg-template/load.js looks for. */
const SECTION = "ardexa-client";
const CUSTOM = 0;
const DIGITS = 8;

/** @param {Buffer} wasm @param {string} text */
export function withSection(wasm, text) {
  return Buffer.concat([wasm, Buffer.from([CUSTOM]), sized(sized(Buffer.from(SECTION)), Buffer.from(text))]);
}

/**
 * @param {string} file a module without the section
 * @param {string} version the package's version
 * @returns {Promise<string>} the build id: the version and a hash of the module, as two builds of a version may differ
 */
export async function stampModule(file, version) {
  const wasm = await readFile(file);
  const build = `${version}+${createHash("sha256").update(wasm).digest("hex").slice(0, DIGITS)}`;
  await writeFile(file, withSection(wasm, build));
  return build;
}
