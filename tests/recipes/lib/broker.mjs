/** A real MQTT broker with its own port and folder. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import mqtt from "mqtt";
import { ensureBroker } from "../../../scripts/lib/broker.mjs";
import { until } from "../../node/lib/until.mjs";
import { scratch } from "./recipe.mjs";

/** Attempts to find a port: another process may take one that was just free. */
const TRIES = 5;

/** Mosquitto cannot choose a free port. */
async function freePort() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * @param {import("node:test").TestContext} t
 * @param {{ password?: { file: string } }} [options] a file of users and passwords; without it any client may connect
 */
export async function broker(t, { password } = {}) {
  const program = await ensureBroker();
  const folder = scratch(t);
  const config = join(folder, "mosquitto.conf");
  const held = { port: 0, child: undefined, said: "" };

  async function start() {
    held.child = spawn(program, ["-c", config], { stdio: ["ignore", "ignore", "pipe"] });
    held.child.stderr.setEncoding("utf8").on("data", (text) => (held.said += text));
    const { child } = held;
    await until(() => child.exitCode !== null || /mosquitto version .* running/.test(held.said), "the broker to run");
    return child.exitCode === null;
  }
  async function stop(signal = "SIGKILL") {
    const { child } = held;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGCONT");
    child.kill(signal);
    await gone;
  }
  t.after(() => stop());

  for (let tries = 1; ; tries++) {
    held.port = await freePort();
    // `user root` applies only if root runs it: it keeps access to this folder, which belongs to root.
    const lines = [`listener ${held.port} 127.0.0.1`, "user root", "log_dest stderr", "persistence false"];
    writeFileSync(
      config,
      `${[...lines, password ? `password_file ${password.file}` : "allow_anonymous true"].join("\n")}\n`,
    );
    if (await start()) break;
    if (tries === TRIES) throw new Error(`the broker does not start:\n${held.said}`);
    held.said = "";
  }

  return {
    url: `mqtt://127.0.0.1:${held.port}`,
    stop,
    async start() {
      held.said = "";
      if (!(await start())) throw new Error(`the broker does not start again:\n${held.said}`);
    },
    pause: () => held.child.kill("SIGSTOP"),
    resume: () => held.child.kill("SIGCONT"),

    /** Collects everything published from now on. */
    async listener() {
      const client = mqtt.connect(`mqtt://127.0.0.1:${held.port}`, { reconnectPeriod: 20 });
      t.after(() => client.endAsync(true));
      /** @type {{ topic: string, payload: any, retain: boolean, qos: number }[]} */
      const messages = [];
      client.on("message", (topic, payload, { retain, qos }) => {
        messages.push({ topic, payload: JSON.parse(String(payload)), retain, qos });
      });
      client.on("error", () => {});
      await client.subscribeAsync("ardexa/#", { qos: 2 });
      return {
        messages,
        on: (topic) => messages.filter((message) => message.topic === topic).map(({ payload }) => payload),
        get connected() {
          return client.connected;
        },
      };
    },
  };
}
