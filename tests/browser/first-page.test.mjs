/** The page that `npm start` serves, used as a person uses it: by what is written on it. In Chromium. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, test } from "node:test";
import { inRoot } from "../../scripts/lib/paths.mjs";
import { npm } from "../../scripts/lib/run.mjs";
import { serve } from "../../scripts/lib/serve.mjs";
import { LIMIT_MS, simulator, until, withBrowser } from "./support.mjs";

const WIDTHS = [1280, 768, 360];

describe("the first page", () => {
  const web = withBrowser("chromium");

  /** The page on a simulator of its own, served as `npm start` does. */
  async function firstPage(t, sim, given = {}) {
    const config = {
      url: sim.url,
      workgroup: sim.workgroup,
      token: sim.token,
      devices: sim.devices.map(({ id, name, online, tables }) => ({ id, name, online, tables })),
      ...given,
    };
    const site = await serve({ port: 0, folders: { "/": inRoot("www"), "/pkg/": inRoot("pkg") }, json: { "/config.json": config } });
    t.after(() => site.close());
    return person(await web.page(t, { site: site.url }));
  }

  /** What a person can do with a page, and see on it. */
  function person(page) {
    const find = (role, name) => page.locator(`::-p-aria(${name}[role="${role}"])`).setTimeout(LIMIT_MS);
    return {
      page,
      press: (name) => find("button", name).click(),
      write: (label, text) => find("textbox", label).fill(text),
      choose: (label, value) => find("combobox", label).fill(value),
      /** The text of the part of the page under a heading. */
      read: (heading) => page.$eval(`::-p-aria(${heading}[role="region"])`, (part) => part.innerText),
      see(heading, text) {
        return until(async () => {
          const shown = await this.read(heading);
          return (text instanceof RegExp ? text.test(shown) : shown.includes(text)) && shown;
        }, `${text} under ${heading}`);
      },
      /** The line at the top that says how the connection is. */
      state: (text) => page.locator(`header ::-p-text(${text})`).setTimeout(LIMIT_MS).wait(),
      async connect() {
        await this.press("Connect");
        await this.state("Connected to");
      },
    };
  }

  test("connect, run a command, see its output and return code", async (t) => {
    const sim = await simulator(t);
    const user = await firstPage(t, sim);
    await user.state("Not connected.");
    await user.connect();
    await user.press("Run");
    await user.see("stdout", "load average");
    await user.see("Command", "Return code: 0");

    await user.write("Run on the device", "complain too hot; exit 3");
    await user.press("Run");
    await user.see("Command", "Return code: 3");
    assert.match(await user.read("stderr"), /too hot/);
    assert.equal((await user.read("stdout")).trim(), "");

    await user.press("Disconnect");
    await user.state("Not connected.");
    await until(() => sim.stats().connected === 0);
  });

  test("a feed's values change until it is stopped", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 20, startHour: 10 });
    const user = await firstPage(t, sim);
    await user.connect();
    await user.press("Start");
    await user.see("Live feed", `AC Power of ${sim.devices[0].name}`);
    const cells = () => user.page.$$eval("table tbody tr td:last-child", (list) => list.map(({ textContent }) => textContent).filter(Boolean));
    const seen = new Set();
    await until(async () => {
      for (const value of await cells()) seen.add(value);
      return seen.size > 10;
    }, "values that change");
    // A value is missing now and then, as from a real device.
    assert.ok([...seen].every((value) => value === "null" || Number(value) > 0), `power by day: ${[...seen]}`);
    const chart = await user.page.$eval('[role="img"]', (canvas) => canvas.getAttribute("aria-label"));
    assert.match(chart, /AC Power: last \d+, between \d+ and \d+/);
    await user.press("Stop");
    await user.see("Live feed", "The feed was stopped.");
    await until(() => sim.stats().feeds === 0);
  });

  test("a feed that there is not is said where it was asked for", async (t) => {
    const sim = await simulator(t);
    const user = await firstPage(t, sim);
    await user.connect();
    await user.choose("Field (empty: all of them)", "Colour");
    await user.press("Start");
    await user.see("Live feed", "The cloud answered: Unknown field");
  });

  test("devices that come and go are told", async (t) => {
    const sim = await simulator(t);
    const [device] = sim.devices;
    const user = await firstPage(t, sim);
    await user.connect();
    sim.setOnline(device.id, false);
    await user.see("Device events", `${device.name} went offline`);
    await until(() => user.page.$eval("select", (select) => select.selectedOptions[0].label.includes("offline")));
    const added = sim.addDevice();
    await user.see("Device events", `New device ${added.id}`);

    await user.choose("Devices seen so far", device.id);
    await user.press("Run");
    await user.see("Command", "Device is offline");
    await user.see("Command", "Return code: none");
  });

  test("a wrong token is said beside the form, and the right one helps", async (t) => {
    const sim = await simulator(t);
    const user = await firstPage(t, sim, { token: undefined });
    await user.write("API token", "wrong");
    await user.press("Connect");
    await user.see("Connection", "The cloud refused the connection (401 token invalid). Check the workgroup, or paste a new token.");
    await user.state("Not connected.");
    await user.press("Run");
    await user.see("Command", "Not connected yet. Connect above first.");

    await user.write("API token", sim.token);
    await user.connect();
    assert.doesNotMatch(await user.read("Connection"), /refused/);
    await user.press("Run");
    await user.see("stdout", "load average");
    assert.doesNotMatch(await user.read("Command"), /Not connected/);
  });

  test("a cloud that is not there, and one that ends the connection", async (t) => {
    const sim = await simulator(t);
    const user = await firstPage(t, sim);
    await user.write("Cloud address", "http://127.0.0.1:9");
    await user.press("Connect");
    await user.see("Connection", "The cloud did not answer. Check the address and the network, then try again.");
    await user.write("Cloud address", sim.url);
    await user.connect();
    sim.kick();
    await user.see("Connection", "The cloud ended the connection.");
    await user.state("Not connected.");
    await user.connect();
  });

  test("a crash of the cloud is said, and made good with its feed", async (t) => {
    const sim = await simulator(t, { samplesPerSecond: 20, slowCommandMs: 600_000 });
    const user = await firstPage(t, sim);
    await user.connect();
    await user.press("Start");
    await user.see("Live feed", "since");
    await user.write("Run on the device", "slow");
    await user.press("Run");
    await user.see("Command", "waiting");
    const down = sim.restart({ downMs: 500 });
    await user.state("Connection lost");
    await user.see("Command", "whether the device acted is not known");
    await down;
    await user.state("Connected to");
    await user.see("Live feed", /with a gap/);
    await user.write("Run on the device", "uptime");
    await user.press("Run");
    await user.see("stdout", "load average");
    assert.doesNotMatch(await user.read("Connection"), /did not answer/);
  });

  for (const scheme of ["light", "dark"]) {
    test(`nothing is cut off or out of sight, ${scheme}`, async (t) => {
      const sim = await simulator(t, { samplesPerSecond: 20, startHour: 10 });
      const user = await firstPage(t, sim);
      await user.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await user.connect();
      await user.write("Run on the device", "cat /etc/ardexa/ardexa.yaml; complain a word that is ".concat("very-".repeat(30), "long"));
      await user.press("Run");
      await user.press("Start");
      await user.see("Live feed", "since");
      for (const device of sim.devices) sim.setOnline(device.id, !device.online);
      await user.see("Device events", sim.devices.at(-1).name);
      for (const width of WIDTHS) {
        await user.page.setViewport({ width, height: 800 });
        const wrong = await user.page.evaluate(() => {
          const outside = [...document.querySelectorAll("body *")].filter((element) => {
            const { left, right, width } = element.getBoundingClientRect();
            return width > 0 && (left < 0 || right > innerWidth);
          });
          const cut = [...document.querySelectorAll("button, label, h1, h2, h3, p, pre, li")].filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1);
          return [...outside, ...cut].map((element) => `${element.tagName} ${element.id} ${element.textContent.slice(0, 40)}`);
        });
        assert.deepEqual(wrong, [], `at ${width}`);
      }
    });
  }

  test("npm start, word for word", { timeout: 5 * LIMIT_MS }, async (t) => {
    const { program, args } = npm();
    // A group of its own, so that Ctrl-C reaches all of it, as in a terminal.
    const child = spawn(program, [...args, "start", "--", "--port", "0"], { cwd: inRoot(), detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
    const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve(signal ?? code)));
    t.after(() => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGKILL");
    });
    const url = await Promise.race([
      // Without a terminal there are no colours in it.
      new Promise((resolve) => child.stdout.on("data", () => {
        const found = /dashboard is at (\S+?\/)[\s,\x1b]/.exec(output)?.[1];
        if (found) resolve(found);
      })),
      ended.then((code) => assert.fail(`npm start ended with ${code}:\n${output}`)),
    ]);
    for (const told of ["connected", "uptime", "feed", "state", "closed"]) assert.match(output, new RegExp(`^ *${told} `, "m"));

    const user = person(await web.page(t, { site: url }));
    await until(() => user.page.$eval("select", (select) => select.options.length > 1), "devices to choose from");
    await user.connect();
    await user.press("Run");
    await user.see("stdout", "load average");
    await user.see("Command", "Return code: 0");
    await user.press("Start");
    await user.see("Live feed", "since");

    process.kill(-child.pid, "SIGINT");
    // npm passes the signal on and then ends by it itself.
    assert.ok([0, "SIGINT"].includes(await ended), output);
    assert.match(output, /Ending\.\s*$/);
    await assert.rejects(fetch(url), "the site is closed");
    await user.state("Connection lost");
  });
});
