// `npm run docs`: the crate's documentation by rustdoc, the package's by TypeDoc. A warning of either is an error.
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ensure } from "./setup.mjs";
import { ensurePackages } from "./lib/npm-packages.mjs";
import { inRoot, isMain } from "./lib/paths.mjs";
import { runMain } from "./lib/problem.mjs";
import { say } from "./lib/progress.mjs";
import { step } from "./lib/run.mjs";

const OUT = inRoot("build", "docs");
/** TypeDoc needs a TypeScript of its own: version 7 has no JavaScript API. */
const TYPEDOC = inRoot("scripts", "typedoc");
const LOCKED = process.env.CI ? ["--locked"] : [];

export async function buildDocs() {
  const env = await ensure({ rust: true });
  await ensurePackages(TYPEDOC, "npm packages of TypeDoc");
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });

  // A target folder of its own: what is in `target/doc` may be of any time and any crate.
  const target = inRoot("target", "docs");
  await rm(join(target, "doc"), { recursive: true, force: true });
  await step("rustdoc", "cargo", ["doc", ...LOCKED, "--no-deps", "--lib", "--features", "native", "--target-dir", target], {
    env: { ...env, RUSTDOCFLAGS: "-D warnings" },
    remedy: () => "The crate's documentation has warnings; rustdoc's last lines are above.",
  });
  await cp(join(target, "doc"), join(OUT, "rust"), { recursive: true });

  await step("TypeDoc", process.execPath, [join("node_modules", "typedoc", "bin", "typedoc")], {
    cwd: TYPEDOC,
    remedy: () => "The package's documentation has warnings; TypeDoc's last lines are above.",
  });
  say("  build/docs/rust/ardexa_client/index.html  build/docs/js/index.html");
}

if (isMain(import.meta.url)) await runMain(buildDocs);
