/** The dashboard's configuration and upgrade, as a user sees them, in Chromium. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { back, dashboard } from "./dashboard/support.mjs";
import { until, withBrowser } from "./support.mjs";

const NAME = "Redgum Plain Solar Plant";
const APPLY = `Apply to ${NAME} and restart its agent`;

describe("dashboard: config", () => {
  const web = withBrowser("headless-shell");

  async function editor(t, options) {
    const all = await dashboard(t, web, { path: "#/config", ...options });
    await all.user.find("textbox", "Configuration");
    return all;
  }
  /** Replaces the text by pasting. */
  async function write({ user, page }, text) {
    const box = await user.find("textbox", "Configuration");
    await box.click();
    await page.keyboard.down("Control");
    await page.keyboard.press("a");
    await page.keyboard.up("Control");
    await box.evaluate((node, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", text);
      node.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, text);
  }
  const lines = (box) => box.evaluate((node) => [...node.querySelectorAll(".cm-line")].map((line) => line.textContent));
  const marked = (page) =>
    page.evaluate(() =>
      [...document.querySelector(".editor").shadowRoot.querySelectorAll(".cm-lintRange-error")].map((range) =>
        range.closest(".cm-line").textContent.trim(),
      ),
    );
  const confirm = async (user, act) => {
    await user.click("checkbox", "I understand");
    await user.click("button", act);
  };

  test("load, test, apply with confirmation, and the restart as it happens", async (t) => {
    const all = await editor(t, { sim: { restartMs: 100 } });
    const { sim, user } = all;
    await user.click("button", "Load from device");
    const box = await user.find("textbox", "Configuration");
    await until(async () => (await lines(box)).includes("amqp:"));
    await user.click("button", "Test");
    await user.sees("Timeline", "The agent accepts this configuration. Nothing was changed.", "region");
    await user.click("button", "Apply…");
    await user.find("dialog", "Apply to Redgum Plain Solar Plant?");
    await user.seesText("Its agent restarts");
    assert.equal(sim.stats().received["device:applyYamlConfig"] ?? 0, 0);
    await confirm(user, APPLY);
    await user.sees(
      "Timeline",
      /Apply configuration[^]*went offline\.[^]*came online\.[^]*has new metadata\./,
      "region",
    );
    assert.match(sim.devices[0].configYaml, /^amqp:/);
  });

  test("a refused configuration: a plain message at its line, the agent's own words folded", async (t) => {
    const all = await editor(t);
    const { user, page } = all;
    await write(
      all,
      "run:\n  - command: uptime\n    frequency: often\n    table: t\n    source: s\n    expect: decimal\n",
    );
    await user.click("button", "Test");
    await user.seesText("The agent refused this configuration: frequency must be a number above 0 (line 3).");
    await until(async () => (await marked(page)).includes("frequency: often"));
    await user.sees("Timeline", "The agent refused this configuration.", "region");
    assert.doesNotMatch(
      await page.evaluate(() => document.body.innerText),
      /Failed to parse/,
      "the agent's own words are folded, and not repeated",
    );
    await (await user.search(undefined, "Original message")).click();
    await user.seesText("Failed to parse 'frequency'");
  });

  test("invalid YAML is reported before anything is sent", async (t) => {
    const all = await editor(t);
    const { sim, user, page } = all;
    await write(all, "run: [1, 2\nx: 3\n");
    await user.click("button", "Apply…");
    await user.seesText(/This is not valid YAML \(line \d+, column \d+\)\./);
    await until(async () => (await marked(page)).length > 0);
    assert.equal(sim.stats().received["device:applyYamlConfig"] ?? 0, 0);
  });

  test("YAML is converted to JSON and applied as JSON", async (t) => {
    const all = await editor(t);
    const { sim, user } = all;
    await user.click("button", "Start from an example");
    await user.click("button", "JSON");
    const box = await user.find("textbox", "Configuration");
    await until(async () => (await lines(box))[0] === "{");
    await user.click("button", "Apply…");
    await confirm(user, APPLY);
    await user.sees("Timeline", "The agent accepted the configuration", "region");
    assert.equal(sim.stats().received["device:applyConfig"], 1);
  });

  test("a configuration belongs to its device: one device's is never offered for another", async (t) => {
    const all = await editor(t);
    const { sim, user } = all;
    await user.click("button", "Load from device");
    const text = async () => (await lines(await user.find("textbox", "Configuration"))).join("\n");
    await until(async () => (await text()).includes("amqp:"));
    await write(all, "run: []\n");
    await user.sees("Document", "Changed since it was loaded at");
    await user.click("link", "online Redgum Plain Battery");
    await user.find("group", "Configuration of Redgum Plain Battery");
    await until(async () => (await text()) === "", "the other device's document is empty");
    for (const name of ["Apply…", "Test"])
      assert.ok(
        await (await user.find("button", name)).evaluate((button) => button.disabled),
        `${name} is disabled until something is loaded or written`,
      );
    await user.click("link", `online ${NAME}`);
    await until(async () => (await text()).startsWith("run: []"), "the text is kept for its device");
    await user.click("button", "Apply…");
    await user.find("dialog", `Apply to ${NAME}?`);
    await user.sees("Changes", "added: run: []", "group");
    await confirm(user, APPLY);
    await user.sees("Timeline", "The agent accepted the configuration", "region");
    assert.equal(sim.devices[0].configYaml, "run: []\n");
    assert.equal(sim.devices[3].configYaml, undefined, "the other device keeps its configuration");
  });

  test("the version before Apply is kept, even over a reload, and can be restored", async (t) => {
    const all = await editor(t, { sim: { restartMs: 50 } });
    const { user, page } = all;
    await write(all, "run: []\n");
    await user.click("button", "Apply…");
    await confirm(user, APPLY);
    await user.sees("Timeline", "The agent accepted the configuration", "region");
    await page.reload();
    await user.sees("Connection", "Connected");
    await (await until(() => page.$("::-p-text(Previous versions \\(1\\))"))).click();
    await (await until(() => page.$('button[aria-label^="Restore the version replaced at"]'))).click();
    await until(async () => (await lines(await user.find("textbox", "Configuration"))).includes("amqp:"));
  });

  test("Tab leaves the editor", async (t) => {
    const all = await editor(t);
    const { user, page } = all;
    await write(all, "run: []\n");
    await user.press("Tab");
    await until(() => page.evaluate(() => document.activeElement?.className !== "editor"), "the focus has moved on");
    assert.deepEqual(await lines(await user.find("textbox", "Configuration")), ["run: []", ""]);
  });

  test("a failed upgrade can be retried from the timeline", async (t) => {
    const { sim, user } = await editor(t);
    sim.devices[0].failsUpgrade = true;
    await user.click("button", "Upgrade agent…");
    await confirm(user, "Upgrade the agent");
    await user.sees("Timeline", "The agent may still run its old version", "region");
    sim.devices[0].failsUpgrade = false;
    await user.click("button", "Try again");
    await user.sees("Timeline", /The agent is upgraded\.(?! It says)/, "region");
  });

  test("cancelling sends nothing", async (t) => {
    const { sim, user } = await editor(t);
    await user.click("button", "Upgrade agent…");
    await user.find("dialog", "Upgrade the agent of Redgum Plain Solar Plant?");
    await user.press("Escape");
    await until(async () => !(await user.has("dialog", "Upgrade the agent of Redgum Plain Solar Plant?")));
    assert.equal(sim.stats().received["device:doUpgrade"] ?? 0, 0);
  });

  test("upgrade: its steps, including the device's absence, and the end", async (t) => {
    const { sim, user } = await editor(t, { sim: { upgradeStepMs: 50 } });
    await user.click("button", "Upgrade agent…");
    await confirm(user, "Upgrade the agent");
    await user.sees(
      "Timeline",
      /Arch detected: amd64[^]*Restarting agent[^]*went offline[^]*came online[^]*The agent is upgraded\.(?! It says)/,
      "region",
    );
    assert.equal(sim.devices[0].agentVersion, "2.5.0");
  });

  test("a failed upgrade, and one during which the cloud dies, say so", async (t) => {
    const { sim, user, page } = await editor(t, { sim: { upgradeStepMs: 200 } });
    sim.devices[0].failsUpgrade = true;
    await user.click("button", "Upgrade agent…");
    await confirm(user, "Upgrade the agent");
    await user.sees("Timeline", "The cloud answered: Internal error occurred", "region");
    sim.devices[0].failsUpgrade = false;
    await user.click("button", "Upgrade agent…");
    await confirm(user, "Upgrade the agent");
    await until(() =>
      page.evaluate(() =>
        /** @type {HTMLElement} */ (document.querySelector("[role=region][aria-label=Timeline] li")).innerText.includes(
          "Arch detected",
        ),
      ),
    );
    await sim.restart();
    await user.sees("Timeline", /Connection lost[^]*The device may have acted/, "region");
    await back(sim, user, 2);
  });

  test("refresh, ardexactl and ardpkg; without the privilege the refusal is shown", async (t) => {
    const { sim, user } = await editor(t);
    await user.click("button", "Send ardexactl");
    await user.click("button", "Send ardpkg");
    await user.sees("Timeline", /Send ardpkg[^]*Sent\.[^]*Send ardexactl[^]*Sent\./, "region");
    await user.click("button", "Refresh metadata…");
    await confirm(user, "Refresh and restart the agent");
    await user.sees("Timeline", /Refresh metadata[^]*went offline/, "region");
    sim.acceptTokens.set(sim.token, "read-only");
    await sim.restart();
    await back(sim, user, 2);
    await user.click("button", "Send ardpkg");
    await user.sees(
      "Timeline",
      "The cloud answered: Permission denied: the token lacks the Control Devices privilege",
      "region",
    );
  });
});
