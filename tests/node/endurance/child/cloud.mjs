// The soak test's simulator in its own process: 100 feeds of 50 samples per second each. Messages tell it how to end
// the connections; it reports the commands it receives, and the samples it sent before it closed a connection cleanly.
import { startSimulator } from "../../../../www/simulator/index.mjs";

const { port = 0, devices, samplesPerSecond } = JSON.parse(process.argv[2] ?? "{}");
const sim = await startSimulator({
  port,
  devices,
  samplesPerSecond,
  commandMs: 1,
  maxReceived: 1,
  quiet: true,
  onConnection: (socket) =>
    socket.use(([event, payload], next) => {
      if (event === "device:cmd") process.send?.({ command: payload.cmd });
      next();
    }),
});
for (const { id } of sim.devices) sim.setOnline(id, true);

const ways = {
  dropped: () => sim.dropAll(),
  restarted: () => sim.restart({ downMs: 100 }),
  "closed cleanly": () => {
    for (const socket of sim.sockets) {
      if (socket.conn.readyState !== "open") continue;
      const sent = sim
        .feeds()
        .filter((feed) => feed.socketId === socket.id)
        .map((feed) => [feed.feedId, feed.sent]);
      process.send?.({ ended: socket.id, sent });
      socket.conn.close();
    }
  },
};
process.on("message", ({ end }) => void ways[end]?.());
process.once("disconnect", () => process.exit(0)); // the parent process is gone
process.send?.({
  port: sim.port,
  url: sim.url,
  token: sim.token,
  workgroup: sim.workgroup,
  devices: sim.devices.map(({ id }) => id),
});
