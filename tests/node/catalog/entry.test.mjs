/** How the catalogue is imported, its size, and that the client's entries do not include it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { folder, required as client, imported as api } from "../lib/consumer.mjs";
import { LIMIT } from "../lib/until.mjs";
import { imported, required } from "./lib/catalog.mjs";

const PACKAGE = join(folder, "node_modules", "ardexa-client");
const text = (name) => readFileSync(join(PACKAGE, name), "utf8");
const NAMES = ["askDevice", "listDevices", "mergeSources", "readLog"];
/** Bytes with brotli: far less than a second copy of the client. */
const MAX_SIZE = 8_000;

test("import and require return the same functions, with errors of the client's class", LIMIT, async () => {
  assert.deepEqual(Object.keys(imported).sort(), NAMES);
  assert.deepEqual(
    Object.keys(required)
      .filter((name) => name !== "default")
      .sort(),
    NAMES,
  );
  for (const [catalog, { ArdexaError }] of /** @type {const} */ ([
    [imported, api],
    [required, client],
  ])) {
    await assert.rejects(catalog.listDevices(/** @type {any} */ ({})), (error) => error instanceof ArdexaError);
  }
  assert.deepEqual(
    await required.askDevice(
      { cmd: async () => ({ stdout: "a: 1", stderr: "", returnCode: 0, correlationId: "c" }) },
      "d",
      { logs: false },
    ),
    {
      deviceId: "d",
      answered: true,
      shell: "posix",
      name: "a: 1",
      sources: [],
      rows: [],
      issues: [],
      config: { text: "a: 1", value: { a: 1 } },
    },
  );
});

test("the client's entries do not include it", () => {
  for (const file of ["index.js", "inline.js", "node.js", "node.cjs"])
    assert.doesNotMatch(text(file), /api\/v1\/devices|latest\.csv/, file);
});

test("each file imports the entry of its format, and yaml on first use; the sources are not published", () => {
  for (const [file, entry] of [
    ["catalog.js", "./index.js"],
    ["catalog-node.js", "./node.js"],
    ["catalog.cjs", "./node.cjs"],
  ]) {
    const code = text(file);
    const names = [...code.matchAll(/(?:\bfrom\s*|\brequire\(|\bimport\(|\bimport\s*)["'`]([^"'`]+)["'`]/g)].map(
      ([, name]) => name,
    );
    const own = names.filter(
      (name) => !["ardexa-client", "../catalog.js", "yaml"].includes(name) || code.includes(`from"${name}"`),
    );
    assert.deepEqual([...new Set(own)], [entry], file);
    assert.match(code, /import\([`"']yaml[`"']\)/);
    assert.doesNotMatch(code, /(?:from\s*|require\()["'`]yaml/);
    assert.doesNotMatch(code, /\bnode:/);
  }
  assert.throws(() => text("catalog/directory.js"));
});

test("it is small", () => {
  const size = brotliCompressSync(text("catalog.js")).length;
  assert.ok(size < MAX_SIZE, `${size} bytes`);
});
