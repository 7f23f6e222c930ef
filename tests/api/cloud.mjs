/**
 * Simulators for tests that are not JavaScript: an HTTP server that makes them, calls their methods and waits for what
 * they count. Every answer is JSON.
 */
import { createServer } from "node:http";
import { startSimulator } from "../../www/simulator/index.mjs";
import { until } from "../node/lib/until.mjs";

/** Starts it; `close` ends it and every simulator that it made. */
export async function startCloud() {
  /** @type {Map<string, import("../../www/simulator/simulator.mjs").Simulator>} */
  const simulators = new Map();

  const commands = {
    /** @param {URLSearchParams} query */
    async new(query) {
      const options = JSON.parse(query.get("options") ?? "{}");
      const sim = await startSimulator({ commandMs: 0, restartMs: 5, upgradeStepMs: 1, slowCommandMs: 60_000, samplesPerSecond: 200, ...options });
      // It repeats what it is sent, and acknowledges what wants that.
      sim.onConnection = (socket) => socket.on("test:echo", (...args) => args.pop()(...args));
      const id = String(simulators.size);
      simulators.set(id, sim);
      const { url, workgroup, token, readOnlyToken } = sim;
      return { id, url, workgroup, token, readOnlyToken, devices: sim.devices.map((device) => device.id) };
    },
    /** @param {URLSearchParams} query */
    async call(query) {
      const sim = /** @type {any} */ (simulators.get(query.get("id") ?? ""));
      return (await sim[query.get("method") ?? ""](...JSON.parse(query.get("args") ?? "[]"))) ?? null;
    },
    /** @param {URLSearchParams} query */
    async until(query) {
      const sim = /** @type {any} */ (simulators.get(query.get("id") ?? ""));
      const [name, value] = [query.get("count") ?? "", Number(query.get("value"))];
      await until(() => sim.stats()[name] === value, `${name} to be ${value}`);
      return null;
    },
    /** The payloads received of an event. @param {URLSearchParams} query */
    async received(query) {
      const sim = /** @type {any} */ (simulators.get(query.get("id") ?? ""));
      return sim.received.filter(({ event }) => event === query.get("event")).map(({ args }) => args);
    },
  };

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://127.0.0.1");
    let [status, body] = [200, /** @type {unknown} */ (null)];
    try {
      body = await commands[/** @type {keyof typeof commands} */ (pathname.slice(1))](searchParams);
    } catch (error) {
      [status, body] = [500, String(error)];
    }
    response.writeHead(status, { "content-type": "application/json", "access-control-allow-origin": "*", connection: "close" });
    response.end(JSON.stringify(body));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      await Promise.all([...simulators.values()].map((sim) => sim.close()));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
