/** An HTTP proxy that tunnels with CONNECT, optionally with credentials; closed when the test ends. */
import { createServer } from "node:http";
import { connect } from "node:net";

/**
 * @param {import("node:test").TestContext} t
 * @param {object} [options]
 * @param {string} [options.credentials] `user:password`; other credentials, or none, get a 407
 * @param {number} [options.refuse] status with which it refuses every CONNECT
 * @param {boolean} [options.silent] accepts a CONNECT and never replies
 */
export async function connectProxy(t, { credentials, refuse, silent = false } = {}) {
  /** The targets of all CONNECT requests. @type {string[]} */
  const targets = [];
  const sockets = new Set();
  const server = createServer((_request, response) => response.writeHead(400).end());
  server.on("connection", (tcp) => {
    sockets.add(tcp);
    tcp.on("error", () => {}).once("close", () => sockets.delete(tcp));
  });
  server.on("connect", (request, near, head) => {
    targets.push(request.url);
    near.on("error", () => {});
    if (silent) return;
    const given = String(request.headers["proxy-authorization"] ?? "").replace(/^Basic /, "");
    const status = refuse ?? (credentials && Buffer.from(given, "base64").toString() !== credentials ? 407 : 200);
    if (status !== 200) return void near.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
    const { hostname, port } = new URL(`http://${request.url}`);
    const far = connect({ host: hostname, port: Number(port) }, () => {
      near.write("HTTP/1.1 200 Connection established\r\n\r\n");
      far.write(head);
      near.pipe(far).pipe(near);
    });
    sockets.add(far);
    far.on("error", () => near.destroy()).once("close", () => (sockets.delete(far), near.destroy()));
    near.once("close", () => far.destroy());
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", () => resolve(undefined)));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve(undefined)));
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { host: `127.0.0.1:${port}`, targets };
}
