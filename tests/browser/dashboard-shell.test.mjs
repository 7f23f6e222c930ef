/** The dashboard's shell and wire, as a user sees them, in Chromium. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { simulatedDevices } from "../../scripts/lib/target.mjs";
import { back, dashboard } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

const NAME = "Redgum Plain Solar Plant";

describe("dashboard: shell", () => {
  const web = withBrowser("headless-shell");
  const run = async (user, cmd) => {
    await user.fill(`Command for ${NAME}`, cmd);
    await user.press("Enter");
  };
  const output = (user) => user.reads(`Output of ${NAME}`, "region");

  test("stdout, stderr and return code are distinct; arrows browse the history", async (t) => {
    const { user, page } = await dashboard(t, web, { path: "#/shell" });
    await run(user, "hostname; complain careful; exit 3");
    await user.sees("Last command", /^Exit 3 after \d/);
    await until(
      async () => /solar-01[^]*│ careful[^]*✗ exit 3/.test(await output(user)),
      "stdout, then stderr behind its bar, then the code",
    );
    await run(user, "echo zwei ✓");
    await user.sees("Last command", /^Exit 0/);
    await user.press("ArrowUp");
    await user.press("ArrowUp");
    assert.equal(
      await (await user.find("textbox", `Command for ${NAME}`)).evaluate((box) => box.value),
      "hostname; complain careful; exit 3",
    );
    await user.press("Escape");
    assert.equal(await page.evaluate(() => /** @type {HTMLInputElement} */ (document.activeElement).value), "");
  });

  test("escape sequences of a device only change colours", async (t) => {
    const { user, page } = await dashboard(t, web, { path: "#/shell" });
    const title = await page.title();
    await run(user, String.raw`echo -e 'a'; printf '\x1b]0;owned\x07\x1b[2Jstill here'`);
    await user.sees("Last command", /^Exit 0/);
    assert.equal(await page.title(), title);
    await until(async () => (await output(user)).includes("still here"));
  });

  test("the user can stop waiting, and the page says what that means", async (t) => {
    const { user } = await dashboard(t, web, { path: "#/shell", sim: { slowCommandMs: 3_600_000 } });
    await run(user, "slow");
    await user.sees("Last command", "Running");
    await user.click("button", "Stop waiting");
    await user.sees("Last command", "Stopped waiting. The device is not notified and may still act.");
    await run(user, "true");
    await user.sees("Last command", /^Exit 0/);
  });

  test("a device that goes offline during a command: the page says so, even after visiting another device", async (t) => {
    const { sim, user } = await dashboard(t, web, { path: "#/shell", sim: { slowCommandMs: 3_600_000 } });
    await run(user, "slow");
    await until(() => sim.stats().received["device:cmd"] === 1);
    sim.setOnline(sim.devices[0].id, false);
    await user.sees("Last command", "Running… The device is offline and may never answer.");
    await until(async () => /slow[^]*The device went offline\./.test(await output(user)));
    await (await user.search("link", "online Redgum Plain Battery")).click();
    await user.find("textbox", "Command for Redgum Plain Battery");
    await until(async () => (await user.reads("Last command")) === "", "the other device's shell has run nothing");
    await (await user.search("link", `offline ${NAME}`)).click();
    await user.sees("Last command", "Running… The device is offline and may never answer.");
    sim.setOnline(sim.devices[0].id, true);
    await user.sees("Last command", /^Running…$/);
    await user.click("button", "Stop waiting");
    await user.sees("Last command", "Stopped waiting.");
  });

  test("errors appear below the command", async (t) => {
    const { sim, user } = await dashboard(t, web, { path: "#/shell", sim: { slowCommandMs: 3_600_000 } });
    sim.setOnline(sim.devices[0].id, false);
    await run(user, "uptime");
    await user.sees("Last command", "The cloud answered: Device is offline");
    sim.setOnline(sim.devices[0].id, true);
    await run(user, "slow");
    await user.sees("Last command", "Running");
    await until(() => sim.stats().received["device:cmd"] === 2);
    await sim.restart();
    await user.sees("Last command", "The connection was lost after sending. The device may have acted");
    await back(sim, user, 2);
    await run(user, "true");
    await user.sees("Last command", /^Exit 0/);
  });

  test("one command on many devices, at most N at a time, after a confirmation", async (t) => {
    const { sim, user } = await dashboard(t, web, { sim: { devices: 12, commandMs: 60 } });
    await until(async () => (await user.rows("Devices")).length === 12);
    await user.click("checkbox", "Select all shown");
    await user.click("button", "Run a command…");
    await user.fill("Command for all selected devices", "hostname");
    await user.fill("Devices at a time", "3", "spinbutton");
    await user.click("button", "Run…");
    await user.find("dialog", "Run on 12 devices?");
    assert.equal(sim.stats().received["device:cmd"] ?? 0, 0, "nothing is sent before the confirmation");
    await user.click("button", "Run on 12 devices");
    await user.sees("Progress", "12 of 12 done, 1 failed");
    const rows = await user.rows("Results");
    assert.equal(rows.length, 12);
    assert.equal(rows.filter(([, result]) => result.includes("exit 0")).length, 11);
    assert.match(rows.find(([, result]) => result.includes("failed"))[3], /Device is offline/);
    const at = sim.received.filter(({ event }) => event === "device:cmd").map((entry) => entry.at);
    assert.ok(at[3] - at[0] >= 55, "the fourth waits for one of the first three");
  });

  test("failures come first, equal outputs share a row, and failed devices can run again", async (t) => {
    const { sim, user } = await dashboard(t, web, { sim: { devices: 6 } });
    await until(async () => (await user.rows("Devices")).length === 6);
    await user.click("checkbox", "Select all shown");
    await user.click("button", "Run a command…");
    await user.sees("Selected devices", "Redgum Plain Battery", "list");
    await user.fill("Command for all selected devices", "echo same");
    await user.click("button", "Run…");
    await user.click("button", "Run on 6 devices");
    await user.sees("Progress", "6 of 6 done, 1 failed");
    const rows = await until(async () => {
      const all = await user.rows("Results");
      return all.length === 2 && all;
    }, "two rows");
    assert.match(rows[0][1], /failed/);
    assert.match(rows[1][0], /^5 devices: /);
    sim.setOnline(sim.devices[5].id, true);
    await user.click("button", "Retry 1 failed");
    await user.sees("Progress", /^1 of 1 done$/);
  });

  test("forty names are a list rather than a paragraph, before and after a command", async (t) => {
    const { sim, user, page } = await dashboard(t, web, { sim: { devices: 40, commandMs: 0 } });
    await until(async () => (await user.rows("Devices")).length === 40);
    for (const { id } of sim.devices) sim.setOnline(id, true);
    await user.click("checkbox", "Select all shown");
    await user.click("button", "Run a command…");
    const names = sim.devices.map(({ name }) => name).sort();
    const listed = async (name) =>
      (await user.find("list", name)).$$eval("li", (items) => items.map(({ textContent }) => textContent).sort());
    // Per element with its own text, which a screen reader reads in one go.
    const longest = () =>
      page.evaluate(
        (all) =>
          Math.max(
            ...[.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#view-shell *"))]
              .flatMap((node) =>
                [...node.childNodes]
                  .filter(({ nodeType }) => nodeType === Node.TEXT_NODE)
                  .map((/** @type {Text} */ { data }) => data)
                  .concat(node.getAttribute("aria-label") ?? "", node.title),
              )
              .map((text) => all.filter((name) => text.includes(name)).length),
          ),
        names,
      );
    await until(async () => (await listed("Selected devices")).length === 40);
    assert.deepEqual(await listed("Selected devices"), names);
    // A name may begin with another name.
    assert.ok((await longest()) <= 2, `${await longest()} names together`);
    await user.fill("Command for all selected devices", "echo same");
    await user.click("button", "Run…");
    await user.click("button", "Run on 40 devices");
    await user.sees("Progress", "40 of 40 done");
    const [[device]] = await until(async () => {
      const rows = await user.rows("Results");
      return rows.length === 1 && rows;
    }, "one row");
    assert.match(device, /^40 devices: .* and 37 more$/);
    assert.ok((await longest()) <= 6, `${await longest()} names together`);
    await (await (await user.find("table", "Results")).$("tbody button")).click();
    assert.deepEqual(await listed("Devices with this output"), names);
  });

  test("a long name keeps its prompt, and without a device Stop waiting is disabled", async (t) => {
    const { user, page } = await dashboard(t, web, {
      path: "#/shell",
      knows: (sim) => ({
        url: sim.url,
        workgroup: sim.workgroup,
        token: sim.token,
        devices: simulatedDevices(sim).map((device) => ({ ...device, name: "Name".repeat(30) })),
      }),
      sim: { directory: "none" },
    });
    await user.find("textbox", `Command for ${"Name".repeat(30)}`);
    const { sign, edge } = await page.evaluate(() => {
      const prompt = document.querySelector(".prompt");
      const range = document.createRange();
      range.selectNode(prompt.lastChild);
      return { sign: range.getBoundingClientRect().right, edge: prompt.getBoundingClientRect().right };
    });
    assert.ok(sign > 0 && sign <= edge + 1, `the prompt character ends at ${sign}, the prompt at ${edge}`);
    const none = await dashboard(t, web, {
      path: "#/shell",
      sim: { directory: "none" },
      knows: (sim) => ({ url: sim.url, workgroup: sim.workgroup, token: sim.token }),
    });
    assert.ok(await (await none.user.find("button", "Stop waiting")).evaluate((button) => button.disabled));
  });

  test("stopping many devices: stopped ones are distinguished from failed ones", async (t) => {
    const { sim, user } = await dashboard(t, web, { sim: { slowCommandMs: 3_600_000 } });
    await until(async () => (await user.rows("Devices")).length === 6);
    await user.click("checkbox", "Select all shown");
    await user.click("button", "Run a command…");
    await user.fill("Command for all selected devices", "slow");
    await user.fill("Devices at a time", "6", "spinbutton");
    await user.click("button", "Run…");
    await user.click("button", "Run on 6 devices");
    await user.sees("Progress", "1 of 6 done, 1 failed");
    await until(() => sim.stats().received["device:cmd"] === 6);
    await user.click("button", "Stop");
    await user.sees("Progress", "1 of 6 done, 1 failed, 5 stopped");
  });
});

describe("dashboard: wire", () => {
  const web = withBrowser("headless-shell");

  test("frames in both directions, without the token; filter, pause and details", async (t) => {
    const { sim, user, page } = await dashboard(t, web, { path: "#/wire" });
    await user.find("searchbox", "Filter frames");
    sim.setOnline(sim.devices[1].id, false);
    await user.sees("Frames", "device:stateChange", "list");
    await sim.restart();
    await back(sim, user, 2);
    await user.go("Shell");
    await user.fill(`Command for ${NAME}`, "uptime");
    await user.press("Enter");
    await user.sees("Last command", /^Exit 0/);
    await user.go("Wire");
    await user.sees("Frames", /↓ in.*device:cmd:reply/, "list");
    await user.sees("Frames", /↑ outdevice:cmdRedgum/, "list");
    assert.ok(!(await page.content()).includes(sim.token));

    await user.fill("Filter frames", "cmd:reply", "searchbox");
    await until(async () => !(await user.reads("Frames", "list")).includes("stateChange"));
    await (await (await user.find("list", "Frames")).$("button")).click();
    await user.seesText(/"returnCode": 0/);
    await user.sees("The same request", /device:cmd\d/, "list");
    await user.click("button", "↑ device:cmd");
    await user.find("heading", await page.evaluate(() => document.querySelector("#view-wire h2").textContent));
    await user.seesText(/"cmd": "uptime"/);

    await user.fill("Filter frames", "", "searchbox");
    await user.click("button", "Pause");
    sim.setOnline(sim.devices[1].id, true);
    await user.go("Fleet");
    await user.sees("Activity", "came online", "list");
    await user.go("Wire");
    assert.ok(!(await user.reads("Frames", "list")).includes('"online":true'), "nothing is added while paused");
  });

  test("columns have headings, and the list links a request to its reply", async (t) => {
    const { sim, user, page } = await dashboard(t, web, { path: "#/wire", sim: { commandMs: 40 } });
    const heads = await (
      await user.find("list", "Columns")
    ).$$eval("li", (items) =>
      items.map((item) => ({
        text: item.textContent,
        left: item.getBoundingClientRect().left,
        right: item.getBoundingClientRect().right,
        cut: item.scrollWidth > item.clientWidth,
      })),
    );
    assert.deepEqual(
      heads.map(({ text }) => text),
      ["Time", "Direction", "Event", "Device", "Summary"],
    );
    assert.deepEqual(
      heads.filter(({ cut }) => cut),
      [],
    );
    await user.go("Shell");
    for (const cmd of ["uptime", "hostname"]) {
      await user.fill(`Command for ${NAME}`, cmd);
      await user.press("Enter");
      await until(() => sim.stats().received["device:cmd"] === (cmd === "uptime" ? 1 : 2));
      await user.sees("Last command", /^Exit 0/);
    }
    await user.go("Wire");
    const rows = () =>
      page.$$eval("[aria-label=Frames] li", (items) => items.map((item) => item.innerText.replaceAll("\n", " ")));
    await until(
      async () =>
        (await rows()).filter((row) => /in device:cmd:reply .*[\d.]+ m?s after its request/.test(row)).length === 2,
      "replies show the age of their request",
    );
    assert.equal(
      (await rows()).filter((row) => new RegExp(`out device:cmd ${NAME} answered after [\\d.]+ m?s`).test(row)).length,
      2,
      (await rows()).join(" | "),
    );
    const cells = await page.$$eval("[aria-label=Frames] li:first-child button > *", (spans) =>
      spans.map((span) => span.getBoundingClientRect().left),
    );
    for (const [at, { left }] of heads.entries())
      assert.ok(Math.abs(cells[at] - left) < 2, `column ${at} is under its heading`);
    // Selects the newest reply: its request and the reply before it are marked, but no frame of the other command.
    await (await (await user.find("list", "Frames")).$("button")).click();
    const joined = await until(async () => {
      const found = (await rows()).filter((row) => row.includes("the same request"));
      return found.length > 0 && found;
    }, "its request is marked");
    assert.equal(joined.length, 2, joined.join(" | "));
    assert.match(joined[0], /in device:cmd:rpc /);
    assert.match(joined[1], /out device:cmd .*"cmd":"hostname"/);
  });
});
