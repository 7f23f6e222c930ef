/**
 * Simulators for tests in other languages: an HTTP server that creates them, calls their methods and waits for their
 * counters. Every response is JSON.
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { startSimulator } from "../../www/simulator/index.mjs";
import { until } from "../node/lib/until.mjs";
import { startRaw } from "./raw.mjs";

/**
 * Servers of a kind that stay open: more than all tests create in one run. The others are of earlier runs, of which
 * `npm run mutants` makes so many that there would be no port left.
 */
const KEPT = 500;

const CERTIFICATES = new URL("../node/lib/certificates/", import.meta.url);

/** Starts the server; `close` closes it and all simulators that it has created. */
export async function startCloud() {
  /** @type {Map<string, import("../../www/simulator/simulator.mjs").Simulator>} */
  const simulators = new Map();
  /** @type {Map<string, Awaited<ReturnType<typeof startRaw>>>} */
  const raws = new Map();
  /** @type {import("node:tls").Server[]} */
  const terminators = [];
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();

  let count = 0;
  /**
   * Adds a server and closes the oldest if there are too many. Returns its id.
   * @template {{ close: () => unknown }} T @param {Map<string, T>} servers @param {T} server
   */
  const keep = (servers, server) => {
    const id = String(count++);
    servers.set(id, server);
    const [[oldest, old]] = servers;
    if (servers.size > KEPT && servers.delete(oldest)) void old.close();
    return id;
  };

  const commands = {
    /** @param {URLSearchParams} query */
    async new(query) {
      const options = JSON.parse(query.get("options") ?? "{}");
      const sim = await startSimulator({
        commandMs: 0,
        restartMs: 5,
        upgradeStepMs: 1,
        slowCommandMs: 60_000,
        samplesPerSecond: 200,
        ...options,
      });
      // Acknowledges an event with its own arguments.
      sim.onConnection = (socket) => socket.on("test:echo", (...args) => args.pop()(...args));
      const id = keep(simulators, sim);
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
    /** A server that speaks frames. @param {URLSearchParams} query */
    async raw(query) {
      const raw = await startRaw(JSON.parse(query.get("script") ?? "{}"));
      return { id: keep(raws, raw), url: raw.url };
    },
    /** Calls a method of a server that speaks frames. @param {URLSearchParams} query */
    async rawCall(query) {
      const raw = /** @type {any} */ (raws.get(query.get("id") ?? ""));
      return (await raw[query.get("method") ?? ""](...JSON.parse(query.get("args") ?? "[]"))) ?? null;
    },
    /** TLS in front of a simulator; answers its port. @param {URLSearchParams} query */
    async tls(query) {
      const sim = /** @type {any} */ (simulators.get(query.get("id") ?? ""));
      const [key, cert] = await Promise.all(
        ["key.pem", `${query.get("certificate")}.pem`].map((name) => readFile(new URL(name, CERTIFICATES))),
      );
      const terminator = createTlsServer({ key, cert }, (near) => {
        const far = connect(sim.port, "127.0.0.1");
        for (const [socket, other] of [
          [near, far],
          [far, near],
        ]) {
          sockets.add(
            socket.on("error", () => other.destroy()).once("close", () => (sockets.delete(socket), other.destroy())),
          );
          socket.pipe(other);
        }
      });
      // From clients that refuse the certificate.
      terminator.on("tlsClientError", () => {});
      terminators.push(terminator);
      await new Promise((resolve) => terminator.listen(0, "127.0.0.1", () => resolve(undefined)));
      return /** @type {import("node:net").AddressInfo} */ (terminator.address()).port;
    },
    /** The arguments of each event with this name. @param {URLSearchParams} query */
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
    response.writeHead(status, {
      "content-type": "application/json",
      "access-control-allow-origin": "*",
      connection: "close",
    });
    response.end(JSON.stringify(body));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      await Promise.all([...simulators.values(), ...raws.values()].map((server) => server.close()));
      for (const socket of sockets) socket.destroy();
      await Promise.all(terminators.map((terminator) => new Promise((resolve) => terminator.close(resolve))));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
