// The steps of `npm test`. Each starts as soon as there is room (lanes.mjs): checks of the sources come first, then the
// steps of the lane that takes longest in a fresh clone, and the longest of each lane.
// A step exists if the folder that it tests does.
import { existsSync } from "node:fs";
import { build } from "../build.mjs";
import { buildDashboard, checkFirstView } from "../dashboard.mjs";
import { buildDocs } from "../docs.mjs";
import { filesBelow } from "./fingerprint.mjs";
import { inRoot } from "./paths.mjs";
import { inherit } from "./run.mjs";
import { Problem } from "./problem.mjs";
import { WASM_TARGET, WASM_TEST_ENV } from "./rust.mjs";

/** Keeps a hanging test file from blocking the run. */
const FILE_TIMEOUT_MS = 600_000;

/** A lockfile that is behind the manifest is updated locally and rejected in CI. */
const LOCKED = process.env.CI ? ["--locked"] : [];

const ONE_FILE_AT_A_TIME = ["--test-concurrency=1"];

/** Of steps that compile while a suite runs beside them. */
const YIELDING = { isYielding: true };

const IN_WASM = ["--target", WASM_TARGET];
const STRICT = ["--", "-D", "warnings"];

/**
 * @typedef {object} Step
 * @property {string} name as in `npm test -- name`
 * @property {string} title
 * @property {Parameters<typeof import("../setup.mjs").ensure>[0]} setup
 * @property {string} [needs] the step that must pass first
 * @property {"builds" | "suites"} [lane] steps of a lane do not run at once. "builds": they compile, in the same
 *   folders of target/, and yield to other steps; "suites": they run test files
 * @property {string[]} [folders] the step exists if one of these does; always if omitted
 * @property {(env: NodeJS.ProcessEnv) => Promise<number | void>} run returns an exit code, or throws
 */

/** @type {Step[]} */
export const STEPS = [
  {
    name: "fmt",
    title: "cargo fmt",
    setup: { rust: "checks" },
    run: async (env) => {
      for (const folder of [".", "fuzz", "examples/leptos", "examples/yew", "benches/rust"]) {
        const code = await cargo(["fmt", "--check", "--manifest-path", inRoot(folder, "Cargo.toml")], env);
        if (code) return code;
      }
      return 0;
    },
  },
  {
    name: "build",
    title: "build of pkg/",
    lane: "builds",
    setup: { npm: true, tools: true },
    run: async () => void (await build()),
  },
  {
    name: "oxlint",
    title: "oxlint, over JavaScript and TypeScript",
    setup: { npm: true },
    run: (env) => node([inRoot("node_modules", "oxlint", "bin", "oxlint")], env),
  },
  {
    name: "architecture",
    title: "architecture",
    setup: {},
    run: (env) => node([inRoot("scripts", "check-architecture.mjs")], env),
  },
  {
    name: "hygiene",
    title: "repository hygiene",
    setup: {},
    run: (env) => node([inRoot("scripts", "check-hygiene.mjs")], env),
  },
  {
    name: "documents",
    title: "documents agree with the repository",
    setup: {},
    run: (env) => node([inRoot("scripts", "check-documents.mjs")], env),
  },
  {
    name: "prettier",
    title: "prettier, over JavaScript, TypeScript and styles",
    setup: { npm: true },
    run: (env) => node([inRoot("node_modules", "prettier", "bin", "prettier.cjs"), "--cache", "--check", "."], env),
  },
  {
    name: "dashboard",
    title: "dashboard: types, build and size of the first view",
    setup: { npm: true },
    needs: "build",
    folders: ["www/src"],
    run: async () => {
      await buildDashboard();
      await checkFirstView();
    },
  },
  {
    name: "clippy",
    title: "cargo clippy, native",
    lane: "builds",
    setup: { rust: "checks" },
    run: (env) => cargo(["clippy", ...LOCKED, "--all-targets", "--all-features", ...STRICT], env),
  },
  {
    name: "browser",
    title: "browser tests",
    lane: "suites",
    setup: { npm: true, browsers: ["chromium", "headless-shell", "firefox"] },
    needs: "dashboard",
    folders: ["tests/browser"],
    run: (env) => nodeTests(["tests/browser"], env, ["--test-concurrency=3"]),
  },
  {
    name: "node",
    title: "Node tests",
    lane: "suites",
    setup: { npm: true, extras: ["python", "shells"] },
    needs: "build",
    folders: ["tests/node", "www/simulator"],
    // More files than cores: a file mostly waits.
    run: (env) => nodeTests(["tests/node", "www/simulator"], env, ["--expose-gc", "--test-concurrency=4"]),
  },
  {
    name: "clippy-wasm",
    title: `cargo clippy, ${WASM_TARGET}`,
    lane: "builds",
    setup: { rust: "checks" },
    run: async (env) =>
      (await cargo(["clippy", ...LOCKED, "--all-targets", "--all-features", ...IN_WASM, ...STRICT], env)) ||
      // The npm package does not use the Rust API, and a Rust front end does not use the package's.
      (await cargo(
        ["clippy", ...LOCKED, "--lib", "--no-default-features", "--features", "package", ...IN_WASM, ...STRICT],
        env,
      )) ||
      cargo(["clippy", ...LOCKED, "--lib", ...IN_WASM, ...STRICT], env),
  },
  {
    name: "rust",
    title: "cargo test, native",
    lane: "builds",
    setup: { rust: true },
    run: (env) => cargo(["test", ...LOCKED, "--features", "native"], env),
  },
  {
    name: "wasm",
    title: `cargo test, ${WASM_TARGET} in Node`,
    lane: "builds",
    setup: { rust: true, tools: true },
    run: (env) =>
      // Without doc tests, which are for readers and run natively.
      cargo(["test", ...LOCKED, "--lib", "--tests", "--features", "bindings", ...IN_WASM], {
        ...env,
        ...WASM_TEST_ENV,
      }),
  },
  {
    name: "api",
    title: "the async API: natively, in Node and in Chromium",
    lane: "builds",
    setup: { rust: true, npm: true, tools: true, browsers: ["chromium"] },
    folders: ["tests/api"],
    run: (env) => nodeTests(["tests/api"], env, ONE_FILE_AT_A_TIME, YIELDING),
  },
  {
    name: "pages",
    title: "the pages in Rust of examples/, in Chromium",
    lane: "builds",
    setup: { rust: true, npm: true, tools: true, browsers: ["chromium"] },
    folders: ["tests/pages"],
    run: (env) => nodeTests(["tests/pages"], env, ONE_FILE_AT_A_TIME, YIELDING),
  },
  {
    name: "fuzz",
    title: "fuzzing, for a moment",
    lane: "builds",
    setup: { rust: true, checkers: ["cargo-fuzz"], extras: ["compiler"] },
    folders: ["fuzz"],
    run: (env) => node([inRoot("scripts", "fuzz.mjs"), "--short"], env, YIELDING),
  },
  {
    name: "native",
    title: "the crate by itself: in wasm32, in a native program, as published",
    lane: "builds",
    setup: { rust: true, npm: true },
    folders: ["tests/native"],
    run: async (env) =>
      (await cargo(["check", ...LOCKED, "--lib", "--no-default-features", ...IN_WASM], env)) ||
      nodeTests(["tests/native"], env, [], YIELDING),
  },
  {
    name: "docs",
    title: "documentation: rustdoc and TypeDoc",
    lane: "builds",
    setup: { rust: true },
    run: async () => void (await buildDocs()),
  },
  {
    name: "packaging",
    title: "tests of the packed package",
    setup: { npm: true, browsers: ["chromium"], extras: ["consumers"] },
    needs: "build",
    folders: ["tests/packaging"],
    run: (env) => nodeTests(["tests/packaging"], env, ONE_FILE_AT_A_TIME),
  },
  {
    name: "recipes",
    title: "recipes: types and tests",
    lane: "suites",
    setup: { npm: true, extras: ["broker", "consumers"] },
    needs: "build",
    folders: ["tests/recipes"],
    run: async (env) =>
      (await tsc(["--noEmit", "-p", inRoot("www", "recipes")], env)) ||
      nodeTests(["tests/recipes"], env, ONE_FILE_AT_A_TIME),
  },
  {
    name: "supply",
    title: "dependencies",
    setup: { rust: true, checkers: ["cargo-deny"] },
    run: (env) => node([inRoot("scripts", "supply.mjs")], env),
  },
  {
    name: "scripts",
    title: "scripts: types and tests",
    setup: { npm: true },
    run: async (env) => (await tsc(["--noEmit", "-p", inRoot()], env)) || nodeTests(["tests/scripts"], env),
  },
  {
    name: "size",
    title: "size of what a browser loads, and the sizes that documents name",
    setup: { npm: true },
    needs: "build",
    folders: ["benches"],
    run: async (env) =>
      (await node([inRoot("benches", "run.mjs"), "size", "--check", "--pkg", inRoot("pkg")], env)) ||
      node([inRoot("scripts", "check-sizes.mjs")], env),
  },
  {
    name: "types",
    title: "type tests, and the types of the package's and the tests' JavaScript",
    setup: { npm: true },
    needs: "build",
    folders: ["tests/types"],
    run: async (env) =>
      (await node([inRoot("scripts", "check-types.mjs")], env)) ||
      (await tsc(["--noEmit", "-p", inRoot("pkg-template")], env)) ||
      tsc(["--noEmit", "-p", inRoot("tests")], env),
  },
];

/** @param {Step} step */
export const exists = (step) => !step.folders || step.folders.some((folder) => existsSync(inRoot(folder)));

/** @param {string[]} args @param {NodeJS.ProcessEnv} env */
const cargo = (args, env) => inherit("cargo", args, { env, ...YIELDING });

/** @param {string[]} args @param {NodeJS.ProcessEnv} env @param {{ isYielding?: boolean }} [options] */
const node = (args, env, options = {}) => inherit(process.execPath, args, { env, ...options });

/** @param {string[]} args @param {NodeJS.ProcessEnv} env */
const tsc = (args, env) => node([inRoot("node_modules", "typescript", "bin", "tsc"), ...args], env);

/**
 * @param {string[]} folders
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} [flags]
 * @param {{ isYielding?: boolean }} [options]
 */
async function nodeTests(folders, env, flags = [], options = {}) {
  const files = (await testFiles(folders)).filter((file) => file.endsWith(".test.mjs"));
  // Without files, node would search for tests itself.
  if (files.length === 0)
    throw new Problem(`There is no *.test.mjs in ${folders.join(" or ")}: add one, or remove the folder.`);
  const args = [...flags, "--test", "--test-reporter=spec", `--test-timeout=${FILE_TIMEOUT_MS}`, ...files];
  return node(args, env, options);
}

/** @param {string[]} folders */
async function testFiles(folders) {
  const found = await Promise.all(folders.map((folder) => filesBelow(inRoot(folder))));
  return found.flat().filter((file) => file.endsWith(".mjs") && !file.includes("node_modules"));
}
