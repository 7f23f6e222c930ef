/** The dashboard's overview: the daily questions, and the first steps from an empty cloud to a chart. In Chromium. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dailyQuestions } from "./dashboard/questions.mjs";
import { dashboard } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

const bare = (sim) => ({ url: sim.url, workgroup: sim.workgroup, token: sim.token });

describe("dashboard: overview", () => {
  const web = withBrowser("headless-shell");

  dailyQuestions(web);

  test("a watched plant leads to its comparison in Live", async (t) => {
    const { user } = await dashboard(t, web, { path: "", sim: { devices: 12, startHour: 10 } });
    await user.click("button", "Watch power of Redgum Plain (9 sources)");
    await user.sees("solar · AC Power of Redgum Plain", /[\d,.]+ k?W/, "region");
    await user.click("button", "Compare in Live");
    await user.find("list", "Sources by deviation");
  });

  test("power is shown in kW, and a site whose sources are offline says so", async (t) => {
    const { user } = await dashboard(t, web, { path: "", sim: { devices: 12, startHour: 12 } });
    await user.click("button", "Watch power of Redgum Plain (9 sources)");
    await user.sees("solar · AC Power of Redgum Plain", /(\d\d\.\d\d|\d{3}\.\d) kW(?! from)/, "region");
    const region = await user.find("region", "solar · AC Power of Redgum Plain");
    await until(
      () =>
        region.evaluate((node) =>
          /peak (\d\d\.\d\d|\d{3}\.\d) kW$/.test(node.querySelector("[role=img]")?.getAttribute("aria-label") ?? ""),
        ),
      "the curve's label has it, too",
    );
    // Its solar plant is offline from the start.
    await user.click("button", "Watch power of Kestrel Ridge (9 sources)");
    await user.sees("solar · AC Power of Kestrel Ridge", "No data: all sources are offline.", "region");
    assert.doesNotMatch(await user.reads("solar · AC Power of Kestrel Ridge", "region"), /starts with the first/);
  });

  test("the buttons under a curve do not move as data starts, stops and returns", async (t) => {
    const { sim, user, page } = await dashboard(t, web, { path: "", sim: { devices: 12, startHour: 12 } });
    await page.evaluate(() => {
      globalThis.places = new Set();
      const look = () => {
        requestAnimationFrame(look);
        const region = document.querySelector("section.power");
        const button = region?.querySelector("button");
        if (button) globalThis.places.add(button.getBoundingClientRect().top - region.getBoundingClientRect().top);
      };
      look();
    });
    await user.click("button", "Watch power of Redgum Plain (9 sources)");
    const name = "solar · AC Power of Redgum Plain";
    await user.sees(name, "Live data since", "region");
    for (const { id } of sim.devices) sim.setOnline(id, false);
    sim.dropAll();
    await until(() => sim.stats().connections === 2, "the connection was lost");
    for (const { id } of sim.devices) sim.setOnline(id, true);
    await user.sees(name, /\d gaps?/, "region");
    assert.equal(await page.evaluate(() => globalThis.places.size), 1);
  });

  test("an empty cloud: one device ID and Allow lead to a chart", async (t) => {
    const { sim, user, page } = await dashboard(t, web, {
      path: "",
      sim: { directory: "none", quietCloud: true, startHour: 10 },
      knows: bare,
    });
    await user.fill("Device ID", sim.devices[0].id, "textbox");
    await user.click("button", "Add");
    assert.equal(sim.stats().received["device:cmd"] ?? 0, 0, "no command runs before Allow");
    await user.click("button", "Allow");
    await until(() => page.evaluate(() => location.hash.startsWith("#/live/")), "it leads to Live");
    await user.find("list", "Sources by deviation");
    await until(
      () =>
        page.evaluate(() =>
          /[1-9]\d* samples/.test(
            /** @type {HTMLElement} */ (document.querySelector("article.panel"))?.innerText ?? "",
          ),
        ),
      "samples are drawn",
    );
  });
});
