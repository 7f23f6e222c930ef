/** The dashboard's panels: layouts as files, the axis from zero, boolean strips, CSV of several feeds. In Chromium. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { dashboard, noteWriting, writing } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

const PLANT = "Redgum Plain Solar Plant";
const POWER = `AC Power, ${PLANT} · solar / inverter-01`;
const FREQUENCY = `AC Frequency, ${PLANT} · solar / inverter-01`;

describe("dashboard: panels", () => {
  const web = withBrowser("headless-shell");

  async function folder(t) {
    const path = await mkdtemp(join(tmpdir(), "ardexa-panels-"));
    t.after(() => rm(path, { recursive: true, force: true }));
    return path;
  }
  /** Clicks a button that saves a file. @returns {Promise<string>} its contents */
  async function saved(t, { user, page }, button, wanted) {
    const into = await folder(t);
    const cdp = await page.createCDPSession();
    await cdp.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: into });
    await user.click("button", button);
    await until(async () => (await readdir(into)).includes(wanted), `${wanted} is saved`);
    return readFile(join(into, wanted), "utf8");
  }
  const openLayouts = async ({ user }) => {
    if (!(await user.has("group", "Layouts"))) await user.click("button", "Layouts");
    await user.find("group", "Layouts");
  };
  async function importLayouts(t, all, name, text) {
    const path = join(await folder(t), name);
    await writeFile(path, text);
    await openLayouts(all);
    const [chooser] = await Promise.all([all.page.waitForFileChooser(), all.page.click("::-p-text(Import layouts)")]);
    await chooser.accept([path]);
  }

  test("layouts are exported as JSON, and imported by another page", async (t) => {
    const one = await dashboard(t, web, { path: "#/live" });
    for (const field of ["AC Power", "AC Frequency"]) await one.user.add("solar / inverter-01", field);
    await one.user.click("button", "Axis from 0 for AC Power");
    await openLayouts(one);
    await one.user.fill("Layout name", "Morning", "textbox");
    await one.user.click("button", "Save");
    await one.user.sees("Messages", "Layout Morning saved.");
    await openLayouts(one);
    const text = await saved(t, one, "Export layouts", "layouts.json");
    const { Morning: panels } = JSON.parse(text);
    assert.deepEqual(
      panels.map(({ request }) => request.field),
      ["AC Power", "AC Frequency"],
    );
    assert.ok(!text.includes(one.sim.token));

    const other = await dashboard(t, web, { path: "#/live" });
    await importLayouts(t, other, "layouts.json", text);
    await other.user.sees("Messages", "Layouts imported from layouts.json.");
    await openLayouts(other);
    await other.user.click("button", "Morning");
    for (const name of [POWER, FREQUENCY])
      await until(async () => /\d+ samples/.test(await other.user.panel(name)), `${name} is drawn`);
    assert.equal(
      await (await other.user.find("button", "Axis from 0 for AC Power")).evaluate((node) => node.ariaPressed),
      "false",
    );
    await other.page.reload();
    await openLayouts(other);
    await other.user.find("button", "Morning");
  });

  test("a file without layouts is refused with an error, and changes nothing", async (t) => {
    const all = await dashboard(t, web, { path: "#/live" });
    await all.user.add("solar / inverter-01", "AC Power");
    const request = { deviceId: all.sim.devices[0].id, table: "solar", source: "inverter-01" };
    const NO_LAYOUTS = "This file contains no layouts. Choose a file that was exported here.";
    const refused = {
      "cut.json": ['{"Morning": [', "This file is not valid JSON. Choose a file that was exported here."],
      "null.json": ["null", NO_LAYOUTS],
      "list.json": ["[]", NO_LAYOUTS],
      "empty.json": ["{}", NO_LAYOUTS],
      "text.json": ['"Morning"', NO_LAYOUTS],
      "no-device.json": [JSON.stringify({ a: [{ request: { ...request, deviceId: "" }, columns: [0] }] }), NO_LAYOUTS],
      "no-columns.json": [JSON.stringify({ a: [{ request, columns: [] }] }), NO_LAYOUTS],
      "negative.json": [JSON.stringify({ a: [{ request, columns: [-1] }] }), NO_LAYOUTS],
      "text-for-a-switch.json": [JSON.stringify({ a: [{ request, columns: [0], isFromZero: "no" }] }), NO_LAYOUTS],
      "wrong-neighbour.json": [JSON.stringify({ a: [{ request, columns: [0], others: [7] }] }), NO_LAYOUTS],
    };
    await (
      await all.user.find("status", "Messages")
    ).evaluate((list) => {
      globalThis.said = [];
      new MutationObserver((records) =>
        records.forEach(({ addedNodes }) => addedNodes.forEach(({ textContent }) => globalThis.said.push(textContent))),
      ).observe(list, { childList: true });
    });
    let count = 0;
    for (const [name, [text, said]] of Object.entries(refused)) {
      await importLayouts(t, all, name, text);
      count++;
      const heard = await until(async () => {
        const texts = await all.page.evaluate(() => globalThis.said);
        return texts.length === count && texts;
      }, `a message about ${name}`);
      assert.equal(heard.at(-1), said, name);
    }
    await openLayouts(all);
    await until(
      async () => (await all.user.find("button", "Export layouts")).evaluate((node) => node.disabled),
      "there is no layout to export",
    );
    assert.match(await all.user.panel(POWER), /AC Power/);
  });

  test("a layout with a missing device or missing columns: its panels say so", async (t) => {
    const all = await dashboard(t, web, { path: "#/live" });
    const { user, page, sim } = all;
    const request = { deviceId: sim.devices[0].id, table: "solar", source: "inverter-01" };
    await importLayouts(
      t,
      all,
      "old.json",
      JSON.stringify({
        Old: [
          { request: { ...request, deviceId: "no-such-device", field: "AC Power" }, columns: [0] },
          { request, columns: [0, 999] },
        ],
      }),
    );
    await openLayouts(all);
    await user.click("button", "Old");
    await user.click("button", "All");
    await user.sees("AC Power, no-such-device · solar / inverter-01", /The cloud answered: .+/, "article");
    await user.sees(`inverter-01, ${PLANT} · solar / inverter-01`, /[1-9]\d* samples/, "article");
    assert.equal(await page.evaluate(() => document.querySelectorAll("article.panel").length), 2);
  });

  test("power is drawn from zero, which can be switched off permanently; a frequency is not", async (t) => {
    const { sim, user, page } = await dashboard(t, web, {
      path: "#/live",
      prepare: noteWriting,
      sim: { startHour: 10, samplesPerSecond: 0 },
    });
    await user.add("solar / inverter-01", "AC Power");
    const { feedId } = await until(() => sim.feeds()[0], "the feed is open");
    const send = (value, messageId) =>
      sim.sockets[0].emit("device:feed:reply", {
        feedId,
        event_time: new Date().toISOString(),
        table: "solar",
        source: "inverter-01",
        device: sim.devices[0].id,
        messageId,
        value,
      });
    send(17_000, "1");
    await until(async () => /1 sample\b/.test(await user.panel(POWER)), "the first sample");
    send(17_100, "2");
    // In kW, as the last label says.
    const axis = async () =>
      (await writing(page))
        .filter((text) => /^-?[\d.]+( kW)?$/.test(text))
        .map(parseFloat)
        .sort((a, b) => a - b);
    await until(async () => (await axis())[0] === 0, "the axis begins at zero");
    const zero = () => user.find("button", "Axis from 0 for AC Power");
    const isPressed = async () => (await zero()).evaluate((node) => node.ariaPressed);
    assert.equal(await isPressed(), "true");
    await user.click("button", "Axis from 0 for AC Power");
    assert.equal(await isPressed(), "false");
    await until(async () => (await axis())[0] > 16, "the axis fits the values");
    await page.reload();
    await until(async () => (await isPressed()) === "false", "the setting is kept");
    if (!(await user.has("group", "solar / inverter-01"))) await user.click("button", "Add feeds");
    await user.add("solar / inverter-01", "AC Frequency");
    await until(async () => (await user.panel(FREQUENCY)) !== "");
    assert.ok(!(await user.has("button", "Axis from 0 for AC Frequency")));
  });

  test("a boolean is a strip of two levels, shown as true or false", async (t) => {
    const { sim, user, page } = await dashboard(t, web, {
      path: "#/live",
      prepare: noteWriting,
      sim: { startHour: 10, samplesPerSecond: 0 },
    });
    const DOOR = `cabinet_door, ${PLANT} · system / cabinet_door`;
    await user.add("system / cabinet_door", "Add");
    const { feedId } = await until(() => sim.feeds()[0], "the feed is open");
    let sent = 0;
    for (const value of [false, true, false, true]) {
      sim.sockets[0].emit("device:feed:reply", {
        feedId,
        event_time: new Date().toISOString(),
        table: "system",
        source: "cabinet_door",
        device: sim.devices[0].id,
        messageId: String(sent++),
        value,
      });
      await until(
        async () => new RegExp(`\\b${value}\\b[^]*\\b${sent} sample`).test(await user.panel(DOOR)),
        `${value} is shown`,
      );
    }
    await until(async () => {
      const levels = (await writing(page)).filter((text) => !/\d/.test(text));
      return levels.includes("true") && levels.includes("false") && levels.length === 2;
    }, "its axis has two levels and no numbers");
    assert.ok(!(await user.has("button", "Axis from 0 for cabinet_door")));
  });

  test("several feeds are exported as one CSV: one line per value, with its origin", async (t) => {
    const QUOTED = 'Redgum "Plain", north';
    const all = await dashboard(t, web, {
      path: "#/live",
      sim: { samplesPerSecond: 0, directory: "none" },
      knows: (sim) => ({
        url: sim.url,
        workgroup: sim.workgroup,
        token: sim.token,
        devices: [{ id: sim.devices[0].id, name: QUOTED, online: true, tables: sim.devices[0].tables }],
      }),
    });
    const { sim, user } = all;
    await until(async () => user.has("group", "solar / inverter-01"));
    for (const field of ["AC Power", "AC Frequency"]) await user.add("solar / inverter-01", field);
    await user.add("Compare solar", "DC Voltage 1 of 6");
    const feeds = await until(() => sim.feeds().length === 8 && sim.feeds(), "all feeds are open");
    const sent = [];
    for (const value of [1.5, null, -2]) {
      for (const [n, { feedId, deviceId, table, source, field }] of feeds.entries()) {
        const time = new Date().toISOString();
        sim.sockets[0].emit("device:feed:reply", {
          feedId,
          event_time: time,
          table,
          source,
          device: deviceId,
          messageId: `${sent.length}`,
          value: value === null ? null : value + n,
        });
        if (value !== null)
          sent.push([time, '"Redgum ""Plain"", north"', deviceId, table, source, field, value + n].join(","));
      }
    }
    const counts = () =>
      user.page.evaluate(() =>
        [...document.querySelectorAll("article.panel")].map(
          (/** @type {HTMLElement} */ panel) => /([\d,]+) sample/.exec(panel.innerText)?.[1],
        ),
      );
    await until(async () => (await counts()).join() === "3,3,18", "all samples");
    const [head, ...lines] = (await saved(t, all, "Export CSV", "live.csv")).split("\r\n");
    assert.equal(head, "time,device,device_id,table,source,field,value");
    assert.equal(lines.pop(), "", "the last line ends with a line break");
    assert.deepEqual(lines.toSorted(), sent.toSorted());
  });
});
