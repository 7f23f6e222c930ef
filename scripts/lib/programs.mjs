// Finds and installs system programs that the tests need.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { aptInstall, canInstall, isUbuntu } from "./system.mjs";
import { Problem } from "./problem.mjs";

/**
 * @typedef {object} Program
 * @property {string} title
 * @property {string} variable environment variable that may name its executable
 * @property {string[]} commands its names on PATH
 * @property {string[]} places other usual locations
 * @property {string} debian the package that contains it
 * @property {boolean} [snapOnUbuntu] Ubuntu's package of that name is a stub
 */

/**
 * The program's executable, or `undefined` if it is not installed.
 * @param {Program} program
 * @param {NodeJS.ProcessEnv} [env]
 */
export function findProgram({ variable, commands, places }, env = process.env) {
  const told = env[variable];
  if (told) {
    if (!isExecutable(told))
      throw new Problem(`${variable} names ${told}, which is not a program; correct it or unset it.`);
    return told;
  }
  const folders = (env.PATH ?? env.Path ?? "").split(delimiter).filter(Boolean);
  const onPath = commands.flatMap((command) => folders.map((folder) => join(folder, command)));
  const usual = places.map((place) =>
    place.replace(/%([^%]+)%/g, (_, key) => env[key] ?? env[key.toUpperCase()] ?? ""),
  );
  return [...(process.platform === "win32" ? [] : onPath), ...usual].find(isExecutable);
}

/**
 * Finds the program, installing it if the system's package manager can be used.
 * @param {Program} program
 * @returns {Promise<string>} its executable
 */
export async function ensureProgram(program) {
  const { title, variable, debian, snapOnUbuntu = false } = program;
  const found = findProgram(program);
  if (found) return found;
  if (canInstall() && !(snapOnUbuntu && isUbuntu())) {
    await aptInstall(title, [debian]);
    const installed = findProgram(program);
    if (installed) return installed;
  }
  throw new Problem(
    `${title} is missing: install it (on Debian: apt-get install ${debian}) or set ${variable} to its executable, then run the same command again.`,
  );
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
