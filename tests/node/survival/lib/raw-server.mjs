/** A scripted server, for everything that a correct server never does. */
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { ownPort } from "../../lib/own-port.mjs";
import { until } from "./support.mjs";

export const HANDSHAKE = {
  sid: "engine-1",
  upgrades: [],
  pingInterval: 25_000,
  pingTimeout: 20_000,
  maxPayload: 1_000_000,
};

/** @param {object} [fields] */
export const open = (fields = {}) => `0${JSON.stringify({ ...HANDSHAKE, ...fields })}`;

/** The text frame of an event. */
export const event = (name, ...args) => `42${JSON.stringify([name, ...args])}`;

/**
 * A WebSocket server that runs `script(link)` for every connection as soon as the socket is open.
 * @param {import("node:test").TestContext} t
 * @param {(link: Link) => unknown} script
 */
export async function rawServer(t, script) {
  const http = createServer((_request, response) => response.writeHead(404).end());
  /** @type {Set<import("node:net").Socket>} */
  const tcp = new Set();
  http.on("connection", (socket) => {
    tcp.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => tcp.delete(socket));
  });
  const wss = new WebSocketServer({ server: http, perMessageDeflate: false });
  /** @type {Link[]} */
  const links = [];
  const server = { script, links, http, url: "", tcp, upgrades: /** @type {string[]} */ ([]) };
  http.on("upgrade", (request) => server.upgrades.push(request.url));
  wss.on("connection", (socket, request) => {
    const link = new Link(socket, request, links.length);
    links.push(link);
    server.script(link);
  });
  wss.on("error", () => {});
  const port = await ownPort();
  await new Promise((resolve) => http.listen(port, "127.0.0.1", () => resolve(undefined)));
  server.url = `http://127.0.0.1:${port}`;
  t.after(async () => {
    for (const socket of tcp) socket.destroy();
    wss.close();
    await new Promise((resolve) => http.close(resolve));
  });
  return server;
}

/** One connection, on the server's side. */
export class Link {
  /**
   * @param {import("ws").WebSocket} socket
   * @param {import("node:http").IncomingMessage} request
   * @param {number} number
   */
  constructor(socket, request, number) {
    this.socket = socket;
    /** 0 for the first. */
    this.number = number;
    this.openedAt = performance.now();
    this.query = new URL(request.url, "http://localhost").searchParams;
    /** Frames from the client. @type {(string | Buffer)[]} */
    this.frames = [];
    this.closed = false;
    /** @type {(frame: string | Buffer) => void} */
    this.onFrame = () => {};
    socket.on("message", (data, isBinary) => {
      const frame = isBinary ? /** @type {Buffer} */ (data) : data.toString();
      this.frames.push(frame);
      this.onFrame(frame);
    });
    socket.on("close", () => (this.closed = true));
    socket.on("error", () => {});
  }

  /** @param {(string | Uint8Array)[]} frames */
  send(...frames) {
    for (const frame of frames) this.socket.send(frame);
  }

  /** Sends the open packet, waits for CONNECT, and accepts it. @param {object} [fields] of the open packet */
  async accept(fields, id = `socket-${this.number + 1}`) {
    this.send(open(fields));
    await this.frame("40");
    this.send(`40{"sid":"${id}"}`);
    return this;
  }

  /** Waits for a frame that starts with `wanted`, or until the socket is closed. @param {string} wanted */
  frame(wanted) {
    /** @param {string | Buffer} frame */
    const hit = (frame) => typeof frame === "string" && frame.startsWith(wanted);
    return until(() => this.frames.find(hit) || (this.closed && "closed"), `a frame ${wanted}`);
  }

  /** The events that the client has sent, as `[name, ...args]`. @returns {any[][]} */
  events() {
    return this.frames
      .filter((frame) => typeof frame === "string")
      .filter((frame) => /^42\d*\[/.test(frame))
      .map((frame) => JSON.parse(frame.slice(frame.indexOf("["))));
  }

  /** Waits for the nth event of this name; resolves with its payload. @param {string} name */
  async request(name, n = 1) {
    await until(() => this.events().filter(([found]) => found === name).length >= n, `${n} × ${name}`);
    return this.events().filter(([found]) => found === name)[n - 1][1];
  }

  /** Cuts the TCP connection. */
  cut() {
    this.socket.terminate();
  }

  /** The TCP connection. @returns {import("node:net").Socket} */
  get tcp() {
    return /** @type {any} */ (this.socket)._socket;
  }

  /** Sends bytes that are not a WebSocket frame. */
  garbage() {
    this.tcp.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x00, 0x13, 0x37]));
  }
}
