// The module encoded as a string in inline.js: every byte round-trips, and the string needs no escapes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromLetters, toLetters } from "../../scripts/bundle/letters.js";

/** @param {number[]} bytes */
const there = (bytes) => toLetters(Uint8Array.from(bytes));

for (const [name, bytes] of /** @type {[string, number[]][]} */ ([
  ["nothing", []],
  ["one byte", [0]],
  ["every byte once", [...Array(256).keys()]],
  ["every pair of bytes", Array.from({ length: 65_536 }, (_, n) => [n >> 8, n & 255]).flat()],
  ["one byte a thousand times", Array(1000).fill(255)],
  [
    "many of the high bytes and few of the low",
    Array.from({ length: 5000 }, (_, n) => (n % 7 ? 128 + (n % 128) : n % 128)),
  ],
])) {
  test(`${name}: round trip`, () => {
    const lettered = there(bytes);
    assert.deepEqual([...fromLetters(lettered)], bytes);
    assert.doesNotMatch(lettered.text, /[^ -~]|["'`$\\<]/);
  });
}

test("common bytes are encoded as one letter, the others as two", () => {
  assert.equal(there(Array(1000).fill(200)).text.length, 1000);
  const { common, text } = there([...Array(256).keys()]);
  assert.equal(text.length, 2 * 256 - common.length);
});

test("equal runs of bytes are encoded as equal runs of letters", () => {
  const { text } = there([
    1,
    2,
    250,
    251,
    9,
    1,
    2,
    250,
    251,
    ...Array(10).keys(),
    ...Array.from({ length: 240 }, (_, n) => n),
  ]);
  const run = /** @type {RegExpExecArray} */ (/^(.+?).\1/.exec(text))[1];
  assert.ok(run.length >= 4, run);
});
