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
    throw new UsageError(`${where} holds a token in place of a path; write the token into a file, and give its path`);
}

/**
 * Checks a token, ignoring surrounding whitespace.
 * @param {string} text @param {string} where the token's source, for the message
 */
export function checkToken(text, where) {
  const token = text.trim();
  if (!token) throw new UsageError(`${where} is empty; write the API token into it`);
  if (/^(?:(?:export|set)\s+)?\$?(?:env:)?\w+\s*=/i.test(token))
    throw new UsageError(`${where} holds an assignment (NAME=…); write only what follows the = into it`);
  if (/^["'`].*["'`]$/s.test(token)) throw new UsageError(`${where} holds a token in quotes; write it without them`);
  if (token.startsWith("{")) throw new UsageError(`${where} holds JSON; write only the API token into it`);
  if (/^bearer\s/i.test(token)) throw new UsageError(`${where} begins with "Bearer"; write only the API token into it`);
  if (/\s/.test(token)) throw new UsageError(`${where} holds more than one word; write only the API token into it`);
  if (/[^\u0021-\u007e]/.test(token))
    throw new UsageError(`${where} holds characters that no token has; copy the token again`);
  return token;
}

/** @param {Buffer} bytes @param {string} where */
function decode(bytes, where) {
  const [first, second] = bytes;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (marked || bytes.subarray(0, 64).includes(0))
    throw new UsageError(
      `${where} is UTF-16, as PowerShell's > writes it; save it as UTF-8, there by Set-Content -Encoding ascii`,
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
    throw new UsageError(
      `cannot read ${where} (${error.code}); check its path, given by --token-file or a profile's tokenFile, and its rights`,
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
