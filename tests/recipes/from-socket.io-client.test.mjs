/** The page `from-socket.io-client.md`: its code before and after runs, with the same output. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { folder } from "../node/lib/consumer.mjs";
import { simulator } from "../node/lib/cloud.mjs";
import { LIMIT, until } from "../node/lib/until.mjs";
import { run } from "./lib/recipe.mjs";

const page = readFileSync(inRoot("www", "recipes", "from-socket.io-client.md"), "utf8");
const [beforeConnect, beforeMain, after, many, feed, ...more] = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(
  ([, code]) => code,
);
/** The code that the page says is missing from its sample. */
const MISSING = /`(const disconnect = [^`]+)`/.exec(page)?.[1];

/**
 * Runs code of the page against a simulator, replacing only what a reader would.
 * @param {import("node:test").TestContext} t
 * @param {string} name of the file to write it to
 * @param {string} code
 * @param {{ token?: string }} [options]
 */
async function outcome(t, name, code, { token } = {}) {
  const sim = await simulator(t);
  const [device] = sim.devices;
  const places = { "https://app.ardexa.com": sim.url, "your-workgroup-id": sim.workgroup, "your-device-id": device.id };
  let text = code;
  for (const [place, value] of Object.entries(places)) {
    assert.ok(text.includes(place), `${name} names ${place}`);
    text = text.replaceAll(place, value);
  }
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, text);
  const ended = await run(t, file, [], { env: { TOKEN: token ?? sim.token } }).ended;
  await until(() => sim.stats().connected === 0 && sim.stats().feeds === 0, "nothing is left");
  return { sim, device, ...ended };
}

test("every code block is run below", () => {
  assert.ok(MISSING);
  assert.ok(feed);
  assert.deepEqual(more, []);
});

test("the sample, before and after", LIMIT, async (t) => {
  const old = await outcome(t, "before", `${beforeConnect}\n${beforeMain}\n${MISSING}\nmain()\n`);
  assert.equal(old.code, 0, old.stderr);
  assert.match(old.stdout, /^SOCKET CONNECTED\nRPC: \{ correlationId: .*\nREPLY: \{/);
  const now = await outcome(t, "after", after);
  assert.deepEqual({ code: now.code, stderr: now.stderr }, { code: 0, stderr: "" });
  assert.match(now.stdout, /^SOCKET CONNECTED\nREPLY: \{/);
  for (const { stdout } of [old, now])
    for (const field of ["stdout: ' ", "stderr: ''", "returnCode: 0", "correlationId: '"])
      assert.ok(stdout.includes(field), field);
});

test("a refused token ends the program with its code", LIMIT, async (t) => {
  const now = await outcome(t, "refused", after, { token: "wrong" });
  assert.equal(now.code, 1);
  assert.match(now.stderr, /unauthorized/);
});

test("several commands", LIMIT, async (t) => {
  const { code, stdout, device } = await outcome(t, "many", many);
  assert.equal(code, 0);
  assert.ok(stdout.startsWith(`${device.hostname}\n`));
  assert.match(stdout, /load average/);
  assert.match(stdout, /Filesystem/);
});

test("the feed", LIMIT, async (t) => {
  const { code, stdout, sim } = await outcome(t, "feed", feed);
  assert.equal(code, 0);
  assert.equal(stdout.trimEnd().split("\n").length, 5);
  assert.equal(sim.stats().received["device:feed:stop"], 1);
});
