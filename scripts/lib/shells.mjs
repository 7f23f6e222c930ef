// The shells in which the command line's completion is tested.
import { ensureProgram } from "./programs.mjs";

/** @type {Record<"bash" | "zsh" | "fish", import("./programs.mjs").Program>} */
const SHELLS = {
  bash: shell("bash"),
  zsh: shell("zsh"),
  fish: shell("fish"),
};

/** @param {string} name @returns {import("./programs.mjs").Program} */
function shell(name) {
  const places = ["/bin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].map((folder) => `${folder}/${name}`);
  return { title: name, variable: `${name.toUpperCase()}_PATH`, commands: [name], places, debian: name };
}

/** Finds a shell, installing it if the system's package manager can be used. @param {keyof typeof SHELLS} name */
export const ensureShell = (name) => ensureProgram(SHELLS[name]);

/** All of them. A shell that cannot be installed is not an error here: its tests are skipped, and say why. */
export async function ensureShells() {
  for (const program of Object.values(SHELLS)) await ensureProgram(program).catch(() => {});
}
