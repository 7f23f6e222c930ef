/** Contrast, roles and names of every view in both themes, checked by axe-core, and overflow at 360 px. In Chromium. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { simulatedDevices } from "../../scripts/lib/target.mjs";
import { AXE } from "./dashboard/search.mjs";
import { dashboard } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

/** Fills each view, so that it shows more than its empty state. */
const VIEWS = {
  overview: async ({ sim, user }) => {
    sim.setOnline(sim.devices[1].id, false);
    await user.sees("Offline at Redgum Plain", "Wind Turbine", "list");
    await user.click("button", "Watch power of Redgum Plain (9 sources)");
    await user.sees("Deviation of solar · AC Power of Redgum Plain", "the median.");
  },
  fleet: async ({ sim, user }) => {
    sim.setOnline(sim.devices[1].id, false);
    await user.sees("Activity", "went offline", "list");
  },
  live: async ({ user }) => {
    for (const name of ["AC Power", "All 11 in one", "Status"]) await user.add("solar / inverter-01", name);
    await user.find("checkbox", "AC Frequency");
  },
  shell: async ({ user }) => {
    // With a selection it opens the command for many devices.
    const isForOne = () => user.has("textbox", "Command for Redgum Plain Solar Plant");
    await until(async () => (await isForOne()) || (await user.has("button", "One device")), "Shell is open");
    if (!(await isForOne())) await user.click("button", "One device");
    await user.fill("Command for Redgum Plain Solar Plant", "uptime; complain");
    await user.press("Enter");
    await user.sees("Last command", /^Exit/);
  },
  config: async ({ user }) => {
    await user.click("button", "Start from an example");
    await user.click("button", "Test");
    await user.sees("Timeline", "Nothing was changed", "region");
  },
  wire: async ({ sim, user }) => {
    await user.find("searchbox", "Filter frames");
    sim.setOnline(sim.devices[1].id, false);
    await user.sees("Frames", "device:stateChange", "list");
  },
};

/** Wording to avoid; a space before "…" is right in a range of figures. */
const AWKWARD =
  /.*(\btick(s|ed)?\b|not well|heard of yet|trying on\b|\bstands?\b|\b(this|that|it) is no\b|as an array|\banew\b|\btexts\b|\btold\b|\bbefell\b|\s…(?! [\d.,])).*/gi;
const PLANT = "Redgum Plain Solar Plant";

/**
 * What each view can open: its role, its name, and how to open it.
 * @type {Record<string, [role: string, name: string, open: (user: any) => Promise<unknown>][]>}
 */
const OPENED = {
  overview: [
    ["dialog", "Connection", (user) => user.click("button", "Connection…")],
    ["dialog", "Keyboard shortcuts", (user) => user.click("button", "Keyboard shortcuts")],
  ],
  fleet: [
    ["dialog", "Add devices", (user) => user.click("button", "Add devices…")],
    ["dialog", `Rename ${PLANT}`, (user) => user.click("button", `Rename ${PLANT}`)],
    [
      "dialog",
      "Upgrade the agents of 1 device?",
      async (user) => {
        await user.click("checkbox", `Select ${PLANT}`);
        await user.click("button", "Upgrade…");
      },
    ],
  ],
  live: [
    ["group", "Layouts", (user) => user.click("button", "Layouts")],
    ["group", "Ask the device", (user) => user.click("button", "Ask the device for its sources…")],
    ["dialog", "Read today's logs?", async (user) => (await user.find("combobox", "Time range")).select("today")],
  ],
  shell: [
    ["list", "Selected devices", (user) => user.click("button", "Selected devices 1")],
    [
      "dialog",
      "Run on 1 device?",
      async (user) => {
        await user.fill("Command for all selected devices", "uptime");
        await user.click("button", "Run…");
      },
    ],
  ],
  config: [
    ["dialog", `Apply to ${PLANT}?`, (user) => user.click("button", "Apply…")],
    ["dialog", `Refresh the metadata of ${PLANT}?`, (user) => user.click("button", "Refresh metadata…")],
    ["dialog", `Upgrade the agent of ${PLANT}?`, (user) => user.click("button", "Upgrade agent…")],
  ],
  wire: [],
};

/** Opens a view with all devices online, as its filling expects. */
async function open({ sim, user }, view) {
  sim.setOnline(sim.devices[1].id, true);
  await user.go(`${view[0].toUpperCase()}${view.slice(1)}`);
}

describe("dashboard: access", () => {
  const web = withBrowser("headless-shell");

  async function faults(page) {
    await page.evaluate(AXE);
    const { violations, passes } = await page.evaluate(() =>
      globalThis.axe.run(document, { rules: { "color-contrast-enhanced": { enabled: false } } }),
    );
    assert.ok(
      passes.some(({ id }) => id === "color-contrast"),
      "contrast was checked",
    );
    return violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ target, failureSummary }) => `${target.flat().join(" ")} (${failureSummary})`).join("; ")}`,
    );
  }

  test("plain wording in every view and dialog", async (t) => {
    const all = await dashboard(t, web, { path: "#/overview", sim: { startHour: 10 } });
    const { sim, user, page } = all;
    const check = async (where) => {
      const said = await page.evaluate(() =>
        [
          document.body.innerText,
          ...[...document.querySelectorAll("body *")]
            .filter((node) => node.checkVisibility())
            .flatMap((node) => ["aria-label", "title", "placeholder"].map((name) => node.getAttribute(name) ?? "")),
        ].join("\n"),
      );
      assert.deepEqual(said.match(AWKWARD) ?? [], [], where);
    };
    for (const [view, fill] of Object.entries(VIEWS)) {
      await open(all, view);
      await check(`${view}, initially`);
      await fill(all);
      await check(view);
      for (const [role, name, show] of OPENED[view]) {
        await show(user);
        await user.find(role, name);
        await check(name);
        await user.press("Escape");
        if (role === "dialog") await until(async () => !(await user.has(role, name)), `${name} is closed`);
      }
    }
    await user.click("button", "Connection…");
    await user.fill("Cloud address", "http://cloud.example");
    await user.click("button", "Connect");
    await user.seesText("This address is not encrypted");
    await check("an address without encryption");
    await user.press("Escape");
    await user.isKickedBy(sim);
    await user.find("button", "Connect again");
    await check("a connection that is ended");
  });

  for (const theme of /** @type {const} */ (["light", "dark"])) {
    test(`every view, ${theme}`, async (t) => {
      const all = await dashboard(t, web, { path: "#/overview", theme, sim: { startHour: 10 } });
      for (const [view, fill] of Object.entries(VIEWS)) {
        await open(all, view);
        await fill(all);
        assert.deepEqual(await faults(all.page), [], view);
      }
    });

    test(`dialogs and notices, ${theme}`, async (t) => {
      const { user, page, sim } = await dashboard(t, web, { theme });
      await user.click("button", "Connection…");
      await user.find("dialog", "Connection");
      assert.deepEqual(await faults(page), []);
      await user.press("Escape");
      await user.click("button", "Keyboard shortcuts");
      await user.find("dialog", "Keyboard shortcuts");
      assert.deepEqual(await faults(page), []);
      await user.press("Escape");
      sim.broadcast("device:new", null);
      await user.seesText("Unexpected message from the server");
      const cut = await page.evaluate(() =>
        [...document.querySelectorAll("[role=alert]")]
          .filter((node) => node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1)
          .map((node) => node.textContent),
      );
      assert.deepEqual(cut, [], "messages are not cut off");
      await user.isKickedBy(sim);
      await user.find("button", "Connect again");
      assert.deepEqual(await faults(page), []);
    });
  }

  test("at 360 px nothing is cut off or scrolls sideways, and the device list is a sheet", async (t) => {
    const named = (sim) =>
      simulatedDevices(sim).map((device, n) => (n === 1 ? { ...device, name: "Name".repeat(30) } : device));
    const all = await dashboard(t, web, {
      width: 360,
      height: 740,
      knows: (sim) => ({ url: sim.url, workgroup: sim.workgroup, token: sim.token, devices: named(sim) }),
    });
    const { user, page } = all;
    all.sim.setOnline(all.sim.devices[1].id, false);
    await user.sees("Activity", "went offline", "list");
    assert.ok(
      await (await user.find("list", "Activity")).evaluate((list) => list.scrollWidth <= list.clientWidth),
      "the longest name causes no overflow",
    );
    for (const view of ["Overview", "Live", "Shell", "Config", "Wire", "Fleet"]) {
      await user.go(view);
      await user.find("region", view);
      const wide = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        ...[...document.querySelectorAll("header *, main button")]
          .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.closest(".toolbar"))
          .map((node) => node.getBoundingClientRect().right),
      ]);
      assert.ok(Math.max(...wide) <= 361, `${view}: ${Math.max(...wide)}`);
      const cut = await page.evaluate(() =>
        [...document.querySelectorAll("main button")]
          .filter((node) => node.checkVisibility({ visibilityProperty: true }) && node.scrollWidth > node.clientWidth)
          .map((node) => node.textContent),
      );
      assert.deepEqual(cut, [], view);
    }
    await user.go("Live");
    const hasSheet = () =>
      page.evaluate(() => document.querySelector("aside").checkVisibility({ visibilityProperty: true }));
    await user.click("button", "Devices");
    await until(hasSheet);
    await user.click("button", "Devices");
    await until(async () => !(await hasSheet()), "the button that opened it closes it");
    await user.click("button", "Devices");
    await user.press("Escape");
    await until(async () => !(await hasSheet()));
    assert.equal(
      await page.evaluate(() => document.activeElement?.getAttribute("aria-label")),
      "Devices",
      "the focus returns to the button",
    );
    await user.click("button", "Devices");
    await user.fill("Filter devices", "battery", "searchbox");
    await user.press("Enter");
    await user.seesText("Feeds of Redgum Plain Battery");
    await until(async () => !(await hasSheet()), "the sheet closes when a device is selected");
    await user.isKickedBy(all.sim);
    await user.sees("Connection", "Not connected");
    const state = await (await user.find("status", "Connection")).boundingBox();
    const button = await (await user.find("button", "Connection…")).boundingBox();
    assert.ok(state.x + state.width <= button.x, "the longest state is not covered");
  });
});
