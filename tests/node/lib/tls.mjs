/**
 * TLS with a pre-shared key instead of certificates. As with a real cloud, a corrupted byte then ends the connection
 * and never arrives as a different byte. A terminator in front of a plain server, and a WebSocket that connects to it.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { createServer } from "node:tls";
import { WebSocket } from "ws";

const KEY = Buffer.from("a key for tests only, not a secret");
const PSK = {
  ciphers: "PSK-AES256-GCM-SHA384",
  minVersion: /** @type {const} */ ("TLSv1.2"),
  maxVersion: /** @type {const} */ ("TLSv1.2"),
};

/** A WebSocket that has the key. */
export class TlsWebSocket extends WebSocket {
  /** @param {string} url */
  constructor(url) {
    const options = {
      ...PSK,
      pskCallback: () => ({ psk: KEY, identity: "test" }),
      checkServerIdentity: () => undefined,
    };
    super(url, /** @type {import("ws").ClientOptions} */ (options));
  }
}

/**
 * Terminates TLS and forwards to a local port.
 * @param {() => number} target called for each connection
 */
export async function terminator(target) {
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  /** Maps the port that the server sees to the client's port. @type {Map<number, number>} */
  const origins = new Map();
  const server = createServer({ ...PSK, pskCallback: () => KEY, allowHalfOpen: true }, (near) => {
    const far = connect({ port: target(), host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    far.once("connect", () => origins.set(Number(far.localPort), Number(near.remotePort)));
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.once("close", () => (sockets.delete(socket), other.destroyed || other.end()));
      socket.pipe(other);
    }
  });
  server.on("tlsClientError", () => {}); // a corrupted handshake
  server.on("connection", (tcp) => {
    sockets.add(tcp);
    tcp.on("error", () => {});
    tcp.once("close", () => sockets.delete(tcp));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: /** @type {import("node:net").AddressInfo} */ (server.address()).port,
    origins,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
