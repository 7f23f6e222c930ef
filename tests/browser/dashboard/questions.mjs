/** The operator's five daily questions, each answered in one view with at most three clicks; for any browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support.mjs";
import { back, dashboard } from "./support.mjs";

const POWER = "solar · AC Power of Redgum Plain";
const MOST_CLICKS = 3;

/** Every time of day since then, to the second, as a clock shows it. */
function timesFrom(fromMs) {
  const times = [];
  for (let ms = Math.floor(fromMs / 1_000) * 1_000; ms <= Date.now(); ms += 1_000)
    times.push(new Date(ms).toTimeString().slice(0, 8));
  return times;
}

/** Counts the user's clicks from now on. Returns the check of their number. */
function countClicks(user) {
  const { click } = user;
  let clicks = 0;
  user.click = (...names) => (clicks++, click.apply(user, names));
  return () => assert.ok(clicks <= MOST_CLICKS, `${clicks} clicks`);
}

/** @param {ReturnType<typeof import("../support.mjs").withBrowser>} web */
export function dailyQuestions(web) {
  test("1: which devices are offline, and since when", async (t) => {
    const { sim, user } = await dashboard(t, web, { path: "", sim: { devices: 12 } });
    await user.find("article", "Redgum Plain");
    const fromMs = Date.now();
    sim.setOnline(sim.devices[2].id, false);
    const said = await user.sees("Offline at Redgum Plain", /Grid Meter.*since \d\d:\d\d:\d\d, \d/, "list");
    const [, since] = /since (\d\d:\d\d:\d\d)/.exec(said);
    assert.ok(timesFrom(fromMs).includes(since), `since ${since}, but it happened after ${timesFrom(fromMs)[0]}`);
    // The sixth device was offline before the page was opened.
    await user.sees("Offline at Kestrel Ridge", /Solar Plant.*since before \d\d:\d\d:\d\d$/, "list");
    sim.setOnline(sim.devices[2].id, true);
    await until(async () => !(await user.has("list", "Offline at Redgum Plain")), "the device to come back");
  });

  test("2 and 3: what the plant produces now, compared with earlier today, and which inverter deviates", async (t) => {
    const { sim, user } = await dashboard(t, web, {
      path: "",
      sim: { devices: 12, samplesPerSecond: 0, startHour: 10 },
    });
    await user.find("article", "Redgum Plain");
    const hasEnough = countClicks(user);
    await user.click("button", "Watch power of Redgum Plain (9 sources)");
    const feeds = await until(
      () => sim.feeds().length === 9 && sim.feeds().filter(({ table }) => table === "solar"),
      "all feeds are open",
    );
    assert.equal(feeds.length, 6);
    // The fourth inverter produces four fifths of what the others do.
    let sent = 0;
    const send = () => {
      for (const [at, { feedId, deviceId, table, source }] of feeds.entries()) {
        sim.sockets[0]?.emit("device:feed:reply", {
          feedId,
          event_time: new Date().toISOString(),
          table,
          source,
          device: deviceId,
          messageId: String(sent++),
          value: at === 3 ? 8_000 : 10_000,
        });
      }
    };
    const timer = setInterval(send, 500);
    t.after(() => clearInterval(timer));
    await user.sees(POWER, /58\.00 kW/, "region");
    const { deviceId, source } = feeds[3];
    const { name } = sim.devices.find(({ id }) => id === deviceId);
    await user.sees(`Deviation of ${POWER}`, `${name} ${source} is 20.0 % below the median.`);
    await user.sees(POWER, /Live data since \d\d:\d\d:\d\d\./, "region");
    await user.click("button", "Read today's logs");
    await user.sees(POWER, /Device logs of today, then live data since \d\d:\d\d:\d\d\./, "region");
    const region = await user.find("region", POWER);
    await until(
      () =>
        region.evaluate((node) =>
          /: (9|10) h from /.test(node.querySelector("[role=img]")?.getAttribute("aria-label") ?? ""),
        ),
      "the curve has the plant's morning",
    );
    hasEnough();
  });

  test("4: run a command on all devices; which ones failed", async (t) => {
    const { sim, user } = await dashboard(t, web, { sim: { devices: 6 } });
    await until(async () => (await user.rows("Devices")).length === 6);
    const hasEnough = countClicks(user);
    await user.click("checkbox", "Select all shown");
    await user.click("button", "Run a command…");
    await user.fill("Command for all selected devices", "echo same");
    await user.press("Enter");
    await user.click("button", "Run on 6 devices");
    await user.sees("Progress", "6 of 6 done, 1 failed");
    const rows = await until(async () => {
      const all = await user.rows("Results");
      return all.length === 2 && all;
    }, "the failed device, and one row for the five with equal output");
    assert.match(rows[0].join(" "), new RegExp(`${sim.devices[5].name}.*failed.*Device is offline`, "s"));
    assert.match(rows[1][0], /^5 devices: /);
    hasEnough();
  });

  test("5: where data stopped, and for how long", async (t) => {
    const { sim, user } = await dashboard(t, web, {
      path: "",
      sim: { devices: 12, samplesPerSecond: 10, startHour: 10 },
    });
    await user.find("article", "Redgum Plain");
    const hasEnough = countClicks(user);
    await user.click("button", "Watch power of Redgum Plain (9 sources)");
    await user.sees(POWER, /[1-9][\d,.]* k?W(?! from)/, "region");
    const fromMs = Date.now();
    const downMs = 2_000;
    await sim.restart({ downMs });
    await back(sim, user, 2);
    const text = await user.sees(POWER, /6 gaps/, "region");
    const gaps = [...text.matchAll(/(inverter-0\d): (\d\d:\d\d:\d\d) to (\d\d:\d\d:\d\d), ([\d.]+) s/g)];
    assert.equal(gaps.length, 6, text);
    const [times, early] = [timesFrom(fromMs - 1_000), timesFrom(fromMs)[0]];
    for (const [all, , from, to, seconds] of gaps) {
      assert.ok(times.includes(from) && times.includes(to), `${all}; it happened from ${early} on`);
      assert.ok(Number(seconds) >= downMs / 1_000, all);
    }
    hasEnough();
  });
}
