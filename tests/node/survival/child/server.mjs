// A simulator in its own process, so that a test can freeze and kill it. Prints its address once it listens.
import { startSimulator } from "../../../../www/simulator/index.mjs";

const [port = "0", options = "{}"] = process.argv.slice(2);
const sim = await startSimulator({ port: Number(port), commandMs: 0, ...JSON.parse(options) });
process.stdout.write(
  `${JSON.stringify({ url: sim.url, port: sim.port, token: sim.token, workgroup: sim.workgroup, devices: sim.devices.map(({ id }) => id) })}\n`,
);
