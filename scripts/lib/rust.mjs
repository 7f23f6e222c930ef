// Checks that the Rust toolchain exists and is new enough, and installs what wasm and the checks need.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { aptInstall, canInstall } from "./system.mjs";
import { ask, step } from "./run.mjs";
import { exe, inRoot, withPath } from "./paths.mjs";
import { Problem } from "./problem.mjs";

export const WASM_TARGET = "wasm32-unknown-unknown";

/** The environment of `cargo test` for that target. */
export const WASM_TEST_ENV = {
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: "wasm-bindgen-test-runner",
  // Of a test module's 13 MB, 9 MB are the standard library's debug information, which the runner would
  // parse each time.
  CARGO_PROFILE_TEST_STRIP: "debuginfo",
};

/**
 * @param {{ checks?: boolean }} [options] `checks`: rustfmt and clippy too
 */
export async function ensureRust({ checks = false } = {}) {
  findCargo();
  if (ask("rustc") === undefined) {
    if (ask("rustup") === undefined) {
      throw new Problem("Rust is missing: install rustup as https://rustup.rs says, then run the same command again.");
    }
    await step("Rust stable", "rustup", ["toolchain", "install", "stable", "--profile", "minimal"]);
    if (ask("rustc") === undefined) await step("Rust stable as the default", "rustup", ["default", "stable"]);
  }
  requireVersion(ask("rustc") ?? "");
  await ensureLinker();
  await ensureWasmTarget();
  if (checks) await ensureChecks();
}

/** A shell opened before rustup was installed has no cargo on its PATH. */
function findCargo() {
  if (ask("cargo") !== undefined || ask("rustup") !== undefined) return;
  const bin = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "bin");
  if (existsSync(join(bin, exe("cargo")))) Object.assign(process.env, withPath(process.env, [bin]));
}

/** @param {string} told "rustc 1.95.0 (…)" */
function requireVersion(told) {
  const manifest = readFileSync(inRoot("Cargo.toml"), "utf8");
  const wanted = /^rust-version = "(\d+)\.(\d+)/m.exec(manifest);
  const found = /^rustc (\d+)\.(\d+)/.exec(told);
  if (!wanted || !found) return;
  const old = Number(found[1]) < Number(wanted[1]) || (found[1] === wanted[1] && Number(found[2]) < Number(wanted[2]));
  if (old)
    throw new Problem(
      `Rust ${found[1]}.${found[2]} is too old, ${wanted[1]}.${wanted[2]} is needed: run \`rustup update stable\`.`,
    );
}

/** Even a wasm build links its build scripts and macros for the host. */
async function ensureLinker() {
  if (process.platform === "win32" || ask("cc") !== undefined || ask("gcc") !== undefined) return;
  if (canInstall()) return aptInstall("C linker", ["gcc", "libc6-dev"]);
  throw new Problem(
    process.platform === "darwin"
      ? "The C linker that Rust needs is missing: run `xcode-select --install`."
      : "The C linker that Rust needs (`cc`) is missing: install gcc with the system's package manager.",
  );
}

/** libFuzzer is C++. */
export async function ensureCompiler() {
  if (["c++", "g++", "clang++"].some((name) => ask(name) !== undefined)) return;
  if (canInstall()) return aptInstall("C++ compiler", ["g++"]);
  throw new Problem(
    process.platform === "darwin"
      ? "The C++ compiler that libFuzzer needs is missing: run `xcode-select --install`."
      : "The C++ compiler that libFuzzer needs (`c++`) is missing: install g++ with the system's package manager.",
  );
}

async function ensureWasmTarget() {
  const sysroot = ask("rustc", ["--print", "sysroot"]) ?? "";
  if (existsSync(join(sysroot, "lib", "rustlib", WASM_TARGET, "lib"))) return;
  if (ask("rustup") === undefined) {
    throw new Problem(
      `This Rust lacks the target ${WASM_TARGET} and has no rustup to add it: install rustup as https://rustup.rs says, or the system's package for that target.`,
    );
  }
  await step(`Rust target ${WASM_TARGET}`, "rustup", ["target", "add", WASM_TARGET], {
    remedy: () => `The Rust target could not be added; run \`rustup target add ${WASM_TARGET}\` by hand to see why.`,
  });
}

async function ensureChecks() {
  const missing = ["rustfmt", "clippy"].filter(
    (name) => ask("cargo", [name === "rustfmt" ? "fmt" : name, "--version"]) === undefined,
  );
  if (missing.length === 0) return;
  if (ask("rustup") === undefined)
    throw new Problem(`${missing.join(" and ")} are missing: install them beside Rust, or use rustup.`);
  await step(`Rust components ${missing.join(", ")}`, "rustup", ["component", "add", ...missing]);
}
