/** TypeScript, publint and attw on the packed package. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { cloud, isValue, LIMIT_MS, project, tarball, tool, toolPath } from "../lib/consumer.mjs";
import { HERE, run } from "../lib/runtimes.mjs";

const SOURCES = ["exercise.mjs", "types/exercise.d.mts", "types/main.ts"];

/** As named in tests/packaging/package.json. The first is the oldest version that the package's types support. */
const VERSIONS = ["5.2", "5.9", "7"];

/**
 * Compiles a project as strictly as TypeScript can.
 * @param {string} folder
 * @param {object} options
 * @param {{ tsc?: string, files?: string[] }} [more] default: the repository's compiler, and all files
 */
async function compile(folder, options, { tsc = inRoot("node_modules", "typescript", "bin", "tsc"), files } = {}) {
  const compilerOptions = {
    strict: true,
    skipLibCheck: false,
    target: "ES2022",
    lib: ["ES2022", "DOM", "ESNext.Disposable"],
    types: [],
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    ...options,
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  await promisify(execFile)(process.execPath, [tsc, "-p", folder]).catch((error) =>
    assert.fail(error.stdout || error.message),
  );
}

export function typeTests() {
  project("TypeScript, moduleResolution bundler", SOURCES, async (t, folder) => {
    await writeFile(join(folder, "package.json"), '{"type":"module"}');
    await compile(folder, { module: "esnext", moduleResolution: "bundler" });
    const { given, check } = await cloud(t);
    check(await run(t, HERE, folder, "main.js", given));
  });

  project("TypeScript, moduleResolution node16, an ES module", SOURCES, async (t, folder) => {
    await writeFile(join(folder, "package.json"), '{"type":"module"}');
    await compile(folder, { module: "node16", moduleResolution: "node16" });
    const { given, check } = await cloud(t);
    check(await run(t, HERE, folder, "main.js", given));
  });

  project("TypeScript, moduleResolution node16, CommonJS", ["types/required.cts"], async (t, folder) => {
    await compile(folder, { module: "node16", moduleResolution: "node16" });
    const { given } = await cloud(t);
    const { returnCode, values } = await run(t, HERE, folder, "required.cjs", given);
    assert.equal(returnCode, 0);
    assert.equal(values.length, given.samples);
    assert.ok(values.every(isValue), String(values));
  });

  for (const version of VERSIONS) {
    project(`TypeScript ${version}, with the classes of ws`, [...SOURCES, "types/ws.ts"], async (_t, folder) => {
      await writeFile(join(folder, "package.json"), '{"type":"module"}');
      const types = join(folder, "node_modules", "@types");
      await mkdir(types, { recursive: true });
      await symlink(inRoot("node_modules", "@types", "node"), join(types, "node"), "junction");
      await symlink(toolPath("@types", "ws"), join(types, "ws"), "junction");
      const tsc = toolPath(`typescript-${version}`, "bin", "tsc");
      const options = { module: "node16", moduleResolution: "node16", noEmit: true };
      await compile(folder, options, { tsc, files: ["main.ts"] });
      // In old versions the types of Node and ws have errors.
      await compile(folder, { ...options, preserveSymlinks: true, skipLibCheck: true }, { tsc, files: ["ws.ts"] });
    });
  }

  test("publint finds no problems", { timeout: LIMIT_MS }, async () => {
    const [{ publint }, { formatMessage }] = await Promise.all([tool("publint"), tool("publint/utils")]);
    const { buffer, byteOffset, byteLength } = await readFile(tarball());
    const pack = { tarball: buffer.slice(byteOffset, byteOffset + byteLength) };
    const { messages, pkg } = await publint({ pack, strict: true });
    assert.equal(pkg.name, "ardexa-client");
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    );
  });

  test("attw finds the right types with every resolution", { timeout: LIMIT_MS }, async () => {
    const attw = toolPath("@arethetypeswrong", "cli", "dist", "index.js");
    // attw objects to `require` of the module, which is not JavaScript. The profile excludes the resolution of Node
    // before 12, which does not support `exports`.
    const flags = ["--exclude-entrypoints", "ardexa_client_bg.wasm", "--profile", "node16"];
    const args = [attw, tarball(), "--format", "ascii", "--no-emoji", "--no-color", ...flags];
    const { stdout } = await promisify(execFile)(process.execPath, args).catch((error) =>
      assert.fail(error.stdout || error.message),
    );
    assert.match(stdout, /No problems found/);
    assert.match(stdout, /ardexa-client\/inline/);
  });
}
