// Encodes bytes as text for a string literal: printable ASCII that needs no escapes in any page encoding and still
// compresses well on the server: equal bytes become equal letters at equal distances, which base64 would hide.
// The most common bytes take one letter each; the others take two, the first being one of the last letters.

/** Without `"`, `'`, `` ` ``, `$` and `\`, which are special in JavaScript, and `<`, which may end a script in HTML. */
const LETTERS = [...Array(95).keys()]
  .map((n) => String.fromCharCode(32 + n))
  .filter((letter) => !"\"'`$\\<".includes(letter));
const FIRSTS = 2;
const SINGLE = LETTERS.length - FIRSTS;

/** @typedef {{ common: number[], size: number, text: string }} Lettered */

/** The less common bytes. @param {number[]} common */
const others = (common) => [...Array(256).keys()].filter((byte) => !common.includes(byte));

/** @param {Uint8Array} bytes @returns {Lettered} */
export function toLetters(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte] += 1;
  const byCount = [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b);
  const common = byCount.slice(0, SINGLE).sort((a, b) => a - b);
  /** @type {string[]} */
  const words = [];
  // Both groups keep the order of byte values: bytes near each other in a file often have similar values.
  common.forEach((byte, at) => (words[byte] = LETTERS[at]));
  others(common).forEach((byte, at) => {
    words[byte] = LETTERS[SINGLE + Math.floor(at / LETTERS.length)] + LETTERS[at % LETTERS.length];
  });
  return { common, size: bytes.length, text: Array.from(bytes, (byte) => words[byte]).join("") };
}

/** @param {Lettered} lettered @returns {Uint8Array<ArrayBuffer>} */
export function fromLetters({ common, size, text }) {
  const rare = others(common);
  const places = new Uint8Array(128);
  LETTERS.forEach((letter, place) => (places[letter.charCodeAt(0)] = place));
  const bytes = new Uint8Array(size);
  let from = 0;
  for (let at = 0; at < size; at++) {
    const place = places[text.charCodeAt(from++)];
    bytes[at] =
      place < SINGLE ? common[place] : rare[(place - SINGLE) * LETTERS.length + places[text.charCodeAt(from++)]];
  }
  return bytes;
}
