/** The dashboard where a cloud or a device gives little: agents of other forms, lists that fail, a cloud that is silent. In Chromium. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dashboard } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

const bare = (sim) => ({ url: sim.url, workgroup: sim.workgroup, token: sim.token });
/** While 5,000 devices are read and shown: it was 7,500 where each device asked all others for the site's name. */
const LONGEST_TASK_MS = 2_000;
const SILENT = { directory: "none", quietCloud: true, startHour: 10 };

describe("dashboard: where little is given", () => {
  const web = withBrowser("chromium");

  /** An empty cloud with one device, pasted, whose agent is of another form; the page has been allowed to ask it. */
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
      () => page.evaluate(() => /[1-9][\d,]* samples/.test(document.querySelector("article.panel")?.innerText ?? "")),
      "samples are drawn",
    );
  /** What could not be read is told with its reason. @returns {Promise<string>} */
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
  /** Read-only, and only once it was allowed. */
  const commands = ({ sim }) =>
    sim.received.filter(({ event }) => event === "device:cmd").map(({ args }) => args[0].cmd);

  test("broken YAML: what the logs say leads to a chart, and the rest is told", async (t) => {
    const all = await asked(t, "broken-yaml");
    await all.user.find("list", "Compared, the deviating one first");
    await drawn(all);
    assert.match(await trouble(all, "1 thing could not be read"), /the configuration was not read: .+ line \d+/);
    assert.deepEqual(
      commands(all)
        .map((cmd) => cmd.split(" ")[0])
        .toSorted(),
      ["cat", "find", "hostname"],
    );
  });

  test("logs with another first line: their sources are known, and one of them is drawn", async (t) => {
    const all = await asked(t, "other-header");
    await until(() => all.page.evaluate(() => location.hash.startsWith("#/live/")), "it leads to Live");
    await drawn(all);
    assert.match(await trouble(all, "could not be read"), /inverter-01\/latest\.csv.*first line/);
    await all.user.find("group", "solar / inverter-06");
  });

  test("files elsewhere: it is told which, and a feed can be typed by hand", async (t) => {
    const all = await asked(t, "elsewhere");
    const said = await trouble(all, "2 things could not be read");
    assert.match(said, /the configuration was not read: .*No such file/);
    assert.match(said, /the logs below \/opt\/ardexa\/logs were not read: /);
    await byHand(all);
    await drawn(all);
  });

  test("a Windows shell: it is told, and a feed can be typed by hand", async (t) => {
    const all = await asked(t, "windows");
    const said = await trouble(all, "could not be read");
    assert.match(said, /Windows/);
    await byHand(all);
    await drawn(all);
  });

  test("a device that is offline when it is asked: it is told, and it can be asked again", async (t) => {
    const all = await asked(t, "usual", { before: ({ sim }) => sim.setOnline(sim.devices[0].id, false) });
    await all.user.seesText(/things? could not be read at \d\d:\d\d:\d\d/);
    await all.user.find("button", "Allow");
    await all.user.find("link", "typed in Live");
    assert.match(await trouble(all, "could not be read"), /offline/);
    all.sim.setOnline(all.sim.devices[0].id, true);
    await all.user.click("button", "Allow");
    await all.user.find("group", "solar / inverter-01");
  });

  test("nothing ever happens: each view says what it knows, and what can be done", async (t) => {
    const { sim, user, page } = await dashboard(t, web, { path: "", sim: SILENT, knows: bare });
    await user.sees(
      "List of devices",
      "The cloud has no list of devices for this workgroup. The page goes on with the devices that it knows; more can be added by their IDs.",
    );
    await user.find("button", "Ask again");
    await user.seesText("No devices yet");
    await user.find("textbox", "Device ID");
    await user.go("Fleet");
    await user.find("button", "Add a device…");
    for (const [view, said] of [
      ["Live", /No devices yet/],
      ["Shell", /No devices yet/],
      ["Config", /No devices yet/],
      ["Wire", /Frames appear here as they go and come|pings have come so far/],
    ]) {
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

  test("a list that does not come: the page works meanwhile, and says so in the end", async (t) => {
    // The thirty seconds that it may take pass in three.
    const prepare = (page) =>
      page.evaluateOnNewDocument(() => {
        const { setTimeout } = globalThis;
        globalThis.setTimeout = (act, ms, ...rest) => setTimeout(act, ms > 20_000 ? ms / 10 : ms, ...rest);
      });
    const { sim, user } = await dashboard(t, web, { sim: { directory: "hang" }, knows: bare, prepare });
    await user.click("button", "Add devices…");
    await user.fill("Device IDs", sim.devices[0].id, "textbox");
    await user.click("button", "Add");
    await until(async () => (await user.rows("Devices")).length === 1);
    await user.sees("List of devices", "The cloud did not give its list of devices in time.");
    const { listed } = sim.stats();
    await user.click("button", "Ask again");
    await until(() => sim.stats().listed > listed, "it is asked again");
    await user.sees("Connection", "Connected");
  });

  test("5,000 devices: the overview, the side bar and Shell of many remain usable", async (t) => {
    const prepare = (page) =>
      page.evaluateOnNewDocument(() => {
        globalThis.tasks = [];
        new PerformanceObserver((list) =>
          globalThis.tasks.push(...list.getEntries().map(({ duration }) => Math.round(duration))),
        ).observe({ type: "longtask", buffered: true });
      });
    const { sim, user, page } = await dashboard(t, web, { path: "", sim: { devices: 5_000 }, knows: bare, prepare });
    await user.find("article", "Redgum Plain");
    sim.setOnline(sim.devices[0].id, false);
    await user.sees("Offline at Redgum Plain", "138 more in Fleet", "list");
    await user.go("Fleet");
    await user.find("button", "All 5,000");
    await user.click("checkbox", "Select all that are shown");
    await user.click("button", "Run a command…");
    await user.find("textbox", "Command for all selected devices");
    await user.go("Overview");
    await user.find("article", "Redgum Plain");
    const count = await page.evaluate(() => document.querySelectorAll("*").length);
    assert.ok(count < 30_000, `${count} elements`);
    const tasks = await page.evaluate(() => globalThis.tasks);
    assert.ok(Math.max(...tasks) < LONGEST_TASK_MS, `long tasks: ${tasks}`);
  });
});
