// Builds pkg/, the complete publishable package: one .wasm, the entries for browsers and Node, each bundled with
// wasm-bindgen's unmodified glue, and the other files of pkg-template/.
import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { bundleCatalog } from "./bundle/catalog.mjs";
import { bundleEntry } from "./bundle/entry.mjs";
import { shortenNames } from "./bundle/names.mjs";
import { bundleInline } from "./bundle/inline.mjs";
import { bundleNode } from "./bundle/node.mjs";
import { stampModule } from "./bundle/stamp.mjs";
import { ask, step } from "./lib/run.mjs";
import { ensure } from "./setup.mjs";
import { filesBelow, fingerprint } from "./lib/fingerprint.mjs";
import { inRoot, isMain } from "./lib/paths.mjs";
import { Problem, runMain } from "./lib/problem.mjs";
import { say } from "./lib/progress.mjs";

const NAME = "ardexa_client";
const WASM = `${NAME}_bg.wasm`;
const STAMP = inRoot("build", "stamp.json");
const PACKAGE = inRoot("pkg");

/** wasm-bindgen's glue for browsers also works in Node, given the module. */
const TARGET = "web";
const GLUE = `${NAME}.js`;
/** Sources of the entries, not needed after bundling. */
const PARTS = [GLUE, "api.js", "handles.js", "load.js", "node-reason.js", "node-socket.js", "snippets"];

/** For checking the types of pkg-template/, not for the package. */
const CHECKS = ["tsconfig.json", "types"];

/** Fewer size-increasing optimisations: saves a tenth of the compressed module; costs are in benches/HISTORY.md. */
const SMALL = [
  "-Cno-vectorize-slp",
  "-Cllvm-args=--inline-threshold=40",
  "-Cllvm-args=--inlinehint-threshold=100",
  "-Cllvm-args=--unroll-threshold=0",
  "-Cllvm-args=--unroll-runtime=false",
  "-Cllvm-args=--unroll-allow-peeling=false",
  "-Cllvm-args=--unswitch-threshold=0",
  "-Cllvm-args=--disable-lsr",
  "-Cllvm-args=--enable-pre=false",
];

/**
 * Brings pkg/ up to date.
 * @param {{ dev?: boolean }} [options] `dev`: an unoptimised build, much faster
 * @returns {Promise<string>} the package's folder
 */
export async function build({ dev = false } = {}) {
  const env = await ensure({ npm: true, tools: true });
  const wanted = await inputs(dev);
  const last = await readFile(STAMP, "utf8").then(JSON.parse, () => undefined);
  if (last?.inputs === wanted && last.files?.every((/** @type {string} */ file) => existsSync(join(PACKAGE, file)))) {
    say(`  pkg/ is up to date: ${last.sizes}`);
    return PACKAGE;
  }

  const version = await checkVersions();
  await wasmPack(dev, env);
  const files = await assemble(version);
  await checkExports();
  const sizes = await wasmSizes(dev);
  await writeFile(STAMP, JSON.stringify({ inputs: wanted, files, sizes }, undefined, 2));
  say(`  pkg/ holds ardexa-client ${version}${dev ? " (unoptimised)" : ""}: ${sizes}`);
  return PACKAGE;
}

/** @param {boolean} dev */
async function inputs(dev) {
  const folders = await Promise.all(
    ["src", "pkg-template", "scripts/bundle", ".cargo"].map((folder) => filesBelow(inRoot(folder))),
  );
  const single = [
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "scripts/build.mjs",
    "scripts/tools.mjs",
  ];
  const flags = process.env.RUSTFLAGS ?? "";
  return fingerprint(
    [...folders.flat(), ...single.map((file) => inRoot(file))],
    [ask("rustc") ?? "", flags, dev ? "dev" : "release"],
  );
}

/** The crate and the package have the same version. */
async function checkVersions() {
  const crate = /^version = "([^"]+)"/m.exec(await readFile(inRoot("Cargo.toml"), "utf8"))?.[1];
  const template = JSON.parse(await readFile(inRoot("pkg-template", "package.json"), "utf8")).version;
  if (crate !== template) {
    throw new Problem(
      `Cargo.toml says version ${crate} and pkg-template/package.json ${template}: set both to the same.`,
    );
  }
  return template;
}

/** @param {boolean} dev @param {NodeJS.ProcessEnv} env */
async function wasmPack(dev, env) {
  const out = inRoot("build", TARGET);
  await rm(out, { recursive: true, force: true });
  const profile = dev ? "--dev" : "--release";
  await step(
    "wasm-pack",
    "wasm-pack",
    [
      "build",
      "--mode",
      "no-install",
      profile,
      "--no-pack",
      "--target",
      TARGET,
      "--out-dir",
      out,
      "--out-name",
      NAME,
      inRoot(),
      "--",
      "--no-default-features",
      "--features",
      "package",
    ],
    {
      env: withoutPaths(env),
      remedy: () => "The package could not be built; the compiler's last lines are above.",
    },
  );
}

/**
 * Panic messages contain source paths, for dependencies the path on this machine. That would leak it and make the
 * module differ from machine to machine.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
function withoutPaths(env) {
  const given = env.CARGO_ENCODED_RUSTFLAGS?.split("\x1f") ?? env.RUSTFLAGS?.split(" ") ?? [];
  const home = env.CARGO_HOME ?? join(homedir(), ".cargo");
  // These flags replace those in .cargo/config.toml.
  const flags = [...given.filter(Boolean), "-Ctarget-feature=+simd128", ...SMALL, `--remap-path-prefix=${home}=cargo`];
  return { ...env, CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f") };
}

/** Builds in another folder and then swaps it in, so that pkg/ is never incomplete. @param {string} version */
async function assemble(version) {
  const fresh = inRoot("build", "pkg");
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  for (const file of [WASM, GLUE]) await cp(inRoot("build", TARGET, file), join(fresh, file));
  await shortenNames(join(fresh, WASM), join(fresh, GLUE));
  const build = await stampModule(join(fresh, WASM), version);
  const snippets = inRoot("build", TARGET, "snippets");
  if (existsSync(snippets)) await cp(snippets, join(fresh, "snippets"), { recursive: true });
  for (const file of ["LICENSE-MIT", "LICENSE-APACHE", "CHANGELOG.md"]) {
    if (existsSync(inRoot(file))) await cp(inRoot(file), join(fresh, file));
  }
  for (const entry of await readdir(inRoot("pkg-template"))) {
    if (CHECKS.includes(entry)) continue;
    if (existsSync(join(fresh, entry)))
      throw new Problem(`pkg-template/${entry} would overwrite a generated file: rename it.`);
    await cp(inRoot("pkg-template", entry), join(fresh, entry), { recursive: true });
  }
  const define = { ARDEXA_BUILD: JSON.stringify(build) };
  await bundleInline(fresh, WASM, define);
  await bundleEntry(fresh, define);
  await bundleNode(fresh, WASM, define);
  for (const part of PARTS) await rm(join(fresh, part), { recursive: true, force: true });
  // `require` returns the same API, so the declarations are the same; TypeScript treats .d.cts as CommonJS.
  await cp(join(fresh, "index.d.ts"), join(fresh, "index.d.cts"));
  const inline = await readFile(join(fresh, "inline.d.ts"), "utf8");
  await writeFile(join(fresh, "inline.d.cts"), inline.replace("./index.js", "./index.cjs"));
  await bundleCatalog(fresh);
  await rm(PACKAGE, { recursive: true, force: true });
  await rename(fresh, PACKAGE);
  return (await filesBelow(PACKAGE)).map((file) => file.slice(PACKAGE.length + 1));
}

/** Checks that every file named in package.json exists. */
async function checkExports() {
  const manifest = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8"));
  /** @type {string[]} */
  const named = [];
  const collect = (/** @type {unknown} */ value) => {
    if (typeof value === "string") named.push(value);
    else if (value && typeof value === "object") Object.values(value).forEach(collect);
  };
  [manifest.exports, manifest.main, manifest.types, manifest.bin].forEach(collect);
  const missing = [...new Set(named)].filter((file) => !file.includes("*") && !existsSync(join(PACKAGE, file)));
  if (missing.length)
    throw new Problem(
      `package.json names ${missing.map((file) => basename(file)).join(", ")}, which pkg/ lacks: add it to pkg-template/ or correct the name.`,
    );
}

/** @param {boolean} dev compressing an unoptimised module takes longer than building it */
async function wasmSizes(dev) {
  const wasm = await readFile(join(PACKAGE, WASM));
  const kilobytes = (/** @type {Buffer} */ bytes) => `${(bytes.length / 1024).toFixed(1)} KiB`;
  if (dev) return `wasm ${kilobytes(wasm)}`;
  const zipped = await promisify(gzip)(wasm, { level: 9 });
  const brotli = await promisify(brotliCompress)(wasm);
  return `wasm ${kilobytes(wasm)}, gzip ${kilobytes(zipped)}, brotli ${kilobytes(brotli)}`;
}

if (isMain(import.meta.url)) {
  await runMain(async () => {
    const unknown = process.argv.slice(2).find((word) => word !== "--dev");
    if (unknown) throw new Problem(`npm run build knows no ${unknown}; only --dev.`);
    await build({ dev: process.argv.includes("--dev") });
  });
}
