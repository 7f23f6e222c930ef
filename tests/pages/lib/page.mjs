/** Builds a page in Rust: cargo, the CLI of wasm-bindgen, and an index.html. */
import assert from "node:assert/strict";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { inherit } from "../../../scripts/lib/run.mjs";
import { WASM_TARGET } from "../../../scripts/lib/rust.mjs";
import { ensureTools, toolFolder, wantedTools } from "../../../scripts/tools.mjs";

/**
 * Shared by all pages, since most of their dependencies are the same. Not `target/`: cargo gives the library of a
 * package with a `cdylib` one file name for all sets of features, and takes what another set left there for fresh.
 */
export const TARGET = inRoot("target", "examples");

/** @param {string} program @param {string[]} args */
async function run(program, args) {
  assert.equal(await inherit(program, args), 0, `${program} ${args.join(" ")}`);
}

/** @param {string[]} args */
export const cargo = (args) => run("cargo", args);

/** The CLI has the version in the client's lockfile, and so must the page's lockfile. @param {string} folder @param {string} version */
async function checkVersion(folder, version) {
  const lock = await readFile(join(folder, "Cargo.lock"), "utf8");
  const own = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(lock)?.[1];
  assert.equal(own, version, `run cargo update -p wasm-bindgen --precise ${version} in ${folder}`);
}

/**
 * @param {string} folder of its Cargo.toml, index.html and start.js
 * @param {string} name of its crate
 * @param {string} out
 * @param {string[]} [options] for cargo
 */
export async function makePage(folder, name, out, options = []) {
  await ensureTools({ build: true });
  const bindgen = (await wantedTools()).find((tool) => tool.name === "wasm-bindgen");
  assert.ok(bindgen);
  await cargo([
    "build",
    ...options,
    "--manifest-path",
    join(folder, "Cargo.toml"),
    "--target",
    WASM_TARGET,
    "--target-dir",
    TARGET,
  ]);
  await checkVersion(folder, bindgen.version);
  const module = join(TARGET, WASM_TARGET, "debug", `${name}.wasm`);
  const made = ["--target", "web", "--no-typescript", "--out-dir", out, "--out-name", "page"];
  await run(join(toolFolder(bindgen), "bin", "wasm-bindgen"), [...made, module]);
  for (const file of ["index.html", "start.js"]) await cp(join(folder, file), join(out, file));
}
