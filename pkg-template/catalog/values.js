// Helpers to read untrusted values, and the errors of this module.
import { ArdexaError } from "ardexa-client";

/** @param {import("ardexa-client").ErrorCode} code @param {string} message @param {{ cause?: unknown, data?: unknown }} [details] */
export const failure = (code, message, details) => new /** @type {any} */ (ArdexaError)(message, { code, ...details });

/** @param {string} argument @param {string} problem */
export const invalid = (argument, problem) => failure("invalid-argument", `${argument}: ${problem}`);

/** @param {unknown} value @returns {value is Record<string, unknown>} */
export const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** An own property of the object. @param {Record<string, unknown>} object @param {string} key */
export const own = (object, key) => (Object.hasOwn(object, key) ? object[key] : undefined);

/** A name, written as a string or a number. @param {unknown} value @returns {string | undefined} */
export function nameOf(value) {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** The first property that is a name. @param {Record<string, unknown>} object @param {...string} keys */
export function firstName(object, ...keys) {
  for (const key of keys) {
    const name = nameOf(own(object, key));
    if (name !== undefined) return name;
  }
  return undefined;
}

/** Shortens an arbitrary value to one short line. @param {unknown} text @param {number} [length] */
export function brief(text, length = 160) {
  const [line = ""] = String(text ?? "")
    .split("\n")
    .map((one) => one.trim())
    .filter(Boolean);
  const plain = line.replace(/[\u0000-\u001f\u007f-\u009f]/g, "\ufffd");
  return plain.length > length ? `${plain.slice(0, length - 1)}…` : plain;
}

/**
 * Reads a time limit from an option.
 * @param {unknown} value @param {number} otherwise
 */
export function limitOf(value, otherwise) {
  if (value === undefined) return otherwise;
  if (typeof value !== "number" || !(value > 0))
    throw invalid("timeoutMs", "must be a number greater than 0; Infinity for no limit");
  return value;
}

/** @param {unknown} value */
export function checkOptions(value) {
  if (value !== undefined && !isRecord(value)) throw invalid("options", "must be an object");
  return value ?? {};
}

/** @param {any} signal @returns {AbortSignal | undefined} */
export function checkSignal(signal) {
  if (signal !== undefined && typeof signal?.addEventListener !== "function")
    throw invalid("signal", "must be an AbortSignal");
  return signal;
}
