/**
 * Random numbers as pure functions of a seed: runs are repeatable, and past values can be recomputed.
 */

/** A 32-bit hash of two integers. @param {number} seed @param {number} n @returns {number} */
export function hash(seed, n) {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(n | 0, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}

/** A number in [0, 1). @param {number} seed @param {number} n */
export function chance(seed, n) {
  return hash(seed, n) / 4294967296;
}

/** Derives a seed from a string. @param {number} seed @param {string} text */
export function hashText(seed, text) {
  let h = seed >>> 0;
  for (let i = 0; i < text.length; i++) h = hash(h, text.charCodeAt(i));
  return h;
}

/** Smooth noise in [0, 1): one knot per whole `x`, eased in between. @param {number} seed @param {number} x */
export function noise(seed, x) {
  const knot = Math.floor(x);
  const part = x - knot;
  const ease = part * part * (3 - 2 * part);
  return chance(seed, knot) * (1 - ease) + chance(seed, knot + 1) * ease;
}

/** A UUID (in version 4 form) from a seed and a number. @param {number} seed @param {number} n */
export function uuid(seed, n) {
  const base = hash(seed, n);
  const words = [1, 2, 3, 4].map((i) => hash(base, i + n * 7));
  const hex = words.map((w) => w.toString(16).padStart(8, "0")).join("");
  const variant = (8 + (words[2] % 4)).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
