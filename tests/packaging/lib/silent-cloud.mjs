/** A cloud that accepts a connection and then stops reading, so it never replies to a close frame. */
import { WebSocketServer } from "ws";

const OPEN = '0{"sid":"engine","upgrades":[],"pingInterval":60000,"pingTimeout":60000,"maxPayload":1000000}';

/** @param {import("node:test").TestContext} t @returns client options */
export async function silentCloud(t) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.send(OPEN);
    socket.on("message", (data) => {
      if (!String(data).startsWith("40")) return;
      socket.send('40{"sid":"socket"}');
      socket.pause();
    });
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}`, workgroup: "demo", token: "the-token" };
}
