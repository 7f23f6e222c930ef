/** The dashboard's fleet and layout with forty devices, in Chromium. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dashboard } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

const PLANT = "Redgum Plain Solar Plant";
const bare = (sim) => ({ url: sim.url, workgroup: sim.workgroup, token: sim.token });

describe("dashboard: forty devices", () => {
  const web = withBrowser("headless-shell");
  const names = async (user) => (await user.rows("Devices")).map(([, device]) => device.split("\n")[0]);
  const focused = (page) =>
    page.evaluate(({ activeElement, body } = document) =>
      activeElement === body ? "(body)" : (activeElement.getAttribute("aria-label") ?? activeElement.textContent),
    );
  async function addDevices(user, text) {
    await user.click("button", "Add devices…");
    await user.fill("Device IDs", text, "textbox");
    await user.click("button", "Add");
  }

  test("the page itself never scrolls, in any view", async (t) => {
    const { user, page } = await dashboard(t, web, { width: 1440, height: 900, sim: { devices: 40 } });
    await until(async () => (await user.rows("Devices")).length === 40);
    for (const view of ["Fleet", "Live", "Shell", "Config", "Wire"]) {
      await user.go(view);
      await user.find("region", view);
      const { height, shown } = await page.evaluate(() => ({
        height: document.documentElement.scrollHeight,
        shown: innerHeight,
      }));
      assert.equal(height, shown, view);
    }
  });

  test("no row is highlighted unless selected, and on a wide screen the table is as wide as its toolbar", async (t) => {
    const { user, page } = await dashboard(t, web, { width: 1920, height: 1080, sim: { devices: 20 } });
    await until(async () => (await user.rows("Devices")).length === 20);
    const table = await user.find("table", "Devices");
    const looks = () =>
      table.$$eval("tr[data-id]", (rows) =>
        rows.map((row) =>
          ["backgroundColor", "boxShadow", "outlineStyle", "fontWeight"]
            .map((part) => getComputedStyle(row)[part])
            .join(" "),
        ),
      );
    assert.equal(new Set(await looks()).size, 1, (await looks()).slice(0, 2).join(" | "));
    const toolbar = await (await user.find("searchbox", "Filter the fleet")).evaluateHandle((box) => box.parentElement);
    for (const width of [1920, 2560, 1280]) {
      await page.setViewport({ width, height: 1080 });
      const [ends, wanted] = [await table.boundingBox(), await toolbar.boundingBox()];
      assert.ok(
        Math.abs(ends.x + ends.width - wanted.x - wanted.width) <= 1 && Math.abs(ends.x - wanted.x) <= 1,
        `at ${width} px: ${JSON.stringify({ ends, wanted })}`,
      );
    }
    await user.click("checkbox", `Select ${PLANT}`);
    assert.equal(new Set(await looks()).size, 2, "a selected row differs");
  });

  test("while disconnected no state looks current, and the page says how old it is", async (t) => {
    const { sim, user, page } = await dashboard(t, web);
    const colours = () =>
      page.evaluate(() =>
        [...document.querySelectorAll(".fleet .mark .shape")].map((shape) => getComputedStyle(shape).color),
      );
    sim.setOnline(sim.devices[1].id, false);
    await user.sees("Activity", "went offline", "list");
    assert.ok(new Set(await colours()).size > 1, "states have colours while connected");
    await user.isKickedBy(sim);
    await user.sees("Connection", "Not connected");
    assert.equal(new Set(await colours()).size, 1, "all are grey");
    await user.seesText(/Showing data as of \d\d:\d\d:\d\d\./);
  });

  test("a pasted list; a mistyped device is removed, and the removal undone", async (t) => {
    const { sim, user } = await dashboard(t, web, { sim: { directory: "none" }, knows: bare });
    const [a, b] = sim.devices.map(({ id }) => id);
    await addDevices(user, `${a}, ${b} mistyped`);
    await until(async () => (await names(user)).length === 3);
    await user.click("button", "Remove mistyped");
    assert.deepEqual(await names(user), [a, b]);
    await user.sees("Messages", "mistyped removed from this page.");
    await user.click("button", "Undo: mistyped removed from this page.");
    await until(async () => (await names(user)).includes("mistyped"));
  });

  test("a reload keeps names, removals, last activity, address and workgroup, but never the token", async (t) => {
    const { sim, user, page } = await dashboard(t, web, { sim: { directory: "none" }, knows: bare });
    const { id } = sim.devices[0];
    await addDevices(user, id);
    for (const online of [false, true]) sim.setOnline(id, online);
    await until(async () => (await user.rows("Devices"))[0][2].includes("online"));
    await user.click("button", `Rename ${id}`);
    await user.fill("Name", "North roof", "textbox");
    await user.click("button", "Save");
    assert.deepEqual(await names(user), ["North roof"]);
    await until(
      () => page.evaluate(() => Object.values({ ...localStorage }).some((text) => text.includes("North roof"))),
      "the name is stored",
    );
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    assert.ok(!kept.includes(sim.token), "the token is not stored");
    sim.close();
    await page.reload();
    await until(async () => (await names(user)).includes("North roof"));
    const [[, , state, since, seen]] = await user.rows("Devices");
    assert.match(state, /unknown/);
    assert.equal(since, "unknown", "the time of the change is unknown");
    assert.match(seen, /^\d\d:\d\d:\d\d$/);
  });

  test("after a reload the form has the address and the workgroup", async (t) => {
    const { sim, user, page } = await dashboard(t, web, { knows: () => ({}), connected: false });
    await user.fill("Cloud address", sim.url);
    await user.fill("Workgroup", sim.workgroup);
    await user.fill("API token", sim.token);
    await user.click("button", "Connect");
    await user.sees("Connection", "Connected");
    await page.reload();
    const value = async (name) => (await user.find("textbox", name)).evaluate((box) => box.value);
    assert.deepEqual([await value("Cloud address"), await value("Workgroup")], [sim.url, sim.workgroup]);
  });

  test("a device that replies is online, whatever was broadcast", async (t) => {
    const { sim, user } = await dashboard(t, web, { sim: { directory: "none" }, knows: bare });
    const { id } = sim.devices[0];
    await addDevices(user, id);
    await until(async () => (await user.rows("Devices"))[0][2].includes("unknown"));
    await user.click("link", `Shell of ${id}`);
    await user.fill(`Command for ${id}`, "uptime");
    await user.press("Enter");
    await user.sees("Last command", /^Exit 0/);
    await user.go("Fleet");
    await until(async () => (await user.rows("Devices"))[0][2].includes("online"));
    await user.find("button", "Online 1");
  });

  test("sorting by column, and grouping by site", async (t) => {
    const { sim, user } = await dashboard(t, web, { sim: { devices: 12 } });
    await until(async () => (await user.rows("Devices")).length === 12);
    await user.click("button", "State");
    await until(async () => (await user.rows("Devices"))[0][2].includes("offline"), "offline first");
    await user.click("button", "Device");
    const sorted = await names(user);
    assert.deepEqual(
      sorted,
      [...sorted].sort((a, b) => a.localeCompare(b)),
    );
    await user.click("button", "By site");
    const groups = async () =>
      (await user.find("table", "Devices")).evaluate((node) =>
        [...node.querySelectorAll("[scope=rowgroup]")].map((head) => head.textContent),
      );
    assert.deepEqual(await groups(), [
      "Kestrel Ridge 5 devices, 1 offline",
      "Redgum Plain 5 devices",
      "Saltbush Flat 2 devices",
    ]);
    await user.click("button", `Rename ${PLANT}`);
    await user.fill("Site", "South", "combobox");
    await user.click("button", "Save");
    await until(async () => (await groups()).includes("South 1 device"));
    assert.equal(sim.devices[0].name, PLANT);
  });

  test("keyboard only: one tab stop for the list, arrows, Escape clears the filter, focus is never lost", async (t) => {
    const { sim, user, page } = await dashboard(t, web, { sim: { devices: 40 } });
    await until(async () => (await user.rows("Devices")).length === 40);
    sim.setOnline(sim.devices[0].id, false);
    await user.sees("Activity", "went offline", "list");
    await user.press("/");
    await page.keyboard.type("wind");
    await until(async () => (await user.rows("Devices")).length < 40);
    await user.press("ArrowDown");
    await until(async () => /Wind Turbine/.test(await focused(page)));
    await user.press("ArrowRight");
    assert.match(await focused(page), /^Live of/);
    await user.press("ArrowRight");
    assert.match(await focused(page), /^Shell of/);
    await user.press("Escape");
    await until(async () => (await user.rows("Devices")).length === 40, "Escape clears the filter");
    assert.equal(await focused(page), "Filter the fleet");
    await user.press("ArrowDown");
    let tabs = 0;
    while ((await focused(page)) !== "Activity") {
      await user.press("Tab");
      assert.ok(++tabs < 4, `Activity is reached from the list by few tabs; at ${await focused(page)}`);
    }
    await user.press("g");
    await user.press("w");
    await user.find("region", "Wire");
    assert.notEqual(await focused(page), "(body)");
  });

  test("upgrading many devices: confirmation with a list, the failed ones, and a retry", async (t) => {
    const { sim, user } = await dashboard(t, web, { sim: { devices: 6, upgradeStepMs: 5 } });
    await until(async () => (await user.rows("Devices")).length === 6);
    for (const at of [0, 4]) await user.click("checkbox", `Select ${sim.devices[at].name}`);
    await user.click("button", "Upgrade…");
    await user.find("dialog", "Upgrade the agents of 2 devices?");
    await user.sees("Devices to upgrade", /Solar Plant.*Gateway/, "list");
    assert.equal(sim.stats().received["device:doUpgrade"] ?? 0, 0, "nothing is sent before the confirmation");
    await user.click("checkbox", "I understand");
    await user.click("button", "Upgrade 2 agents");
    await user.sees("Upgrades", "Upgrades: 1 of 2 done, 1 failed: Redgum Plain Gateway.");
    sim.devices[4].failsUpgrade = false;
    await user.click("button", "Retry 1 failed");
    await user.sees("Upgrades", "Upgrades: 1 of 1 done.");
  });

  const REFUSALS = {
    none: "The cloud returned no device list for this workgroup.",
    html: "The cloud returned something other than a device list.",
    unauthorized: "This token may not read the device list.",
    forbidden: "This token may not read the device list.",
    "not-found": "The cloud returned no device list for this workgroup.",
    error: "The cloud",
  };
  for (const [name, said] of Object.entries(REFUSALS)) {
    const directory = /** @type {keyof typeof REFUSALS} */ (name);
    test(`device list ${directory}: the page says so, and devices can be added`, async (t) => {
      const { user } = await dashboard(t, web, { sim: { directory }, knows: bare });
      await user.sees("Device list", said);
      await addDevices(user, "a-device");
      await until(async () => (await names(user)).includes("a-device"));
    });
  }

  test("a device list that CORS forbids, and one of 5,000 devices", async (t) => {
    const { user } = await dashboard(t, web, { sim: { directoryCors: false }, knows: bare });
    await user.sees("Device list", "does not allow requests from other origins");
    const many = await dashboard(t, web, { sim: { devices: 5_000 }, knows: bare });
    await many.user.find("button", "All 5,000");
    await many.user.press("/");
    await many.page.keyboard.type("turbine 200");
    await until(async () => {
      const found = await many.user.rows("Devices");
      return found.length > 0 && found.length < 10;
    }, "the filter searches all devices");
  });

  test("at 200 % zoom several devices are visible; at 360 px the page still names its cloud", async (t) => {
    const { sim, user, page } = await dashboard(t, web, { width: 640, height: 400, sim: { devices: 40 } });
    await until(async () => (await user.rows("Devices")).length === 40);
    const rows = await page.evaluate(
      () =>
        [...document.querySelectorAll(".fleet tr[data-id]")].filter(
          (row) => row.getBoundingClientRect().bottom <= innerHeight,
        ).length,
    );
    assert.ok(rows >= 4, `${rows} rows`);
    await page.setViewport({ width: 360, height: 740 });
    await user.seesText(`${sim.url.replace("http://", "")} · ${sim.workgroup}`);
    await user.seesText("Connection…");
  });

  test("an error in the form disappears once a field is edited", async (t) => {
    const { user, page } = await dashboard(t, web, {
      knows: (sim) => ({ ...bare(sim), token: "stale" }),
      connected: false,
    });
    await user.seesText("The cloud refused the connection (401 token invalid)");
    await user.fill("API token", "another");
    assert.ok(!(await page.evaluate(() => document.querySelector("dialog").innerText)).includes("refused"));
  });
});
