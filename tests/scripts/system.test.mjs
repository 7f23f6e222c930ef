/** Installing by the system's package manager. */
import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { capture } from "../../scripts/lib/run.mjs";
import { canInstall } from "../../scripts/lib/system.mjs";

/** Fails if another one runs, as the real one does. */
const APT_GET = `#!/bin/sh
mkdir "$LOG.running" || { echo "E: Could not get lock" >&2; exit 100; }
for word; do :; done
echo "$word" >> "$LOG"
sleep 0.2
rmdir "$LOG.running"
`;

test("programs that install at once wait for each other", { skip: !canInstall() && "needs apt-get" }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "ardexa-system-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "apt-get"), APT_GET);
  await chmod(join(folder, "apt-get"), 0o755);
  const log = join(folder, "log");
  const env = { ...process.env, LOG: log, PATH: [folder, process.env.PATH].join(delimiter) };
  const system = pathToFileURL(inRoot("scripts", "lib", "system.mjs"));
  const install = (/** @type {string} */ name) =>
    capture(
      process.execPath,
      ["--input-type=module", "-e", `(await import(${JSON.stringify(system)})).aptInstall("it", ["${name}"])`],
      { env },
    );
  for (const { code, output } of await Promise.all([install("one"), install("two"), install("three")]))
    assert.equal(code, 0, output);
  const said = (await readFile(log, "utf8")).trim().split("\n");
  // Each has its lists, then its package.
  assert.deepEqual(said.filter((word) => word !== "update").sort(), ["one", "three", "two"]);
  assert.deepEqual(
    said.filter((_, at) => at % 2 === 0),
    ["update", "update", "update"],
  );
});
