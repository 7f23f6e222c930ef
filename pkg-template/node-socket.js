// The WebSocket of Node, Deno and Bun as the client wants it: it can be cut, it always closes, and its error event says
// why it could not connect.
//
// Node's own, closed, waits for the server's answer without an end, and keeps the process alive meanwhile; and it tells
// nobody why a handshake failed. What is under it is told on Node's diagnostics channels alone: the request with its
// error or the answer's status, the connection, then, at its address, the WebSocket. Where they are silent it is as it
// was.
import { subscribe } from "node:diagnostics_channel";
import { setImmediate } from "node:timers";
import { explain } from "./node-reason.js";

/**
 * Which one to use where the caller gives none. It has a static `explain`, for error events of any WebSocket.
 * @param {() => any} packaged gives the class of the package `ws`
 */
export function defaultWebSocket(packaged) {
  if (globalThis.WebSocket === undefined) return wsSocket(packaged);
  // A document is that of a test's imitation of a browser, with a WebSocket of its own.
  if (process.versions.deno || process.versions.bun || globalThis.document) return plainSocket(globalThis.WebSocket);
  return undiciSocket(globalThis.WebSocket);
}

const plainSocket = (WebSocket) =>
  class extends WebSocket {
    static explain = explainEvent;
  };

function wsSocket(packaged) {
  let WebSocket;
  try {
    WebSocket = packaged();
  } catch {
    // Not installed, or a bundler has left it out: the client asks for the option `webSocket` then.
    return undefined;
  }
  return class extends WebSocket {
    static explain = explainEvent;

    constructor(url) {
      const known = {};
      super(url, [], {
        finishRequest(request) {
          request.prependListener("response", ({ statusCode, statusMessage, headers }) => {
            Object.assign(known, { status: statusCode, statusText: statusMessage, location: headers.location });
          });
          request.end();
        },
      });
      facts.set(this, known);
    }
  };
}

/** What is known of a socket beside its events: `{ error, status, statusText, location, under }`, each where it is. */
const facts = new WeakMap();

const explainEvent = (event) => explain(event, facts.get(event?.target));

/** Connections that may yet become WebSockets, by their address on this side. */
const connections = new Map();
/** Sockets whose request has not been seen, in order; and what is known of those that were, by it. */
const unseen = new Set();
const requests = new WeakMap();
/** In Node 22 the WebSocket is not named, and its `open` event follows in the same turn; later it comes before. */
let newest;
let listening = false;

const undiciSocket = (WebSocket) =>
  class NodeSocket extends WebSocket {
    static explain = explainEvent;

    constructor(url) {
      if (!listening) listen();
      // Before the socket is there: some requests are made while it is.
      const known = { url: String(url) };
      unseen.add(known);
      try {
        super(url);
      } catch (error) {
        unseen.delete(known);
        throw error;
      }
      facts.set(this, known);
      // One that stands in for Node's, in a test.
      if (typeof this.addEventListener !== "function") {
        unseen.delete(known);
        return;
      }
      let settled = false;
      const settle = () => {
        settled = true;
        unseen.delete(known);
      };
      this.addEventListener("open", () => (settle(), (known.under ??= newest)), { once: true });
      this.addEventListener("close", settle, { once: true });
      this.addEventListener("error", (event) => {
        const { reason } = explainEvent(event);
        if (reason !== undefined) Object.defineProperty(event, "message", { value: reason, configurable: true });
        // That of Node 22 has an `error` event where it cannot connect, and never a `close`. Later ones have both in one
        // turn.
        setImmediate(() => settled || this.dispatchEvent(new Event("close")));
      }, { once: true });
    }

    terminate() {
      facts.get(this)?.under?.destroy();
    }
  };

function listen() {
  listening = true;
  subscribe("undici:request:create", ({ request }) => {
    if (request?.upgrade !== "websocket") return;
    const url = new URL(request.path, String(request.origin).replace(/^http/, "ws")).href;
    const known = [...unseen].find((one) => new URL(one.url).href === url);
    if (!known) return;
    unseen.delete(known);
    requests.set(request, known);
  });
  subscribe("undici:request:error", ({ request, error }) => {
    const known = requests.get(request);
    if (known) known.error = error;
  });
  subscribe("undici:request:headers", ({ request, response }) => {
    const known = requests.get(request);
    if (!known) return;
    const { statusCode: status, statusText, headers = [] } = response;
    const at = headers.findIndex((name, index) => index % 2 === 0 && String(name).toLowerCase() === "location");
    const location = at < 0 ? undefined : String(headers[at + 1]);
    Object.assign(known, { status, statusText, location });
  });
  subscribe("undici:client:connected", ({ socket }) => {
    const key = `${socket?.localAddress} ${socket?.localPort}`;
    connections.set(key, socket);
    socket?.once("close", () => connections.get(key) === socket && connections.delete(key));
  });
  subscribe("undici:websocket:open", ({ address, websocket }) => {
    const connection = connections.get(`${address?.address} ${address?.port}`);
    if (websocket === undefined) {
      newest = connection;
      queueMicrotask(() => (newest = undefined));
      return;
    }
    const known = facts.get(websocket);
    if (known) known.under = connection;
  });
}
