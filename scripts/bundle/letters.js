// Bytes as text for a string literal: printable ASCII that needs no escape, whatever the page's encoding, and that a
// server's compression sees through, since equal bytes are equal letters at equal distances; base64 hides both.
// The commonest bytes are one letter each; the others are two, of which the first is one of the last letters.

/** Not `"`, `'`, `` ` ``, `$` and `\`, which mean something in JavaScript, and not `<`, which may end a script in HTML. */
const LETTERS = [...Array(95).keys()].map((n) => String.fromCharCode(32 + n)).filter((letter) => !"\"'`$\\<".includes(letter));
const FIRSTS = 2;
const SINGLE = LETTERS.length - FIRSTS;

/** @typedef {{ common: number[], size: number, text: string }} Lettered */

/** The other bytes. @param {number[]} common */
const others = (common) => [...Array(256).keys()].filter((byte) => !common.includes(byte));

/** @param {Uint8Array} bytes @returns {Lettered} */
export function toLetters(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte] += 1;
  const byCount = [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b);
  const common = byCount.slice(0, SINGLE).sort((a, b) => a - b);
  /** @type {string[]} */
  const words = [];
  // Both kinds stay in the order of their values, which are often near to each other in a file.
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
    bytes[at] = place < SINGLE ? common[place] : rare[(place - SINGLE) * LETTERS.length + places[text.charCodeAt(from++)]];
  }
  return bytes;
}
