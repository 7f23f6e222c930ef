// The API token: from a file that is read for every attempt to connect, or from the environment. Also detects common
// mistakes in its place. No message contains the token.
import { readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "./exit.js";

/** A file that is being replaced may briefly be missing or empty. */
const TRIES = 10;
const PAUSE_MS = 100;

/** Text that begins like a JSON Web Token and is not a path. */
const TOKEN_ITSELF = /^(?:bearer\s+)?eyJ[\w-]{10,}(?:\.|$)/i;

/** Refuses a token in place of the path of its file. @param {string} path @param {string} where */
export function refuseTokenAsPath(path, where) {
  if (TOKEN_ITSELF.test(path.trim()))
    throw new UsageError(`${where} is a token, not a path; save the token in a file, and use the path of that file`);
}

/**
 * Checks a token, ignoring surrounding whitespace.
 * @param {string} text @param {string} where the token's source, for the message
 */
export function checkToken(text, where) {
  const token = text.trim();
  if (!token) throw new UsageError(`${where} is empty; it must contain the API token`);
  if (/^(?:(?:export|set)\s+)?\$?(?:env:)?\w+\s*=/i.test(token))
    throw new UsageError(`${where} contains an assignment (NAME=…); keep only what follows the =`);
  if (/^["'`].*["'`]$/s.test(token)) throw new UsageError(`${where} contains a token in quotes; remove the quotes`);
  if (token.startsWith("{")) throw new UsageError(`${where} contains JSON; it must contain only the API token`);
  if (/^bearer\s/i.test(token))
    throw new UsageError(`${where} begins with "Bearer"; it must contain only the API token`);
  if (/\s/.test(token))
    throw new UsageError(`${where} contains more than one word; it must contain only the API token`);
  if (/[^\u0021-\u007e]/.test(token))
    throw new UsageError(`${where} contains characters that are invalid in a token; copy the token again`);
  return token;
}

/** @param {Buffer} bytes @param {string} where */
function decode(bytes, where) {
  const [first, second] = bytes;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (marked || bytes.subarray(0, 64).includes(0))
    throw new UsageError(
      `${where} is UTF-16, as written by > in PowerShell; save it as UTF-8, for example with Set-Content -Encoding ascii`,
    );
  return bytes.toString("utf8");
}

/** @param {string} file */
function readToken(file) {
  const where = `the token file ${file}`;
  let bytes;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new UsageError(
      `cannot read ${where} (${code}); check its path (--token-file, or tokenFile in the profile) and its permissions`,
    );
  }
  return checkToken(decode(bytes, where), where);
}

/**
 * Reads the token again on every call. Throws immediately if there is none now.
 * @param {string} file
 * @returns {() => string | Promise<string>}
 */
export function tokenFrom(file) {
  refuseTokenAsPath(file, "--token-file");
  const token = readToken(file);
  // A pipe, for example from <(…), can be read only once.
  if (!statSync(file).isFile()) return () => token;
  return async () => {
    for (let left = TRIES; ; left--) {
      try {
        return readToken(file);
      } catch (error) {
        if (left === 1) throw error;
        await sleep(PAUSE_MS);
      }
    }
  };
}
