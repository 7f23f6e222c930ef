// The short names of the module's imports.
import assert from "node:assert/strict";
import { test } from "node:test";
import { renamed, shortenImports } from "../../scripts/bundle/imports.mjs";
import { leb128, mapSections, sized } from "../../scripts/bundle/wasm.mjs";

// The types of Node alone have none of it.
const { Module } = /** @type {any} */ (globalThis).WebAssembly;

const text = (/** @type {string} */ name) => sized(Buffer.from(name));
/** A module that imports functions without arguments. @param {[from: string, name: string][]} imports */
const importing = (imports) =>
  Buffer.concat([
    Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]),
    Buffer.from([1]),
    sized(Buffer.from([1, 0x60, 0, 0])),
    Buffer.from([2]),
    sized(leb128(imports.length), ...imports.map(([from, name]) => Buffer.concat([text(from), text(name), Buffer.from([0, 0])]))),
  ]);
const importsOf = (/** @type {Buffer} */ wasm) => Module.imports(new Module(wasm));

test("each generated name becomes a short one, in the module and in the glue; what we named stays", () => {
  const many = Array.from({ length: 300 }, (_, n) => /** @type {[string, string]} */ (["./glue.js", `__wbg_then_${n.toString(16).padStart(16, "0")}`]));
  const imports = /** @type {[string, string][]} */ ([...many, ["./snippets/arguments.js", "variadic"]]);
  const { wasm, names } = shortenImports(importing(imports));
  const after = importsOf(wasm);
  assert.deepEqual(after.map((/** @type {any} */ { module, kind }) => [module, kind]), imports.map(([from]) => [from, "function"]));
  assert.equal(after.at(-1).name, "variadic");
  assert.deepEqual([after[0].name, after[25].name, after[26].name], ["a", "z", "a1"]);
  assert.equal(new Set(after.map((/** @type {any} */ { name }) => name)).size, imports.length);
  assert.equal(names.size, 300);

  const glue = `const import0 = {\n${many.map(([, name]) => `        ${name}: function(arg0) {\n        },\n`).join("")}};\nreturn import0;`;
  const given = new Function(renamed(glue, names))();
  for (const { name } of after.slice(0, -1)) assert.equal(typeof given[name], "function", name);
});

test("glue that lacks a function which the module imports ends the build", () => {
  const { names } = shortenImports(importing([["./glue.js", "__wbg_send_1"]]));
  assert.throws(() => renamed("const import0 = {};", names), /the glue has no __wbg_send_1/);
});

test("a module that is cut off is refused; one that is whole stays as it is", () => {
  const wasm = importing([["./glue.js", "own"]]);
  assert.deepEqual(mapSections(wasm, (_, content) => content), wasm);
  assert.throws(() => mapSections(wasm.subarray(0, -1), (_, content) => content), /ends in the middle/);
  assert.throws(() => shortenImports(wasm.subarray(0, -1)), /ends in the middle/);
});
