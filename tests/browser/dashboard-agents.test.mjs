/** The dashboard with unusual agents, a device list that fails, and a silent cloud. In Chromium. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dashboard } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

const bare = (sim) => ({ url: sim.url, workgroup: sim.workgroup, token: sim.token });
/** While 5,000 devices are read and shown. It was 7,500 when each device looked at all others for its site's name. */
const LONGEST_TASK_MS = 2_000;
/** @type {import("../../www/simulator/options.mjs").SimulatorOptions} */
const SILENT = { directory: "none", quietCloud: true, startHour: 10 };

describe("dashboard: agents and lists", () => {
  const web = withBrowser("headless-shell");

  /** Opens an empty cloud, adds one device with such an agent by its ID, and allows the page to read it. */
  async function asked(t, agentFiles, options = {}) {
    const all = await dashboard(t, web, { path: "", sim: { ...SILENT, agentFiles, ...options.sim }, knows: bare });
    await options.before?.(all);
    await all.user.fill("Device ID", all.sim.devices[0].id, "textbox");
    await all.user.click("button", "Add");
    await all.user.click("button", "Allow");
    return all;
  }
  const drawn = ({ page }) =>
    until(
      () =>
        page.evaluate(() =>
          /[1-9][\d,]* samples/.test(
            /** @type {HTMLElement} */ (document.querySelector("article.panel"))?.innerText ?? "",
          ),
        ),
      "samples are drawn",
    );
  /** The text that says what could not be read, and why. @returns {Promise<string>} */
  async function trouble({ user }, said) {
    await user.go("Live");
    const isOpen = await (await user.find("button", "Add feeds")).evaluate((button) => button.ariaExpanded === "true");
    if (!isOpen) await user.click("button", "Add feeds");
    const region = await user.find("region", "Add feeds");
    return until(
      () =>
        region.evaluate((node, said) => {
          const details = [...node.querySelectorAll("details")].find(({ innerText }) => innerText.includes(said));
          return details?.textContent;
        }, said),
      `it says "${said}"`,
    );
  }
  async function byHand({ user }) {
    await user.fill("Table", "solar", "combobox");
    await user.fill("Source", "inverter-01", "combobox");
    await user.fill("Field", "AC Power", "combobox");
    await user.click("button", "Add feed");
  }
  /** The commands that the page has sent. */
  const commands = ({ sim }) =>
    sim.received.filter(({ event }) => event === "device:cmd").map(({ args }) => args[0].cmd);

  test("broken YAML: the logs lead to a chart, and the error is shown", async (t) => {
    const all = await asked(t, "broken-yaml");
    await all.user.find("list", "Sources by deviation");
    await drawn(all);
    assert.match(await trouble(all, "1 item could not be read"), /the configuration was not read: .+ line \d+/);
    assert.deepEqual(
      commands(all)
        .map((cmd) => cmd.split(" ")[0])
        .toSorted(),
      ["cat", "find", "hostname"],
    );
  });

  test("logs with an unknown header: their sources are listed, and one of them is drawn", async (t) => {
    const all = await asked(t, "other-header");
    await until(() => all.page.evaluate(() => location.hash.startsWith("#/live/")), "it leads to Live");
    await drawn(all);
    assert.match(await trouble(all, "could not be read"), /inverter-01\/latest\.csv.*first line/);
    await all.user.find("group", "solar / inverter-06");
  });

  test("files elsewhere: the page says which, and a feed can be typed by hand", async (t) => {
    const all = await asked(t, "elsewhere");
    const said = await trouble(all, "2 items could not be read");
    assert.match(said, /the configuration was not read: .*No such file/);
    assert.match(said, /the logs below \/opt\/ardexa\/logs were not read: /);
    await byHand(all);
    await drawn(all);
  });

  test("a Windows shell: the page says so, and a feed can be typed by hand", async (t) => {
    const all = await asked(t, "windows");
    const said = await trouble(all, "could not be read");
    assert.match(said, /Windows/);
    await byHand(all);
    await drawn(all);
  });

  test("a device that is offline when it is read: the page says so, and it can be read again", async (t) => {
    const all = await asked(t, "usual", { before: ({ sim }) => sim.setOnline(sim.devices[0].id, false) });
    await all.user.seesText(/items? could not be read at \d\d:\d\d:\d\d/);
    await all.user.find("button", "Allow");
    await all.user.find("link", "enter them in Live");
    assert.match(await trouble(all, "could not be read"), /offline/);
    all.sim.setOnline(all.sim.devices[0].id, true);
    await all.user.click("button", "Allow");
    await all.user.find("group", "solar / inverter-01");
  });

  test("a silent cloud: each view says what it knows and what the user can do", async (t) => {
    const { sim, user, page } = await dashboard(t, web, { path: "", sim: SILENT, knows: bare });
    await user.sees(
      "Device list",
      "The cloud returned no device list for this workgroup. Showing the devices known so far. Add others by ID.",
    );
    await user.find("button", "Try again");
    await user.seesText("No devices yet");
    await user.find("textbox", "Device ID");
    await user.go("Fleet");
    await user.find("button", "Add a device…");
    for (const [view, said] of /** @type {[string, RegExp][]} */ ([
      ["Live", /No devices yet/],
      ["Shell", /No devices yet/],
      ["Config", /No devices yet/],
      ["Wire", /No frames yet|samples and pings so far/],
    ])) {
      await user.go(view);
      await until(
        async () => said.test(await (await user.find("region", view)).evaluate((node) => node.innerText)),
        `${view} says ${said}`,
      );
      if (view !== "Wire") await user.find("button", "Add a device…");
    }
    await page.setViewport({ width: 360, height: 740 });
    await user.go("Shell");
    await user.click("button", "Add a device…");
    await user.fill("Device IDs", sim.devices[0].id, "textbox");
    await user.click("button", "Add");
    await user.find("textbox", `Command for ${sim.devices[0].id}`);
  });

  test("a device list that never arrives: the page works meanwhile, and reports it in the end", async (t) => {
    // Shortens the limit of thirty seconds to three.
    const prepare = (page) =>
      page.evaluateOnNewDocument(() => {
        const { setTimeout } = globalThis;
        Object.assign(globalThis, {
          setTimeout: (act, ms, ...rest) => setTimeout(act, ms > 20_000 ? ms / 10 : ms, ...rest),
        });
      });
    const { sim, user } = await dashboard(t, web, { sim: { directory: "hang" }, knows: bare, prepare });
    await user.click("button", "Add devices…");
    await user.fill("Device IDs", sim.devices[0].id, "textbox");
    await user.click("button", "Add");
    await until(async () => (await user.rows("Devices")).length === 1);
    await user.sees("Device list", "The cloud did not return the device list in time.");
    const { listed } = sim.stats();
    await user.click("button", "Try again");
    await until(() => sim.stats().listed > listed, "the list is requested again");
    await user.sees("Connection", "Connected");
  });

  test("5,000 devices: the overview, the sidebar and the shell for many devices remain usable", async (t) => {
    const prepare = (page) =>
      page.evaluateOnNewDocument(() => {
        globalThis.longTasks = [];
        new PerformanceObserver((list) =>
          globalThis.longTasks.push(...list.getEntries().map(({ duration }) => Math.round(duration))),
        ).observe({ type: "longtask", buffered: true });
      });
    const { sim, user, page } = await dashboard(t, web, { path: "", sim: { devices: 5_000 }, knows: bare, prepare });
    await user.find("article", "Redgum Plain");
    sim.setOnline(sim.devices[0].id, false);
    await user.sees("Offline at Redgum Plain", "138 more in Fleet", "list");
    await user.go("Fleet");
    await user.find("button", "All 5,000");
    await user.click("checkbox", "Select all shown");
    await user.click("button", "Run a command…");
    await user.find("textbox", "Command for all selected devices");
    await user.go("Overview");
    await user.find("article", "Redgum Plain");
    const count = await page.evaluate(() => document.querySelectorAll("*").length);
    assert.ok(count < 30_000, `${count} elements`);
    const tasks = await page.evaluate(() => globalThis.longTasks);
    assert.ok(Math.max(...tasks) < LONGEST_TASK_MS, `long tasks: ${tasks}`);
  });
});
