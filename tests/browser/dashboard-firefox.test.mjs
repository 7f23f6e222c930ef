/** The dashboard in Firefox: a pass through every view, and an outage. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { back, dashboard } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

const NAME = "Redgum Plain Solar Plant";

describe("dashboard in Firefox", () => {
  const web = withBrowser("firefox");

  test("every view, as a user goes through them", async (t) => {
    const { sim, user, page } = await dashboard(t, web, { theme: "dark", sim: { startHour: 10, restartMs: 100, upgradeStepMs: 30 } });
    sim.setOnline(sim.devices[1].id, false);
    await user.sees("Activity", "went offline", "list");

    await user.go("Live");
    await (await (await user.find("group", "solar / inverter-01")).$('::-p-aria([name="AC Power"][role="button"])')).click();
    const panel = await user.find("article", `AC Power, ${NAME} · solar / inverter-01`);
    await until(async () => /[\d,.]+\s*W[^]*\d+ samples/.test(await panel.evaluate((node) => node.innerText)));

    await user.go("Shell");
    await user.fill(`Command for ${NAME}`, "hostname; complain careful");
    await user.press("Enter");
    await user.sees("Last command", /^Exit 0/);
    await until(async () => /solar-01[^]*│ careful/.test(await user.reads(`Output of ${NAME}`, "region")));

    await user.go("Config");
    await user.click("button", "Test");
    await user.sees("Timeline", "Nothing was changed", "region");
    await user.click("button", "Upgrade agent …");
    await user.click("checkbox", "I understand");
    await user.click("button", "Upgrade the agent");
    await user.sees("Timeline", "The agent is upgraded", "region");

    await user.go("Wire");
    await user.seesText("Frames appear here");
    sim.setOnline(sim.devices[1].id, true);
    await user.sees("Frames", "device:stateChange", "list");

    await sim.restart();
    await back(sim, user, 2);
    await user.go("Live");
    await until(async () => /1 gap/.test(await panel.evaluate((node) => node.innerText)));
    assert.ok(!(await page.content()).includes(sim.token));
  });

  test("refused, then let in", async (t) => {
    const { sim, user } = await dashboard(t, web, { knows: (sim) => ({ url: sim.url, workgroup: sim.workgroup, token: "stale" }), connected: false });
    await user.seesText("The cloud refused the connection");
    await user.fill("API token", sim.token);
    await user.click("button", "Connect");
    await user.sees("Connection", "Connected");
  });
});
