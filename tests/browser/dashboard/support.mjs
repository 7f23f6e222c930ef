/** What the dashboard's tests share: a site with its simulator, and a user who knows roles and names only. */
import { connect, createServer } from "node:net";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { serve } from "../../../scripts/lib/serve.mjs";
import { simulatedDevices } from "../../../scripts/lib/target.mjs";
import { simulator, until } from "../support.mjs";

/** What browsers write when the server is gone or refuses, which tests mean to happen. */
export const NETWORK =
  /WebSocket|NetworkError|ERR_CONNECTION|interrupted while the page was loading|blocked by CORS policy|Cross-Origin Request Blocked/;

/**
 * The dashboard over a simulator of its own.
 * @param {import("node:test").TestContext} t
 * @param {ReturnType<typeof import("../support.mjs").withBrowser>} web
 * @param {{ sim?: object, path?: string, knows?: (sim: any) => object, width?: number, height?: number, theme?: "light" | "dark", connected?: boolean, prepare?: (page: any) => Promise<unknown> }} [options]
 *   `knows`: what /config.json says, where it is not all there is; `prepare`: before the page's own script runs
 */
export async function dashboard(
  t,
  web,
  { sim: simOptions, path = "#/fleet", knows, width = 1280, height = 800, theme, connected = true, prepare } = {},
) {
  const sim = await simulator(t, { samplesPerSecond: 20, ...simOptions });
  const all = () => ({ url: sim.url, workgroup: sim.workgroup, token: sim.token, devices: simulatedDevices(sim) });
  const site = await serve({
    port: 0,
    folders: { "/": inRoot("www", "dist") },
    json: { "/config.json": { toJSON: () => (knows ? knows(sim) : all()) } },
  });
  t.after(() => site.close());
  const page = await web.page(t, { site: site.url, path: "icon.svg", expectErrors: NETWORK });
  await page.setViewport({ width, height });
  if (theme) await page.evaluate((name) => localStorage.setItem("ardexa:theme", name), theme);
  await prepare?.(page);
  await page.goto(`${site.url}${path}`);
  const user = new User(page);
  if (connected) await user.sees("Connection", "Connected");
  return { sim, page, user, site };
}

/** Waits until the page is connected once more. @param {number} connections so many there have been by then */
export async function back(sim, user, connections) {
  await until(() => sim.stats().connections === connections && sim.stats().connected === 1, "connected again");
  await user.sees("Connection", "Connected");
}

/**
 * A way to a simulator that can be shut: then whoever comes is turned away, and counted.
 * @param {import("node:test").TestContext} t
 */
export async function gate(t) {
  const state = {
    port: 0,
    to: 0,
    isOpen: true,
    turnedAway: 0,
    url: "",
    shut() {
      state.isOpen = false;
      for (const socket of sockets) socket.destroy();
    },
  };
  const sockets = new Set();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    if (!state.isOpen) {
      state.turnedAway++;
      socket.destroy();
      return;
    }
    const through = connect(state.to, "127.0.0.1");
    for (const [one, other] of [
      [socket, through],
      [through, socket],
    ]) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => {}).on("close", () => (sockets.delete(one), other.destroy()));
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  state.url = `http://127.0.0.1:${server.address().port}`;
  t.after(() => {
    state.shut();
    return new Promise((resolve) => server.close(resolve));
  });
  return state;
}

/** A canvas says nothing to a reader of roles: what is written on it is noted as it is written, with when. */
export const noteWriting = (page) =>
  page.evaluateOnNewDocument(() => {
    const written = (globalThis.written = new Map());
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
      written.set(text, performance.now());
      return fillText.call(this, text, ...place);
    };
  });
/** What the charts have said in the last second. */
export const writing = (page) =>
  page.evaluate(() => [...globalThis.written].filter(([, at]) => performance.now() - at < 1_000).map(([text]) => text));

/** Acts by role and name, as someone does who sees or hears the page. */
export class User {
  constructor(page) {
    this.page = page;
  }

  selector(role, name) {
    return `::-p-aria([name="${name.replaceAll('"', '\\"')}"][role="${role}"])`;
  }

  /** The element, when it is there. @returns {Promise<any>} */
  find(role, name) {
    return until(() => this.page.$(this.selector(role, name)), `${role} "${name}"`);
  }

  async has(role, name) {
    return (await this.page.$(this.selector(role, name))) !== null;
  }

  async click(role, name) {
    const element = await this.find(role, name);
    await until(() => element.evaluate((node) => !node.disabled), `${role} "${name}" can be used`);
    await element.evaluate((node) => node.scrollIntoView({ block: "nearest" }));
    await element.click();
  }

  /** Types into a text box, in place of what is there. */
  async fill(name, text, role) {
    // A password box has no role of its own.
    const box = role
      ? await this.find(role, name)
      : await until(() => this.page.$(`::-p-aria([name="${name}"])`), `box "${name}"`);
    await box.evaluate((node) => (node.focus(), node.select()));
    await this.page.keyboard.press("Backspace");
    await this.page.keyboard.type(text);
  }

  press(key) {
    return this.page.keyboard.press(key);
  }

  /** The text of the status line, or other element, of this name. */
  async reads(name, role = "status") {
    const element = await this.find(role, name);
    return element.evaluate((node) => node.textContent);
  }

  /** Waits until the element of this name says so. @param {string | RegExp} wanted */
  async sees(name, wanted, role = "status") {
    let last = "";
    await until(async () => {
      const element = await this.page.$(this.selector(role, name));
      last = element ? await element.evaluate((node) => node.textContent).catch(() => "") : "(not there)";
      return typeof wanted === "string" ? last.includes(wanted) : wanted.test(last);
    }, `${role} "${name}" says ${wanted}`).catch((error) => {
      throw new Error(`${error.message}; it says: ${last.slice(0, 400)}`);
    });
    return last;
  }

  /** Waits until a visible text of the page says so. @param {string | RegExp} wanted */
  async seesText(wanted) {
    const source = wanted instanceof RegExp ? wanted.source : wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    await until(
      () => this.page.evaluate((pattern) => new RegExp(pattern).test(document.body.innerText), source),
      `the page says ${wanted}`,
    ).catch(async (error) => {
      throw new Error(
        `${error.message}; it says: ${(await this.page.evaluate(() => document.body.innerText)).slice(0, 1500)}`,
      );
    });
  }

  /** The cloud ends the connection for good: within two seconds of its acceptance a fresh token would be tried. */
  async isKickedBy(sim) {
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    sim.kick();
  }

  /** What stands in the rows of a table. @returns {Promise<string[][]>} */
  async rows(name) {
    const table = await this.find("table", name);
    return table.evaluate((node) =>
      [...node.tBodies]
        .flatMap((body) => [...body.rows])
        .filter((row) => row.checkVisibility() && !row.querySelector("[scope=rowgroup]"))
        .map((row) => [...row.cells].map((cell) => cell.innerText.trim())),
    );
  }

  /** A feed of the first device, by the list of what can be followed. */
  async add(source, field) {
    const group = await this.find("group", source);
    await (await until(() => group.$(`::-p-aria([name="${field}"][role="button"])`), `${field} of ${source}`)).click();
  }

  /** What is said in the panel of a feed; empty where there is none. */
  async panel(name) {
    const element = await this.page.$(this.selector("article", name));
    return element ? element.evaluate((node) => node.innerText).catch(() => "") : "";
  }

  go(view) {
    return this.click("link", view);
  }
}
