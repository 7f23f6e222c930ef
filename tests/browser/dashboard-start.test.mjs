/** `npm start` leads straight to the dashboard, with a live fleet. In Chromium. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, test } from "node:test";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { npm } from "../../scripts/lib/run.mjs";
import { NETWORK, User } from "./dashboard/support.mjs";
import { LIMIT_MS, until, withBrowser } from "./support.mjs";

describe("npm start", () => {
  const web = withBrowser("chromium");

  test("npm start, word for word", { timeout: 5 * LIMIT_MS }, async (t) => {
    const { program, args } = npm();
    // A group of its own, so that Ctrl-C reaches all of it, as in a terminal.
    const child = spawn(program, [...args, "start", "--", "--port", "0"], { cwd: inRoot(), detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
    const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve(signal ?? code)));
    t.after(() => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGKILL");
    });
    const url = await Promise.race([
      // Without a terminal there are no colours in it.
      new Promise((resolve) => child.stdout.on("data", () => {
        const found = /dashboard is at (\S+?\/)[\s,\x1b]/.exec(output)?.[1];
        if (found) resolve(found);
      })),
      ended.then((code) => assert.fail(`npm start ended with ${code}:\n${output}`)),
    ]);
    for (const told of ["connected", "uptime", "feed", "state", "closed"]) assert.match(output, new RegExp(`^ *${told} `, "m"));

    const user = new User(await web.page(t, { site: url, expectErrors: NETWORK }));
    await user.sees("Connection", "Connected");
    await until(async () => (await user.rows("Devices")).length > 1, "a live fleet");
    await user.go("Shell");
    await user.fill("Command for Redgum Plain Solar Plant", "uptime");
    await user.press("Enter");
    await user.sees("Last command", /^Exit 0/);

    process.kill(-child.pid, "SIGINT");
    // npm passes the signal on and then ends by it itself.
    assert.ok([0, "SIGINT"].includes(await ended), output);
    assert.match(output, /Ending\.\s*$/);
    await assert.rejects(fetch(url), "the site is closed");
    await user.sees("Connection", "Reconnecting");
  });
});
