// The custom section that identifies the module's build.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { stampModule, withSection } from "../../scripts/bundle/stamp.mjs";

const EMPTY = Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]);

// Node's own types do not include WebAssembly.
const { Module } = /** @type {any} */ (globalThis).WebAssembly;

/** @param {Uint8Array} bytes @returns {string[]} */
const sections = (bytes) =>
  Module.customSections(new Module(bytes), "ardexa-client").map((/** @type {ArrayBuffer} */ section) =>
    new TextDecoder().decode(section),
  );

test("a section of any length and any characters is read back", () => {
  for (const text of ["", "0.1.0+12345678", "ä", "x".repeat(127), "x".repeat(20_000)])
    assert.deepEqual(sections(withSection(EMPTY, text)), [text]);
});

test("stamping only adds a section, which differs between modules", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "ardexa-stamp-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const builds = [];
  for (const module of [EMPTY, withSection(EMPTY, "something else")]) {
    const file = join(folder, "module.wasm");
    await writeFile(file, module);
    const build = await stampModule(file, "1.2.3");
    const stamped = await readFile(file);
    assert.deepEqual(stamped.subarray(0, module.length), module);
    assert.equal(sections(stamped).at(-1), build);
    assert.match(build, /^1\.2\.3\+[0-9a-f]{8}$/);
    builds.push(build);
  }
  assert.notEqual(builds[0], builds[1]);
});
