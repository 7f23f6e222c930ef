import { once } from "node:events";
import { connect, createServer } from "node:net";

/**
 * A port of 127.0.0.1 for a server of this test alone. A client may still try to connect after the server has closed, or
 * while it restarts; with a port that is merely free, it could reach another test's server. For half a minute a port is
 * not given to another process after a server has closed a connection there, whatever happens at the port meanwhile.
 */
export async function ownPort() {
  /** @type {Set<import("node:net").Socket>} */
  const accepted = new Set();
  const server = createServer((socket) => {
    accepted.add(socket.on("error", () => {}));
    socket.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  // Ends its side after the server has ended the other, so that it is the server's end that keeps the port.
  const socket = connect(port, "127.0.0.1").resume();
  await once(socket, "close");
  server.close();
  // A client of another test may have connected too. What it sent is never read, so its connection would not end.
  for (const one of accepted) one.destroy();
  await once(server, "close");
  return port;
}
