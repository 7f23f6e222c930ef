/** An HTTP proxy that tunnels by CONNECT, with a user and a password if the test gives them; gone when the test is. */
import { createServer } from "node:http";
import { connect } from "node:net";

/**
 * @param {import("node:test").TestContext} t
 * @param {object} [options]
 * @param {string} [options.credentials] `user:password`, without which it answers 407
 * @param {number} [options.refuse] a status that it answers to every CONNECT
 * @param {boolean} [options.silent] it takes a CONNECT and says nothing
 */
export async function connectProxy(t, { credentials, refuse, silent = false } = {}) {
  /** Where it was asked to connect to. @type {string[]} */
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
  return { host: `127.0.0.1:${server.address().port}`, targets };
}
