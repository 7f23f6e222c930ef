/**
 * TLS without certificates (pre-shared key), since that is what a real cloud is behind: a corrupted byte is then the end
 * of the connection, and never another byte. A terminator in front of a plain server, and the WebSocket that goes to it.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { createServer } from "node:tls";
import { WebSocket } from "ws";

const KEY = Buffer.from("a key of the tests alone, no secret");
const PSK = {
  ciphers: "PSK-AES256-GCM-SHA384",
  minVersion: /** @type {const} */ ("TLSv1.2"),
  maxVersion: /** @type {const} */ ("TLSv1.2"),
};

/** A WebSocket that knows the key. */
export class TlsWebSocket extends WebSocket {
  /** @param {string} url */
  constructor(url) {
    super(url, { ...PSK, pskCallback: () => ({ psk: KEY, identity: "test" }), checkServerIdentity: () => undefined });
  }
}

/**
 * Takes TLS off and passes on to a port of this machine.
 * @param {() => number} target asked for each connection
 */
export async function terminator(target) {
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  /** By the port that the server behind sees: the port that the one in front has. @type {Map<number, number>} */
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
  server.on("tlsClientError", () => {}); // what a corrupted handshake is
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
