// @ts-check
// In JavaScript because a replacer of `JSON.stringify` needs `this`, and Rust closures have no rest arguments.

const BUFFER = /^\[object (Shared)?ArrayBuffer\]$/;

/** The bytes of binary data, from any realm; undefined for any other value. @param {any} value */
export function bytesOf(value) {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value !== "object" || !BUFFER.test(Object.prototype.toString.call(value))) return undefined;
  return new Uint8Array(value);
}

/**
 * The JSON text of a value. Binary data is moved to `attachments` and replaced with placeholders.
 * @param {unknown} value
 * @param {Uint8Array[] | undefined} attachments if undefined, binary data is a TypeError
 * @returns {string | undefined}
 */
export function stringify(value, attachments) {
  /** @this {any} @param {string} key @param {unknown} given */
  function replace(key, given) {
    // Not `given`, for which a Node Buffer's toJSON has already been called.
    const bytes = bytesOf(this[key]);
    if (!bytes) return given;
    if (!attachments) throw new TypeError("binary data has no place here");
    attachments.push(bytes);
    return { _placeholder: true, num: attachments.length - 1 };
  }
  return JSON.stringify(value, replace);
}

/** Parses JSON; attachments replace their placeholders. @param {string} text @param {Uint8Array[]} attachments */
export const parse = (text, attachments) =>
  JSON.parse(text, (_key, value) => (value?._placeholder === true ? attachments[value.num] : value));

/** A variadic function that passes its arguments as an array. @param {(args: unknown[]) => void} take */
export function variadic(take) {
  return (/** @type {unknown[]} */ ...args) => take(args);
}
