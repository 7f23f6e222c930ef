// Says in the module which build of the package it is of, in a custom section, which changes nothing for who runs it.
// The JavaScript that is bundled for it has the same text, and refuses a module of another build.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { sized } from "./wasm.mjs";

/** As pkg-template/load.js looks for it. */
const SECTION = "ardexa-client";
const CUSTOM = 0;
const DIGITS = 8;

/** @param {Buffer} wasm @param {string} text */
export function withSection(wasm, text) {
  return Buffer.concat([wasm, Buffer.from([CUSTOM]), sized(sized(Buffer.from(SECTION)), Buffer.from(text))]);
}

/**
 * @param {string} file a module without the section
 * @param {string} version the package's
 * @returns {Promise<string>} the build: its version, and a hash of the module, since two builds of a version may differ
 */
export async function stampModule(file, version) {
  const wasm = await readFile(file);
  const build = `${version}+${createHash("sha256").update(wasm).digest("hex").slice(0, DIGITS)}`;
  await writeFile(file, withSection(wasm, build));
  return build;
}
