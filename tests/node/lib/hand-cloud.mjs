/** A socket.io server with one feed, `f`, whose samples the test writes by hand, as valid or invalid JSON. */
import { createServer } from "node:http";
import { Server } from "socket.io";

/** @param {import("node:test").TestContext} t */
export async function handCloud(t) {
  const http = createServer();
  const io = new Server(http, { path: "/socket.io-client" });
  t.after(() => io.close());
  io.on("connection", (socket) => {
    socket.on("device:feed", ({ requestId }) => socket.emit("device:feed:rpc", { requestId, feedId: "f" }));
  });
  await new Promise((resolve) => http.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (http.address());
  return {
    io,
    url: `http://127.0.0.1:${port}`,
    workgroup: "demo",
    token: "hand-token",
    /**
     * Sends an event with this string as its payload.
     * @param {import("socket.io").Socket} socket @param {string} event @param {string} payload
     */
    write: (socket, event, payload) => void socket.conn.write(/** @type {any} */ (`2["${event}",${payload}]`)),
    /**
     * The payload of a sample, as Python formats it.
     * @param {string} value @param {string} [time] both as JSON or raw text
     */
    sample: (value, time = '"2023-08-09T03:55:37.000Z"') =>
      `{"feedId": "f", "event_time": ${time}, "messageId": "1", "value": ${value}}`,
  };
}
