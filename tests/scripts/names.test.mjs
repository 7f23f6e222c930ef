// Short names for the module's imports and exports.
import assert from "node:assert/strict";
import { test } from "node:test";
import { renamed, shortened } from "../../scripts/bundle/names.mjs";
import { leb128, mapSections, sized } from "../../scripts/bundle/wasm.mjs";

// Node's own types do not include WebAssembly.
const { Module } = /** @type {any} */ (globalThis).WebAssembly;

const text = (/** @type {string} */ name) => sized(Buffer.from(name));
/** A module that imports functions without arguments, and exports the first ones. @param {[from: string, name: string][]} imports @param {string[]} [exports] */
const module = (imports, exports = []) =>
  Buffer.concat([
    Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]),
    Buffer.from([1]),
    sized(Buffer.from([1, 0x60, 0, 0])),
    Buffer.from([2]),
    sized(
      leb128(imports.length),
      ...imports.map(([from, name]) => Buffer.concat([text(from), text(name), Buffer.from([0, 0])])),
    ),
    Buffer.from([7]),
    sized(
      leb128(exports.length),
      ...exports.map((name, n) => Buffer.concat([text(name), Buffer.from([0]), leb128(n)])),
    ),
  ]);
const importsOf = (/** @type {Buffer} */ wasm) => Module.imports(new Module(wasm));
const exportsOf = (/** @type {Buffer} */ wasm) =>
  Module.exports(new Module(wasm)).map((/** @type {any} */ { name }) => name);

test("each generated import gets a short name, in the module and in the glue; hand-written names stay", () => {
  const many = Array.from(
    { length: 300 },
    (_, n) => /** @type {[string, string]} */ (["./glue.js", `__wbg_then_${n.toString(16).padStart(16, "0")}`]),
  );
  const all = /** @type {[string, string][]} */ ([...many, ["./snippets/arguments.js", "variadic"]]);
  const glue = `const import0 = {\n${many.map(([, name]) => `        ${name}: function(arg0) {\n        },\n`).join("")}};\nreturn import0;`;
  const { wasm, imports, exports } = shortened(module(all), glue);
  const after = importsOf(wasm);
  assert.deepEqual(
    after.map((/** @type {any} */ { module, kind }) => [module, kind]),
    all.map(([from]) => [from, "function"]),
  );
  assert.equal(after.at(-1).name, "variadic");
  assert.deepEqual([after[0].name, after[25].name, after[26].name], ["a", "z", "a1"]);
  assert.equal(new Set(after.map((/** @type {any} */ { name }) => name)).size, all.length);
  assert.deepEqual([imports.size, exports.size], [300, 0]);
  const given = new Function(renamed(glue, imports, exports))();
  for (const { name } of after.slice(0, -1)) assert.equal(typeof given[name], "function", name);
});

test("each export that the glue uses gets a short name; the memory and the others keep theirs", () => {
  const names = ["ardexaclient_cmd", "memory", "__wbindgen_malloc", "ardexaclient_cmd2", "__abort_handler"];
  const glue = "return (wasm) => wasm.ardexaclient_cmd2(wasm.ardexaclient_cmd(wasm.memory, wasm.__wbindgen_malloc));";
  const { wasm, imports, exports } = shortened(
    module(
      names.map((name) => ["./glue.js", `own_${name}`]),
      names,
    ),
    glue,
  );
  assert.deepEqual(exportsOf(wasm), ["a", "memory", "c", "d", "__abort_handler"]);
  const call = new Function(renamed(glue, imports, exports))();
  const join = (/** @type {unknown[]} */ ...all) => `(${all.join(" ")})`;
  assert.equal(call({ a: join, memory: "memory", c: "malloc", d: join }), "((memory malloc))");
});

test("glue that lacks an import of the module fails the build", () => {
  const { imports, exports } = shortened(module([["./glue.js", "__wbg_send_1"]]), "");
  assert.throws(() => renamed("const import0 = {};", imports, exports), /the glue has no __wbg_send_1/);
});

test("a truncated module is rejected; a complete one is unchanged", () => {
  const wasm = module([["./glue.js", "own"]], ["given"]);
  assert.deepEqual(
    mapSections(wasm, (_, content) => content),
    wasm,
  );
  assert.deepEqual(shortened(wasm, "").wasm, wasm);
  assert.throws(() => mapSections(wasm.subarray(0, -1), (_, content) => content), /ends in the middle/);
  assert.throws(() => shortened(wasm.subarray(0, -1), ""), /ends in the middle/);
});
