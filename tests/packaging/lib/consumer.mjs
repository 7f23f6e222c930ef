/**
 * A consumer's folder, in which npm has installed the packed package. Each test gets its own project below it, which
 * resolves the package there. The folder is kept, and its path printed, if a test fails.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ensureConsumerTools } from "../../../scripts/lib/consumer-tools.mjs";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { npm } from "../../../scripts/lib/run.mjs";
import { startSimulator } from "../../../www/simulator/index.mjs";

const PROJECTS = fileURLToPath(new URL("../projects", import.meta.url));

/** A test's time limit, ample on two busy cores. */
export const LIMIT_MS = 120_000;
const SETUP_MS = 480_000;

/** The number of samples that each project reads. */
const SAMPLES = 3;

const held = { folder: "", tarball: "", tools: "", failed: false };

/** Packs and installs the package before the tests of a file, and installs the tools that they need. */
export function withConsumer() {
  before(
    async () => {
      held.tools = await ensureConsumerTools();
      // The real path, because bundlers resolve links.
      held.folder = await realpath(await mkdtemp(join(tmpdir(), "ardexa-packaging-")));
      held.tarball = await pack();
      await install();
    },
    { timeout: SETUP_MS },
  );
  after(async () => {
    if (held.failed) console.log(`The failed projects are kept in ${held.folder}`);
    else await rm(held.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
}

async function pack() {
  const stdout = await runNpm(["pack", inRoot("pkg"), "--json", "--pack-destination", held.folder]);
  const packed = JSON.parse(stdout);
  // A list, or in newer versions of npm an object by package name.
  const [{ filename }] = Array.isArray(packed) ? packed : Object.values(packed);
  return join(held.folder, filename);
}

/** Pins the package's dependencies to the repository's lockfile, so that runs are reproducible. */
async function install() {
  const { dependencies } = JSON.parse(await readFile(inRoot("pkg", "package.json"), "utf8"));
  const { packages } = JSON.parse(await readFile(inRoot("package-lock.json"), "utf8"));
  const overrides = Object.fromEntries(
    Object.keys(dependencies).map((name) => [name, packages[`node_modules/${name}`]?.version]),
  );
  assert.ok(Object.values(overrides).every(Boolean), `package-lock.json lacks one of ${Object.keys(dependencies)}`);
  const manifest = { name: "consumer", private: true, overrides };
  await writeFile(join(held.folder, "package.json"), JSON.stringify(manifest));
  await runNpm(
    ["install", held.tarball, "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"],
    held.folder,
  );
}

async function runNpm(args, cwd = inRoot()) {
  const { program, args: first } = npm();
  const { stdout } = await promisify(execFile)(program, [...first, ...args], { cwd, timeout: SETUP_MS });
  return stdout;
}

export const tarball = () => held.tarball;

/** Loads a package of tests/packaging/package.json. @param {string} name */
export async function tool(name) {
  const { load } = await import(pathToFileURL(join(held.tools, "load.mjs")).href);
  return load(name);
}

/** @param {...string} parts below the tools' `node_modules` */
export const toolPath = (...parts) => join(held.tools, "node_modules", ...parts);

/** The folders of all dependencies of the package, by name: other package managers install from them, offline. */
export async function dependencyFolders() {
  const lock = JSON.parse(await readFile(join(held.folder, "package-lock.json"), "utf8"));
  const folders = Object.keys(lock.packages).filter((path) => path && !path.endsWith("/ardexa-client"));
  return Object.fromEntries(
    folders.map((path) => [
      path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
      join(held.folder, path),
    ]),
  );
}

/** @param {...string} parts below the installed package */
export const installed = (...parts) => join(held.folder, "node_modules", "ardexa-client", ...parts);

let count = 0;

/**
 * A test with its own project folder.
 * @param {string} name
 * @param {(string | [string, string])[]} sources files of `projects/` to copy to its top level; a pair renames a file
 * @param {(t: import("node:test").TestContext, folder: string) => unknown} body
 * @param {{ skip?: string | false, timeout?: number }} [options]
 */
export function project(name, sources, body, { skip = false, timeout = LIMIT_MS } = {}) {
  const short = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  test(name, { timeout, skip }, async (t) => {
    const folder = join(held.folder, `${++count}-${short}`);
    try {
      await mkdir(folder);
      for (const source of sources) {
        const [file, as = basename(file)] = [source].flat();
        await cp(join(PROJECTS, file), join(folder, as), { recursive: true });
      }
      await body(t, folder);
    } catch (error) {
      held.failed = true;
      console.log(`${name} failed; its project is kept in ${folder}`);
      throw error;
    }
  });
}

/** Whether this is a sample value of the simulator, in which about one in a hundred is null. @param {unknown} value */
export const isValue = (value) => value === null || typeof value === "number";

/** @param {import("node:test").TestContext} t */
export async function cloud(t) {
  const sim = await startSimulator({ devices: 6, commandMs: 0, samplesPerSecond: 50 });
  t.after(() => sim.close());
  const [device] = sim.devices;
  return {
    sim,
    /** The argument of `exercise` in projects/exercise.mjs. */
    given: {
      options: { url: sim.url, workgroup: sim.workgroup, token: sim.token },
      deviceId: device.id,
      request: { deviceId: device.id, table: "solar", source: "inverter-01", field: "AC Power" },
      samples: SAMPLES,
    },
    /** Asserts that a project did its work and closed its connection. @param {any} told the result of `exercise` */
    check(told) {
      assert.match(told.stdout, /load average/);
      assert.equal(told.returnCode, 0);
      assert.equal(told.values.length, SAMPLES);
      assert.ok(told.values.every(isValue), JSON.stringify(told.values));
      assert.equal(told.state, "closed");
      assert.deepEqual(told.refusal, { name: "ArdexaError", code: "invalid-argument", ours: true, error: true });
      assert.equal(sim.stats().connections, 1);
    },
  };
}
