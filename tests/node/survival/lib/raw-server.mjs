/** A server that does what a script tells it: for everything that a good server never does. */
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
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
 * A WebSocket server whose every connection is led by `script(link)`, called as soon as the socket is open.
 * @param {import("node:test").TestContext} t
 * @param {(link: Link) => unknown} script
 */
export async function rawServer(t, script) {
  const http = createServer((_request, response) => response.writeHead(404).end());
  const tcp = new Set();
  http.on("connection", (socket) => {
    tcp.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => tcp.delete(socket));
  });
  const wss = new WebSocketServer({ server: http, perMessageDeflate: false });
  /** @type {Link[]} */
  const links = [];
  const server = { script, links, http, url: "", tcp, upgrades: [] };
  http.on("upgrade", (request) => server.upgrades.push(request.url));
  wss.on("connection", (socket, request) => {
    const link = new Link(socket, request, links.length);
    links.push(link);
    server.script(link);
  });
  wss.on("error", () => {});
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  server.url = `http://127.0.0.1:${http.address().port}`;
  t.after(async () => {
    for (const socket of tcp) socket.destroy();
    wss.close();
    await new Promise((resolve) => http.close(resolve));
  });
  return server;
}

/** One connection, from the server's side. */
export class Link {
  constructor(socket, request, number) {
    this.socket = socket;
    /** 0 for the first. */
    this.number = number;
    this.openedAt = performance.now();
    this.query = new URL(request.url, "http://localhost").searchParams;
    /** Frames of the client. @type {(string | Buffer)[]} */
    this.frames = [];
    this.closed = false;
    this.onFrame = () => {};
    socket.on("message", (data, isBinary) => {
      const frame = isBinary ? data : data.toString();
      this.frames.push(frame);
      this.onFrame(frame);
    });
    socket.on("close", () => (this.closed = true));
    socket.on("error", () => {});
  }

  send(...frames) {
    for (const frame of frames) this.socket.send(frame);
  }

  /** Open packet, wait for CONNECT, accept. */
  async accept(fields, id = `socket-${this.number + 1}`) {
    this.send(open(fields));
    await this.frame("40");
    this.send(`40{"sid":"${id}"}`);
    return this;
  }

  /** Waits for a frame that is, or begins with, `wanted`. */
  frame(wanted) {
    const hit = (frame) => typeof frame === "string" && frame.startsWith(wanted);
    return until(() => this.frames.find(hit) || (this.closed && "closed"), `a frame ${wanted}`);
  }

  /** The events that the client has sent: `[name, ...args]`. */
  events() {
    return this.frames
      .filter((frame) => typeof frame === "string" && /^42\d*\[/.test(frame))
      .map((frame) => JSON.parse(frame.slice(frame.indexOf("["))));
  }

  /** Waits for the nth event of this name; answers its payload. */
  async request(name, n = 1) {
    await until(() => this.events().filter(([found]) => found === name).length >= n, `${n} × ${name}`);
    return this.events().filter(([found]) => found === name)[n - 1][1];
  }

  /** Cuts the TCP connection. */
  cut() {
    this.socket.terminate();
  }

  /** Bytes that are no WebSocket frame. */
  garbage() {
    this.socket._socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x00, 0x13, 0x37]));
  }
}
