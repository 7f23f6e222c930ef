// Paths of the repository, and of the user's cache folder for tools that take minutes to build.
import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** @param {...string} parts a path below the repository's root */
export const inRoot = (...parts) => join(root, ...parts);

/**
 * The folder for files that outlive a clone.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 */
export function cacheFolder(env = process.env, platform = process.platform) {
  if (env.ARDEXA_CACHE) return join(env.ARDEXA_CACHE, "ardexa-client");
  if (platform === "win32") return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "ardexa-client");
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "ardexa-client");
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "ardexa-client");
}

/**
 * The environment with folders prepended to PATH.
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} folders
 * @returns {NodeJS.ProcessEnv}
 */
export function withPath(env, folders) {
  // Windows spells it `Path`; with both spellings set, which one wins is unpredictable.
  const key = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  return { ...env, [key]: [...folders, env[key] ?? ""].join(delimiter) };
}

/** @param {string} name a program's name, to which `.exe` is added on Windows */
export const exe = (name) => (process.platform === "win32" ? `${name}.exe` : name);

/**
 * Whether a module is the program that was started rather than an import.
 * @param {string} url the module's `import.meta.url`, in which links are resolved, unlike in argv
 */
export const isMain = (url) => Boolean(process.argv[1]) && realpathSync(process.argv[1]) === fileURLToPath(url);
