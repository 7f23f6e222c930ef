// Tools built with cargo, once per user and version, and kept in the cache folder: wasm-pack and the wasm-bindgen CLI
// for a build, and the tools of individual checks.
import { mkdir, readFile, readdir, rename, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, exe, inRoot } from "./lib/paths.mjs";
import { Problem } from "./lib/problem.mjs";
import { ask, step } from "./lib/run.mjs";
import { withLock } from "./lib/lock.mjs";

const WASM_PACK = "0.15.1";

/** Versions of the tools that individual checks need. */
const CHECKERS = /** @type {const} */ ({
  "cargo-deny": "0.20.2",
  "cargo-fuzz": "0.13.2",
  "cargo-mutants": "27.1.0",
});

/** @typedef {keyof typeof CHECKERS} Checker */

/** A quick build: with optimization the first run would take minutes more. */
const QUICK_BUILD = {
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
  CARGO_PROFILE_RELEASE_DEBUG: "0",
  CARGO_PROFILE_RELEASE_LTO: "off",
  CARGO_PROFILE_RELEASE_OPT_LEVEL: "0",
};

/**
 * These crates of the wasm-bindgen CLI read and write modules, and are optimized all the same: the six test modules of
 * 3 to 4 MB take it half the time.
 */
const MODULE_CRATES = ["walrus", "wasm-encoder", "wasmparser"];

/**
 * @typedef {object} Tool
 * @property {string} name as used in the cache folder
 * @property {string} version
 * @property {string[]} programs
 * @property {string[]} install arguments for `cargo install`
 * @property {NodeJS.ProcessEnv} [env] for its build
 * @property {string[]} [ask] arguments that make its programs print their version
 */

/**
 * The tools that a build needs. The wasm-bindgen CLI and the crate must have the same version.
 * @returns {Promise<Tool[]>}
 */
export async function wantedTools() {
  const bindgen = await lockedVersion("wasm-bindgen");
  return [
    {
      name: "wasm-pack",
      version: WASM_PACK,
      programs: ["wasm-pack"],
      install: ["wasm-pack", "--version", WASM_PACK, "--locked"],
      env: QUICK_BUILD,
    },
    {
      name: "wasm-bindgen",
      version: bindgen,
      programs: ["wasm-bindgen", "wasm-bindgen-test-runner"],
      // Never --locked: the published lockfile may name yanked crates.
      install: [
        ...["wasm-bindgen-cli", "--version", bindgen, "--no-default-features"],
        ...MODULE_CRATES.flatMap((name) => ["--config", `profile.release.package.${name}.opt-level=1`]),
      ],
      env: QUICK_BUILD,
    },
  ];
}

/** @param {Checker} name @returns {Tool} */
const checker = (name) => ({
  name,
  version: CHECKERS[name],
  programs: [name],
  install: [name, "--version", CHECKERS[name], "--locked"],
  env: QUICK_BUILD,
  // Called as cargo does: some tools accept nothing else.
  ask: [name.replace("cargo-", ""), "--version"],
});

/** @param {Tool} tool */
export const toolFolder = (tool) => join(cacheFolder(), "tools", `${tool.name}-${tool.version}`);

/**
 * Builds the tools missing from the cache.
 * @param {{ build?: boolean, checkers?: readonly Checker[] }} what `build`: the tools that a build needs
 * @returns {Promise<string[]>} the folders to put on PATH
 */
export async function ensureTools({ build = false, checkers = [] }) {
  const wanted = [...(build ? await wantedTools() : []), ...checkers.map(checker)];
  const missing = wanted.filter((tool) => !works(tool, toolFolder(tool)));
  // At once: each ends with crates that occupy one core. If one fails the others are completed and kept.
  const results = await Promise.allSettled(missing.map(install));
  for (const result of results) if (result.status === "rejected") throw result.reason;
  return wanted.map((tool) => join(toolFolder(tool), "bin"));
}

/** Whether all programs run: the cache may come from another machine. @param {Tool} tool @param {string} folder */
function works(tool, folder) {
  return tool.programs.every((program) => {
    const path = join(folder, "bin", exe(program));
    return existsSync(path) && ask(path, tool.ask)?.split(" ")[1] === tool.version;
  });
}

/** @param {Tool} tool */
async function install(tool) {
  const label = `${tool.name} ${tool.version}`;
  const tools = join(cacheFolder(), "tools");
  await mkdir(tools, { recursive: true }).catch((error) => {
    throw new Problem(`${tools} cannot be written (${error.code}); set ARDEXA_CACHE to a folder that can.`);
  });

  await withLock(join(tools, `.lock-${tool.name}-${tool.version}`), label, async () => {
    const folder = toolFolder(tool);
    if (works(tool, folder)) return; // Another run built it while this one waited.

    const build = join(cacheFolder(), "build", `${tool.name}-${tool.version}`);
    const fresh = join(tools, `.new-${tool.name}-${tool.version}-${process.pid}`);
    await rm(fresh, { recursive: true, force: true });
    await step(
      `${label}, built once for all clones`,
      "cargo",
      ["install", ...tool.install, "--root", fresh, "--no-track"],
      {
        // Not the project's folder: its .cargo/config.toml and toolchain file must not apply to these.
        cwd: cacheFolder(),
        env: cleanCargoEnv({ ...tool.env, CARGO_TARGET_DIR: build }),
        remedy: () =>
          `${label} could not be built; the compiler's last lines are above. Run the same command again to go on where it stopped.`,
      },
    );
    if (!works(tool, fresh))
      throw new Problem(`${label} was built but does not run; remove ${build} and run the same command again.`);

    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
    await rm(build, { recursive: true, force: true });
    await removeLeftovers(tools, tool);
  });
}

/** Removes incomplete installs of killed runs. @param {string} tools @param {Tool} tool */
async function removeLeftovers(tools, tool) {
  for (const name of await readdir(tools)) {
    if (name.startsWith(`.new-${tool.name}-${tool.version}-`))
      await rm(join(tools, name), { recursive: true, force: true });
  }
}

/** Flags meant for the project must not apply to the tools. @param {NodeJS.ProcessEnv} more */
function cleanCargoEnv(more) {
  const env = { ...process.env };
  for (const name of [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_RUSTFLAGS",
    "RUSTC_WRAPPER",
  ])
    delete env[name];
  return { ...env, ...more };
}

/** @param {string} crate @returns {Promise<string>} */
async function lockedVersion(crate) {
  const lock = await readFile(inRoot("Cargo.lock"), "utf8").catch(() => {
    throw new Problem("Cargo.lock is missing, and with it the version of wasm-bindgen; run `cargo generate-lockfile`.");
  });
  const match = new RegExp(`^name = "${crate}"\\r?\\nversion = "([^"]+)"`, "m").exec(lock);
  if (!match) throw new Problem(`Cargo.lock names no ${crate}; run \`cargo generate-lockfile\`.`);
  return match[1];
}
