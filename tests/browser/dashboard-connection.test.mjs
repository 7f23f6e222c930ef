/** The dashboard's connection and fleet, as a user sees them, in Chromium. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { back, dashboard } from "./dashboard/support.mjs";
import { simulator, until, withBrowser } from "./support.mjs";

describe("dashboard: connection", () => {
  const web = withBrowser("headless-shell");

  test("connects automatically to the cloud that its server names", async (t) => {
    const { sim, user, page } = await dashboard(t, web);
    assert.equal(sim.stats().connected, 1);
    await user.seesText(sim.url.replace("http://", ""));
    const kept = await page.evaluate(
      () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]) + document.documentElement.outerHTML,
    );
    assert.ok(!kept.includes(sim.token), "the token is neither in storage nor in the page");
  });

  test("neither a handshake nor a heartbeat counts as data", async (t) => {
    const { sim, user, page } = await dashboard(t, web, { sim: { pingIntervalMs: 200 } });
    for (const connections of [1, 2]) {
      await user.seesText(/Connected\s*00:0\d:(0[2-9]|[1-5]\d)/);
      assert.equal(sim.stats().connections, connections);
      assert.match(await page.evaluate(() => document.body.innerText), /no data yet/);
      if (connections > 1) break;
      await sim.restart();
      await back(sim, user, 2);
    }
    sim.setOnline(sim.devices[1].id, false);
    await user.seesText(/last data \d+(\.\d)? s/);
  });

  test("the form opens after the page's own server has gone", async (t) => {
    const { sim, user, page, site } = await dashboard(t, web);
    await until(
      () =>
        page.evaluate(() =>
          performance
            .getEntriesByType("resource")
            .some(
              (/** @type {PerformanceResourceTiming} */ { name, responseEnd }) =>
                name.includes("connect-dialog") && responseEnd > 0,
            ),
        ),
      "its code is loaded",
    );
    await site.close();
    await user.isKickedBy(sim);
    await user.click("button", "Change connection…");
    await user.find("dialog", "Connection");
  });

  test("a cloud that dies and comes back: countdown, time since last data, and recovery", async (t) => {
    const { sim, user } = await dashboard(t, web);
    await user.seesText("no data yet");
    sim.setOnline(sim.devices[1].id, false);
    await user.seesText(/last data \d+(\.\d)? s/);
    await sim.stop();
    await user.sees("Connection", "Reconnecting");
    await user.seesText(/Connection lost \d+ s ago\. Retrying/);
    await user.find("button", "Retry now");
    await sim.listen();
    await user.sees("Connection", "Connected");
    await until(async () => !(await user.has("button", "Retry now")), "the notice is gone");
  });

  test("refused: the form says why, and another token connects", async (t) => {
    const { sim, user, page } = await dashboard(t, web, {
      knows: (sim) => ({ url: sim.url, workgroup: sim.workgroup, token: "stale" }),
      connected: false,
    });
    await user.seesText(
      "The cloud refused the connection (401 token invalid). Check the workgroup, or paste a new token.",
    );
    await user.fill("API token", sim.token);
    await user.click("button", "Connect");
    await user.sees("Connection", "Connected");
    assert.equal(await page.evaluate(() => sessionStorage.getItem("ardexa:connection")), null);
  });

  test("no configuration: the form asks, says what is missing, and remembers in the tab only on request", async (t) => {
    const { sim, user, page } = await dashboard(t, web, { knows: () => ({}), connected: false });
    await user.click("button", "Connect");
    await user.seesText("Enter the cloud's address");
    await user.fill("Cloud address", sim.url);
    await user.fill("Workgroup", sim.workgroup);
    await user.click("button", "Connect");
    await user.seesText("Paste an API token");
    await user.fill("API token", sim.token);
    await user.click("checkbox", "Remember in this tab Otherwise the token stays in memory and is lost on reload.");
    await user.click("button", "Connect");
    await user.sees("Connection", "Connected");
    await page.reload();
    await user.sees("Connection", "Connected");
    await user.click("button", "Connection…");
    await user.click("button", "Disconnect");
    await user.sees("Connection", "Not connected");
    assert.equal(await page.evaluate(() => sessionStorage.getItem("ardexa:connection")), null, "forgotten");
  });

  test("the token for one cloud is never sent to another, whatever was mistyped before", async (t) => {
    const { sim, user } = await dashboard(t, web);
    const other = await simulator(t, { token: "for-the-other-cloud" });
    const connect = async (url) => {
      await user.fill("Cloud address", url);
      await user.fill("API token", other.token);
      await user.click("button", "Connect");
    };
    await user.click("button", "Connection…");
    for (const _ of ["once", "and again"]) {
      await connect("no address");
      await user.seesText("The address must be the cloud's base URL");
    }
    await connect("http://192.0.2.7");
    await user.seesText(
      "This address is not encrypted: anyone on the network path could read the token. Use https:, or select",
    );
    assert.equal(sim.stats().connected, 1, "wrong input did not end the connection");
    await connect(other.url);
    await until(() => other.stats().connected === 1, "a connection to the other cloud");
    await until(() => sim.stats().connected === 0, "the first connection to close");
    assert.equal(sim.stats().refused, 0, "the first cloud received no other token");
    await user.seesText(other.url.replace("http://", ""));
  });

  test("unreachable: the page says so, keeps trying, and connects in the end", async (t) => {
    const { sim, user } = await dashboard(t, web, {
      knows: (sim) => ({ url: sim.url, workgroup: sim.workgroup, token: sim.token }),
      connected: true,
    });
    await sim.restart();
    await user.sees("Connection", "Connected");
    await user.click("button", "Connection…");
    await user.fill("Cloud address", "http://127.0.0.1:9");
    await user.fill("API token", "any");
    await user.click("button", "Connect");
    await user.seesText(/Could not reach the cloud\. Check the address and the network\. Still trying/);
    await user.fill("Cloud address", sim.url);
    await user.fill("API token", sim.token);
    await user.click("button", "Connect");
    await user.sees("Connection", "Connected");
  });

  test("kicked: it stays disconnected until the user connects again", async (t) => {
    const { sim, user } = await dashboard(t, web);
    await user.isKickedBy(sim);
    await user.seesText("The cloud ended the connection. Connect again, or paste a new token.");
    assert.equal(sim.stats().connected, 0);
    await user.click("button", "Connect again");
    await user.sees("Connection", "Connected");
    assert.equal(sim.stats().connected, 1);
  });
});

describe("dashboard: fleet", () => {
  const web = withBrowser("headless-shell");

  test("devices go online and offline, and new ones appear, live", async (t) => {
    const { sim, user } = await dashboard(t, web);
    const stateOf = async (name) => (await user.rows("Devices")).find(([, device]) => device.startsWith(name))?.[2];
    const [first] = sim.devices;
    await until(async () => (await stateOf(first.name))?.includes("online"), "online at first");
    sim.setOnline(first.id, false);
    await until(async () => (await stateOf(first.name))?.includes("offline"), "offline then");
    await user.sees("Activity", `${first.name} went offline`, "list");
    const fresh = sim.addDevice();
    await until(
      async () => (await user.rows("Devices")).at(-1)?.[1].includes(fresh.id),
      "the new device is appended at the end",
    );
    sim.setOnline(fresh.id, true);
    await user.sees("Activity", `${fresh.id} came online`, "list");
  });

  test("after an outage the states are requested again", async (t) => {
    const { sim, user } = await dashboard(t, web);
    const [first] = sim.devices;
    for (const online of [false, true]) sim.setOnline(first.id, online);
    await until(
      async () => /^\d\d:\d\d:\d\d, /.test((await user.rows("Devices"))[0][3]),
      "the time of the change, which was observed",
    );
    await sim.stop();
    await user.sees("Connection", "Reconnecting");
    first.online = false; // without a broadcast
    await sim.listen();
    await user.sees("Connection", "Connected");
    await until(async () => (await user.rows("Devices"))[0][2].includes("offline"));
    await until(
      async () => (await user.rows("Devices"))[0][3].startsWith("before "),
      "the time of the change is unknown",
    );
  });

  test("a link cut in the middle of a character still opens its view", async (t) => {
    const { user } = await dashboard(t, web, { path: "#/config/%E0%A4%A" });
    await user.find("region", "Config");
    await user.find("textbox", "Configuration");
  });

  test("filter, keys and links", async (t) => {
    const { sim, user, page } = await dashboard(t, web);
    await until(async () => (await user.rows("Devices")).length === sim.devices.length);
    await user.press("/");
    await page.keyboard.type("wind");
    await until(async () => (await user.rows("Devices")).every(([, name]) => name.includes("Wind")));
    await user.press("ArrowDown");
    await user.press("Space");
    await user.seesText("1 selected");
    await user.press("Enter");
    await until(() => page.evaluate(() => location.hash.startsWith("#/live/")), "Enter opens the device");
    const there = page.url();
    await page.evaluate(() =>
      addEventListener(
        "keydown",
        () => {
          for (const end = performance.now() + 2_000; performance.now() < end;);
        },
        { once: true },
      ),
    );
    await Promise.all([user.press("g"), user.press("f")]);
    await until(
      () => page.evaluate(() => location.hash.startsWith("#/fleet/")),
      "g f leads back, even if the page is busy between the two",
    );
    // A key may come before the page hears of a new address.
    const [{ id }] = sim.devices;
    await page.evaluate((device) => {
      location.hash = `#/live/${device}`;
      for (const key of "gf") document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    }, id);
    assert.equal(await page.evaluate(() => location.hash), `#/fleet/${id}`);
    await page.goto(there);
    await user.find("region", "Live");
    await user.seesText("Feeds of Redgum Plain Wind Turbine");
    await user.press("?");
    await user.find("dialog", "Keyboard shortcuts");
    await user.press("Escape");
    await until(async () => !(await user.has("dialog", "Keyboard shortcuts")));
  });

  test("a cloud without a device list: devices appear with their first event", async (t) => {
    const { sim, user } = await dashboard(t, web, {
      sim: { directory: "none" },
      knows: (sim) => ({ url: sim.url, workgroup: sim.workgroup, token: sim.token }),
    });
    await user.seesText("No devices yet.");
    sim.setOnline(sim.devices[2].id, false);
    await until(async () =>
      (await user.rows("Devices")).some(
        ([, name, state]) => name.includes(sim.devices[2].id) && state.includes("offline"),
      ),
    );
  });
});
