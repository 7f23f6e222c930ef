/** The dashboard in Firefox: the daily questions, a pass through every view, and an outage. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dailyQuestions } from "./dashboard/questions.mjs";
import { back, dashboard } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

const NAME = "Redgum Plain Solar Plant";

describe("dashboard in Firefox", () => {
  const web = withBrowser("firefox");

  dailyQuestions(web);

  test("every view, one after the other", async (t) => {
    const { sim, user, page } = await dashboard(t, web, {
      theme: "dark",
      sim: { startHour: 10, restartMs: 100, upgradeStepMs: 30 },
    });
    sim.setOnline(sim.devices[1].id, false);
    await user.sees("Activity", "went offline", "list");

    await user.go("Live");
    await user.add("solar / inverter-01", "AC Power");
    const panel = await user.find("article", `AC Power, ${NAME} · solar / inverter-01`);
    await until(async () => /[\d,.]+\s*W[^]*\d+ samples/.test(await panel.evaluate((node) => node.innerText)));

    await user.go("Shell");
    await user.fill(`Command for ${NAME}`, "hostname; complain careful");
    await user.press("Enter");
    await user.sees("Last command", /^Exit 0/);
    await until(async () => /solar-01[^]*│ careful/.test(await user.reads(`Output of ${NAME}`, "region")));

    await user.go("Config");
    await user.click("button", "Start from an example");
    await user.click("button", "Test");
    await user.sees("Timeline", "Nothing was changed", "region");
    await user.click("button", "Upgrade agent…");
    await user.click("checkbox", "I understand");
    await user.click("button", "Upgrade the agent");
    await user.sees("Timeline", "The agent is upgraded", "region");

    await user.go("Wire");
    await user.find("searchbox", "Filter frames");
    sim.setOnline(sim.devices[1].id, true);
    await user.sees("Frames", "device:stateChange", "list");

    await sim.restart();
    await back(sim, user, 2);
    await user.go("Live");
    await until(async () => /1 gap/.test(await panel.evaluate((node) => node.innerText)));
    assert.ok(!(await page.content()).includes(sim.token));
  });

  test("one command on many devices; chart keys; a cloud that is killed and restarted meanwhile", async (t) => {
    const { sim, user, page } = await dashboard(t, web, { sim: { startHour: 10, slowCommandMs: 3_600_000 } });
    await until(async () => (await user.rows("Devices")).length === sim.devices.length);
    await user.click("checkbox", "Select all shown");
    await user.click("button", "Run a command…");
    await user.fill("Command for all selected devices", "hostname");
    await user.click("button", "Run…");
    await user.find("dialog", `Run on ${sim.devices.length} devices?`);
    await user.click("button", `Run on ${sim.devices.length} devices`);
    await user.sees("Progress", `${sim.devices.length} of ${sim.devices.length} done, 1 failed`);

    await user.go("Live");
    await user.add("solar / inverter-01", "AC Power");
    const POWER = `AC Power, ${NAME} · solar / inverter-01`;
    await until(async () => /\d+ samples/.test(await user.panel(POWER)));
    await (await user.find("group", `Chart of ${POWER}`)).focus();
    await user.press(" ");
    await user.seesText(/Paused · [1-9][\d,]* new/);
    await user.press("+");
    await user.press("ArrowLeft");
    await user.press("0");
    await user.seesText(/1 feed · /);

    await user.go("Shell");
    await user.click("button", "One device");
    await user.fill(`Command for ${NAME}`, "slow");
    await user.press("Enter");
    await until(() => sim.received.some(({ args }) => /** @type {{ cmd?: string }} */ (args[0])?.cmd === "slow"));
    await sim.stop();
    await user.sees("Last command", "The connection was lost after sending. The device may have acted");
    await sim.listen();
    await back(sim, user, 2);
    await user.fill(`Command for ${NAME}`, "true");
    await user.press("Enter");
    await user.sees("Last command", /^Exit 0/);
    await until(() => sim.stats().feeds === 1, "the feed is back");
    assert.ok(!(await page.content()).includes(sim.token));
  });

  test("refused, then accepted", async (t) => {
    const { sim, user } = await dashboard(t, web, {
      knows: (sim) => ({ url: sim.url, workgroup: sim.workgroup, token: "stale" }),
      connected: false,
    });
    await user.seesText("The cloud refused the connection");
    await user.fill("API token", sim.token);
    await user.click("button", "Connect");
    await user.sees("Connection", "Connected");
  });
});
