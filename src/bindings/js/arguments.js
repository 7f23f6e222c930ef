// @ts-check
// JavaScript because a replacer of `JSON.stringify` needs its `this`, and a Rust closure takes no rest arguments.

const BUFFER = /^\[object (Shared)?ArrayBuffer\]$/;

/** The bytes of binary data, whatever realm its class is of; undefined for anything else. @param {any} value */
export function bytesOf(value) {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value !== "object" || !BUFFER.test(Object.prototype.toString.call(value))) return undefined;
  return new Uint8Array(value);
}

/**
 * JSON text of a value; each piece of binary data goes into `attachments`, a placeholder into its place.
 * @param {unknown} value
 * @param {Uint8Array[] | undefined} attachments without it, binary data is a TypeError
 * @returns {string | undefined}
 */
export function stringify(value, attachments) {
  /** @this {any} @param {string} key @param {unknown} given */
  function replace(key, given) {
    // Not `given`: a Node Buffer's toJSON has been called for that already.
    const bytes = bytesOf(this[key]);
    if (!bytes) return given;
    if (!attachments) throw new TypeError("binary data has no place here");
    attachments.push(bytes);
    return { _placeholder: true, num: attachments.length - 1 };
  }
  return JSON.stringify(value, replace);
}

/** The value of a JSON text, with the attachments in place of their placeholders. @param {string} text @param {Uint8Array[]} attachments */
export const parse = (text, attachments) =>
  JSON.parse(text, (_key, value) => (value?._placeholder === true ? attachments[value.num] : value));

/** A function of any number of arguments, from one that takes them as an array. @param {(args: unknown[]) => void} take */
export const variadic =
  (take) =>
  (/** @type {unknown[]} */ ...args) =>
    take(args);
