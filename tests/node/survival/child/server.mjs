// A simulator in a process of its own, so that it can be frozen and killed. Prints its address once it listens.
import { startSimulator } from "../../../../www/simulator/index.mjs";

const [port = "0", options = "{}"] = process.argv.slice(2);
const sim = await startSimulator({ port: Number(port), commandMs: 0, ...JSON.parse(options) });
process.stdout.write(
  `${JSON.stringify({ url: sim.url, port: sim.port, token: sim.token, workgroup: sim.workgroup, devices: sim.devices.map(({ id }) => id) })}\n`,
);
