/** A scripted server of raw frames, for behaviour that a socket.io server never shows. */
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { ownPort } from "./own-port.mjs";

export const OPEN = '0{"sid":"engine","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';
export const ACCEPT = '40{"sid":"socket"}';

/**
 * @param {import("node:test").TestContext} t
 * @param {object} [script]
 * @param {string | null} [script.open] the Engine.IO handshake; null for none
 * @param {string | null} [script.accept] the reply to CONNECT; null for none
 * @param {(frame: string | Buffer, link: Link) => void} [script.onFrame] called with every frame except CONNECT
 * @param {(link: Link) => void} [script.onOpen]
 * @param {(request: import("node:http").IncomingMessage) => number | undefined} [script.refuse] returns an HTTP status
 *   with which to refuse the handshake
 * @typedef {{send(frame: string | Buffer): void, event(name: string, ...args: unknown[]): void,
 *   ws: import("ws").WebSocket, url: string}} Link
 */
export async function rawCloud(
  t,
  { open = OPEN, accept = ACCEPT, onFrame = () => {}, onOpen = () => {}, refuse = () => undefined } = {},
) {
  const http = createServer((_request, response) => response.writeHead(404).end());
  const server = new WebSocketServer({ noServer: true });
  /** @type {(string | Buffer)[]} */
  const frames = [];
  /** @type {string[]} */
  const urls = [];
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  http.on("connection", (tcp) => {
    sockets.add(tcp);
    tcp.on("error", () => {});
    tcp.once("close", () => sockets.delete(tcp));
  });
  http.on("upgrade", (request, tcp, head) => {
    urls.push(String(request.url));
    const status = refuse(request);
    if (status) return void tcp.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    server.handleUpgrade(request, tcp, head, (ws) => {
      const link = {
        ws,
        url: String(request.url),
        send: (frame) => ws.send(frame),
        event: (name, ...args) => ws.send(`42${JSON.stringify([name, ...args])}`),
      };
      ws.on("error", () => {});
      ws.on("message", (data, binary) => {
        const frame = binary ? /** @type {Buffer} */ (data) : String(data);
        frames.push(frame);
        if (frame === "40") {
          if (accept !== null) ws.send(accept);
        } else onFrame(frame, link);
      });
      if (open !== null) ws.send(open);
      onOpen(link);
    });
  });
  const port = await ownPort();
  await new Promise((resolve, reject) =>
    http.once("error", reject).listen(port, "127.0.0.1", () => resolve(undefined)),
  );
  t.after(() => {
    for (const tcp of sockets) tcp.destroy();
    return new Promise((resolve) => http.close(() => resolve(undefined)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    workgroup: "demo",
    token: "raw-cloud-token",
    frames,
    urls,
    links: server.clients,
  };
}

/**
 * The event of a frame; undefined if it is not an event.
 * @param {string | Buffer | Uint8Array} frame
 * @returns {{name: string, args: any[], ack: number | undefined} | undefined}
 */
export function eventOf(frame) {
  const found = typeof frame === "string" ? /^42(\d*)(\[.*)$/s.exec(frame) : null;
  if (!found) return undefined;
  const [name, ...args] = JSON.parse(found[2]);
  return { name, args, ack: found[1] === "" ? undefined : Number(found[1]) };
}
