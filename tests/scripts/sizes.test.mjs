import assert from "node:assert/strict";
import { test } from "node:test";
import { wrongSizes } from "../../scripts/check-sizes.mjs";

test("a size in a document may be 2 % off, and must be there", async () => {
  const check = (/** @type {string} */ text, /** @type {number} */ bytes) =>
    wrongSizes([{ document: "README.md", pattern: /is (\d+) KB/, bytes }], async () => text);
  assert.deepEqual(await check("It is 108 KB.", 110_100), []);
  assert.deepEqual(await check("It is 108 KB.", 106_000), []);
  assert.deepEqual(await check("It is 111 KB.", 108_000), ['README.md says "is 111 KB", but it is 108 KB']);
  assert.deepEqual(await check("It is small.", 108_000), ["README.md does not say is (\\d+) KB"]);
});
