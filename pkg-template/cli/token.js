// The API token: from a file that is read for every attempt to connect, or from the environment; and what usually
// stands there in its place. No message repeats it.
import { readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { UsageError } from "./exit.js";

/** A file that is just being replaced may be missing or empty for a moment. */
const TRIES = 10;
const PAUSE_MS = 100;

/** What begins as a JSON Web Token does, and is no path. */
const TOKEN_ITSELF = /^(?:bearer\s+)?eyJ[\w-]{10,}(?:\.|$)/i;

/** Refuses a token where the path of its file is expected. @param {string} path @param {string} where */
export function refuseTokenAsPath(path, where) {
  if (TOKEN_ITSELF.test(path.trim()))
    throw new UsageError(`${where} holds a token in place of a path; write the token into a file, and give its path`);
}

/**
 * Checks a token, without the space around it.
 * @param {string} text @param {string} where for the message
 */
export function checkToken(text, where) {
  const token = text.trim();
  if (!token) throw new UsageError(`${where} is empty; write the API token into it`);
  if (/^(?:(?:export|set)\s+)?\$?(?:env:)?\w+\s*=/i.test(token))
    throw new UsageError(`${where} holds an assignment (NAME=…); write only what follows the = into it`);
  if (/^["'`].*["'`]$/s.test(token))
    throw new UsageError(`${where} holds a token in quotes; write it without them`);
  if (/^\{/.test(token)) throw new UsageError(`${where} holds JSON; write only the API token into it`);
  if (/^bearer\s/i.test(token)) throw new UsageError(`${where} begins with "Bearer"; write only the API token into it`);
  if (/\s/.test(token)) throw new UsageError(`${where} holds more than one word; write only the API token into it`);
  // eslint-disable-next-line no-control-regex
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
 * Reads a token again at every call. Throws at once if there is none now.
 * @param {string} file
 * @returns {() => string | Promise<string>}
 */
export function tokenFrom(file) {
  refuseTokenAsPath(file, "--token-file");
  const token = readToken(file);
  // A pipe, as from <(…), gives its text once.
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
