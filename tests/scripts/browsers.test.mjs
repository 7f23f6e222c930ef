// How the browsers for the tests are located.
import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { findBrowser, launchOptions } from "../../scripts/lib/browsers.mjs";
import { Problem } from "../../scripts/lib/problem.mjs";

const skip = process.platform !== "linux" && "other systems also search fixed locations";

test("a browser is found by its variable first, then on PATH", { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "ardexa-browsers-"));
  t.after(() => rm(folder, { recursive: true }));
  assert.equal(findBrowser("chromium", { PATH: folder }), undefined);

  const [onPath, told] = [join(folder, "chromium-browser"), join(folder, "mine")];
  for (const file of [onPath, told]) await writeFile(file, "#!/bin/sh\n");
  assert.equal(findBrowser("chromium", { PATH: folder }), undefined, "a file that is not executable is ignored");
  for (const file of [onPath, told]) await chmod(file, 0o755);
  const PATH = ["/nowhere", folder].join(delimiter);
  assert.equal(findBrowser("chromium", { PATH }), onPath);
  assert.equal(findBrowser("chromium", { PATH, CHROME_PATH: told }), told);
  assert.equal(findBrowser("firefox", { PATH, CHROME_PATH: told }), undefined);
});

test("Chromium takes the place of a missing headless shell", { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "ardexa-browsers-"));
  t.after(() => rm(folder, { recursive: true }));
  const launched = () => {
    const { executablePath, headless } = launchOptions("headless-shell", { PATH: folder });
    return { executablePath, headless };
  };

  const [chromium, shell] = [join(folder, "chromium"), join(folder, "chromium-headless-shell")];
  await writeFile(chromium, "#!/bin/sh\n", { mode: 0o755 });
  assert.deepEqual(launched(), { executablePath: chromium, headless: true });
  await writeFile(shell, "#!/bin/sh\n", { mode: 0o755 });
  assert.deepEqual(launched(), { executablePath: shell, headless: "shell" });
});

test("a variable that does not name a program is an error", () => {
  assert.throws(
    () => findBrowser("firefox", { FIREFOX_PATH: "/no/such/firefox" }),
    (error) => error instanceof Problem && /FIREFOX_PATH names \/no\/such\/firefox/.test(error.message),
  );
});
