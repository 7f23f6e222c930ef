/** `npm start` serves the dashboard with a live fleet. In Chromium. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, test } from "node:test";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { npm } from "../../scripts/lib/run.mjs";
import { EXPECTED, User } from "./dashboard/support.mjs";
import { LIMIT_MS, simulator, until, withBrowser } from "./support.mjs";

describe("npm start", () => {
  const web = withBrowser("headless-shell");

  test("npm start as documented", { timeout: 5 * LIMIT_MS }, async (t) => {
    const { program, args } = npm();
    // Its own process group, so that Ctrl-C reaches all of it, as in a terminal.
    const child = spawn(program, [...args, "start", "--", "--port", "0"], {
      cwd: inRoot(),
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve(signal ?? code)));
    t.after(() => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGKILL");
    });
    const url = await Promise.race([
      // The output has no colours, since it is not a terminal.
      new Promise((resolve) =>
        child.stdout.on("data", () => {
          const found = /dashboard is at (\S+?\/)[\s,\x1b]/.exec(output)?.[1];
          if (found) resolve(found);
        }),
      ),
      ended.then((code) => assert.fail(`npm start ended with ${code}:\n${output}`)),
    ]);
    for (const name of ["connected", "uptime", "feed", "state", "closed"])
      assert.match(output, new RegExp(`^ *${name} `, "m"));

    const user = new User(await web.page(t, { site: url, expectErrors: EXPECTED }), web.name);
    await user.sees("Connection", "Connected");
    await user.go("Fleet");
    await until(async () => (await user.rows("Devices")).length > 1, "a live fleet");
    await user.go("Shell");
    await user.fill("Command for Redgum Plain Solar Plant", "uptime");
    await user.press("Enter");
    await user.sees("Last command", /^Exit 0/);

    process.kill(-child.pid, "SIGINT");
    // npm passes the signal on and is then ended by it.
    assert.ok([0, "SIGINT"].includes(await ended), output);
    assert.match(output, /Ending\.\s*$/);
    await assert.rejects(fetch(url), "the site is closed");
    await user.sees("Connection", "Reconnecting");
  });

  test(
    "with a real cloud in the environment: neither the page nor the terminal shows its token",
    { timeout: 5 * LIMIT_MS },
    async (t) => {
      const sim = await simulator(t); // stands in for the real cloud
      const env = {
        ...process.env,
        ARDEXA_URL: sim.url,
        ARDEXA_WORKGROUP: sim.workgroup,
        ARDEXA_TOKEN: sim.token,
        ARDEXA_DEVICE: sim.devices[0].id,
      };
      const child = spawn(process.execPath, [inRoot("scripts", "start.mjs"), "--port", "0"], {
        cwd: inRoot(),
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      t.after(() => child.kill("SIGKILL"));
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (text) => (output += text));
      const url = await until(() => /dashboard is at (\S+?\/)\./.exec(output)?.[1], "the dashboard's address");
      const config = await (await fetch(`${url}config.json`)).json();
      assert.deepEqual(Object.keys(config).sort(), ["devices", "url", "workgroup"]);
      const page = await (await fetch(url)).text();
      for (const text of [JSON.stringify(config), page, output]) assert.ok(!text.includes(sim.token));
      assert.ok(sim.stats().connections > 0, "the terminal's demo has used it");
    },
  );
});
