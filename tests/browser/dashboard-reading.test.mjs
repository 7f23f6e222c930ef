/** Reading the dashboard: content stays in place, keys reach everything, outages recover. In Chromium. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { back, dashboard, gate } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

const NAME = "Redgum Plain Solar Plant";
const POWER = `AC Power, ${NAME} · solar / inverter-01`;

describe("dashboard: reading", () => {
  const web = withBrowser("headless-shell");

  /** Whether a list is scrolled, and the item at its upper edge. */
  const reading = (element) =>
    element.evaluate((node) => {
      const top = node.getBoundingClientRect().top;
      const item = [...node.querySelectorAll("li")].find((line) => line.getBoundingClientRect().bottom > top + 1);
      return {
        far: node.scrollTop > 8,
        at: item?.textContent,
        from: Math.round((item?.getBoundingClientRect().top ?? 0) - top),
      };
    });
  const scroll = (element, by) => element.evaluate((node, by) => void (node.scrollTop = by), by);

  test("new events do not move a scrolled list: a pill counts them", async (t) => {
    const { sim, user } = await dashboard(t, web);
    for (let n = 0; n < 60; n++) sim.setOnline(sim.devices[1].id, n % 2 !== 0);
    const log = await user.find("list", "Activity");
    await until(() => log.evaluate((node) => node.children.length === 60));
    await scroll(log, 200);
    const before = await reading(log);
    assert.ok(before.far);
    for (const online of [false, true, false]) sim.setOnline(sim.devices[2].id, online);
    await user.find("button", "3 new events");
    assert.deepEqual(await reading(log), before);
    await user.click("button", "3 new events");
    await until(async () => !(await user.has("button", "3 new events")));
    assert.match((await reading(log)).at, /Grid Meter went offline/);
  });

  test("new frames do not move a scrolled list", async (t) => {
    const { sim, user } = await dashboard(t, web, { path: "#/wire" });
    await user.find("searchbox", "Filter frames");
    for (let n = 0; n < 60; n++) sim.setOnline(sim.devices[1].id, n % 2 !== 0);
    // Includes the frames of the handshake.
    await user.seesText(/\b6\d frames/);
    const place = await user.find("region", "Frames, newest first");
    await scroll(place, 200);
    const before = await reading(place);
    for (const online of [false, true]) sim.setOnline(sim.devices[2].id, online);
    await user.find("button", "2 new");
    assert.deepEqual(await reading(place), before);
    await user.click("button", "2 new");
    await user.sees("Frames", sim.devices[2].name, "list");
  });

  test("pressing a frame while others arrive opens that frame", async (t) => {
    const { sim, user, page } = await dashboard(t, web, { path: "#/live", sim: { samplesPerSecond: 100 } });
    await user.add("solar / inverter-01", "AC Power");
    await user.go("Wire");
    await user.click("checkbox", "Hide samples and pings");
    await user.sees("Frames", "device:feed:reply", "list");
    const { x, y } = await (await user.find("list", "Frames")).boundingBox();
    await page.mouse.move(x + 200, y + 50);
    // Rows under the pointer do not move.
    await user.seesText(/\d new\b/);
    const text = await page.evaluate(
      () => /** @type {HTMLElement} */ (document.querySelector("button:hover")).innerText,
    );
    await page.mouse.down();
    const sent = sim.stats().samples;
    await until(() => sim.stats().samples > sent + 100);
    await page.mouse.up();
    await user.find("heading", `In at ${text.split(/\s/)[0]}`);
  });

  test("a filter applies to a scrolled list", async (t) => {
    const { sim, user } = await dashboard(t, web, { path: "#/live", sim: { samplesPerSecond: 100 } });
    await user.add("solar / inverter-01", "AC Power");
    await user.add("solar / inverter-01", "AC Voltage");
    await user.go("Wire");
    await user.click("checkbox", "Hide samples and pings");
    const place = await user.find("region", "Frames, newest first");
    await until(() => place.evaluate((node) => node.scrollHeight > node.clientHeight + 400));
    await scroll(place, 200);
    await user.seesText(/\d new\b/);
    const [one, other] = sim.feeds().map(({ feedId }) => feedId);
    await user.fill("Filter frames", one, "searchbox");
    await until(async () => {
      const listed = await user.reads("Frames", "list");
      return listed.includes(one) && !listed.includes(other);
    }, "only matching frames");
  });

  test("samples evict no other frames, and are hidden by default", async (t) => {
    const { sim, user } = await dashboard(t, web, { path: "#/live" });
    await user.add("solar / inverter-01", "AC Power");
    await user.go("Wire");
    await user.seesText("Only samples and pings so far, which are hidden.");
    sim.setOnline(sim.devices[1].id, false);
    await user.sees("Frames", "device:stateChange", "list");
    const sent = sim.stats().samples;
    sim.setRate(2_000);
    await until(() => sim.stats().samples > sent + 10_000);
    sim.setRate(20);
    sim.setOnline(sim.devices[1].id, true);
    await user.sees("Frames", /"online":true[^]*"online":false/, "list");
    await user.click("checkbox", "Hide samples and pings");
    await user.sees("Frames", "device:feed:reply", "list");
  });

  test("a frame is copied as received", async (t) => {
    const { sim, site, user, page } = await dashboard(t, web, { path: "#/wire" });
    await page
      .browserContext()
      .overridePermissions(new URL(site.url).origin, [
        "clipboard-read",
        "clipboard-write",
        "clipboard-sanitized-write",
      ]);
    await user.find("searchbox", "Filter frames");
    sim.setOnline(sim.devices[1].id, false);
    await user.sees("Frames", "device:stateChange", "list");
    await (await (await user.find("list", "Frames")).$("button")).click();
    await page.bringToFront();
    await user.click("button", "Copy frame");
    await user.find("button", "Copied");
    const text = await page.evaluate(() => navigator.clipboard.readText());
    assert.deepEqual(JSON.parse(text.slice(2))[0], "device:stateChange");
  });

  test("g and a letter open each view, / its filter, arrows and Enter a device; Escape leaves", async (t) => {
    const { user, page } = await dashboard(t, web);
    const focused = () =>
      page.evaluate(({ activeElement, body } = document) =>
        activeElement === body ? "" : (activeElement.getAttribute("aria-label") ?? activeElement.textContent),
      );
    for (const [key, view, filter] of [
      ["w", "Wire", "Filter frames"],
      ["f", "Fleet", "Filter the fleet"],
      ["s", "Shell"],
      ["l", "Live", "Search feeds"],
      ["c", "Config", "Filter devices"],
    ]) {
      await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
      await user.press("g");
      await user.press(key);
      await user.find("region", view);
      // The shell may already have the focus in its command line, where `/` is text.
      if (!filter) continue;
      await user.find("searchbox", filter);
      await user.press("/");
      await until(async () => (await focused()) === filter, `${view}: / focuses its filter`);
    }
    await page.keyboard.type("wind");
    await user.press("ArrowDown");
    await until(async () => (await focused()).includes("Redgum Plain Wind Turbine"));
    await user.press("Enter");
    await user.find("group", "Configuration of Redgum Plain Wind Turbine");
    await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
    await user.press("/");
    await user.press("Escape");
    await user.press("Escape");
    assert.notEqual(await focused(), "Filter devices");
  });

  test("the skip link leads to the open view", async (t) => {
    const { user, page } = await dashboard(t, web, { path: "#/live" });
    await user.find("group", "solar / inverter-01");
    await user.press("Tab");
    await user.press("Enter");
    await until(() => page.evaluate(() => document.activeElement?.tagName === "MAIN"));
    await user.find("region", "Live");
    assert.match(await page.evaluate(() => location.hash), /^#\/live/);
  });

  test("Try now skips the wait for the next attempt", async (t) => {
    const way = await gate(t);
    const { sim, user } = await dashboard(t, web, {
      knows: (sim) => ((way.to = sim.port), { url: way.url, workgroup: sim.workgroup, token: sim.token }),
    });
    way.shut();
    await user.sees("Connection", "Reconnecting");
    // The delays are random and grow; waits for one that is long enough to skip.
    let due = 0;
    await until(async () => {
      const text = await user.page.evaluate(() => document.body.innerText);
      due = Date.now() + (Number(/Retrying in (\d+) s/.exec(text)?.[1] ?? 0) - 1) * 1_000;
      return due > Date.now() + 4_500;
    }, "a long delay");
    assert.ok(way.turnedAway > 0);
    way.isOpen = true;
    await user.click("button", "Retry now");
    await until(() => sim.stats().connections === 2, "the second connection");
    assert.ok(Date.now() < due, "earlier than it was due");
    await user.sees("Connection", "Connected");
    await until(async () => !(await user.has("button", "Retry now")), "the notice is gone");
  });

  test("a laptop that sleeps: on waking it reconnects, and the gap is shown", async (t) => {
    const { sim, user, page } = await dashboard(t, web, {
      path: "#/live",
      sim: { startHour: 10, pingIntervalMs: 300, pingTimeoutMs: 3_000 },
    });
    await user.add("solar / inverter-01", "AC Power");
    await until(async () => /\d+ samples/.test(await user.panel(POWER)));
    const cdp = await page.createCDPSession();
    await cdp.send("Debugger.enable");
    await cdp.send("Debugger.pause");
    await until(() => sim.stats().connected === 0, "the cloud to drop the connection");
    await cdp.send("Debugger.resume");
    await cdp.send("Debugger.disable");
    await back(sim, user, 2);
    await until(async () => /1 gap, last/.test(await user.panel(POWER)));
    const count = async () => Number(/([\d,]+) samples/.exec(await user.panel(POWER))?.[1].replace(",", ""));
    const before = await count();
    await until(async () => (await count()) > before, "samples to arrive again");
  });

  test("a device that goes offline during its upgrade: the timeline shows it, and the result", async (t) => {
    const { sim, user } = await dashboard(t, web, { path: "#/config", sim: { upgradeStepMs: 1_000 } });
    const [{ id }] = sim.devices;
    await user.click("button", "Upgrade agent…");
    await user.click("checkbox", "I understand");
    await user.click("button", "Upgrade the agent");
    await user.sees("Timeline", "Sending ardexactl", "region");
    sim.setOnline(id, false);
    await user.sees("Timeline", /Sending ardexactl[^]*The device went offline\./, "region");
    assert.ok(await user.has("progressbar", `Upgrade agent of ${NAME}`), "the upgrade is still pending");
    sim.setOnline(id, true);
    await user.sees("Timeline", /went offline[^]*came online[^]*The agent is upgraded\.(?! It says)/, "region");
  });
});
