// The WebSocket of Node, Deno and Bun, adapted for the client: in Node it can be terminated and always fires `close`,
// and its error event says why it could not connect.
//
// On close, Node's own WebSocket waits for the server's answer indefinitely and keeps the process alive meanwhile. Nor
// does it report why a handshake failed. Only Node's diagnostics channels expose what is underneath: the request with
// its error or response status, the connection, then the WebSocket with the connection's address. Without messages on
// them, the socket behaves as Node's does.
import { subscribe } from "node:diagnostics_channel";
import { setImmediate } from "node:timers";
import { explain } from "./node-reason.js";

/**
 * The WebSocket class to use if the caller passes none. Its static `explain` accepts error events of any WebSocket.
 * @param {() => any} packaged returns the class of the package `ws`
 */
export function defaultWebSocket(packaged) {
  if (globalThis.WebSocket === undefined) return wsSocket(packaged);
  // A document means a simulated browser in a test, which has its own WebSocket.
  if (process.versions.deno || process.versions.bun || globalThis.document) return plainSocket(globalThis.WebSocket);
  return undiciSocket(globalThis.WebSocket);
}

/** @param {typeof globalThis.WebSocket} WebSocket */
const plainSocket = (WebSocket) =>
  class extends WebSocket {
    static explain = explainEvent;
  };

/** @param {() => any} packaged */
function wsSocket(packaged) {
  let WebSocket;
  try {
    WebSocket = packaged();
  } catch {
    // Not installed, or left out by a bundler: the client then asks for the option `webSocket`.
    return undefined;
  }
  return class extends WebSocket {
    static explain = explainEvent;

    /** @param {string} url */
    constructor(url) {
      /** @type {Facts} */
      const known = {};
      super(url, [], {
        /** @param {import("node:http").ClientRequest} request */
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

/** @typedef {import("node:net").Socket} Socket */
/** @typedef {import("./node-reason.js").Known & { url?: string, under?: Socket }} Facts `under`: the connection */

/** What is known about a socket besides its events. @type {WeakMap<object, Facts>} */
const facts = new WeakMap();

/** @param {any} event */
const explainEvent = (event) => explain(event, facts.get(event?.target));

/** Connections that may become WebSockets, by local address. @type {Map<string, Socket>} */
const connections = new Map();
/**
 * Facts about sockets whose request has not been seen yet, in order; `requests` has the others by their request.
 * @type {Set<Facts & { url: string }>}
 */
const unseen = new Set();
/** @type {WeakMap<object, Facts>} */
const requests = new WeakMap();
/**
 * Node 22 does not name the WebSocket, and its `open` event follows in the same turn; later versions fire it first.
 * @type {Socket | undefined}
 */
let newest;
let listening = false;

/** @param {typeof globalThis.WebSocket} WebSocket */
const undiciSocket = (WebSocket) =>
  class NodeSocket extends WebSocket {
    static explain = explainEvent;

    /** @param {string} url */
    constructor(url) {
      if (!listening) listen();
      // Registered before the socket is created: some requests are made during its construction.
      /** @type {Facts & { url: string }} */
      const known = { url: String(url) };
      unseen.add(known);
      try {
        super(url);
      } catch (error) {
        unseen.delete(known);
        throw error;
      }
      facts.set(this, known);
      // A test's stand-in for Node's WebSocket.
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
      this.addEventListener(
        "error",
        (event) => {
          const { reason } = explainEvent(event);
          if (reason !== undefined) Object.defineProperty(event, "message", { value: reason, configurable: true });
          // If it cannot connect, Node 22's WebSocket fires `error` but never `close`. Later versions fire both in the
          // same turn.
          setImmediate(() => settled || this.dispatchEvent(new Event("close")));
        },
        { once: true },
      );
    }

    terminate() {
      facts.get(this)?.under?.destroy();
    }
  };

/** @param {string} channel @param {(message: any) => void} listener */
const onChannel = (channel, listener) => subscribe(channel, listener);

function listen() {
  listening = true;
  onChannel("undici:request:create", ({ request }) => {
    if (request?.upgrade !== "websocket") return;
    const url = new URL(request.path, String(request.origin).replace(/^http/, "ws")).href;
    const known = [...unseen].find((one) => new URL(one.url).href === url);
    if (!known) return;
    unseen.delete(known);
    requests.set(request, known);
  });
  onChannel("undici:request:error", ({ request, error }) => {
    const known = requests.get(request);
    if (known) known.error = error;
  });
  onChannel("undici:request:headers", ({ request, response }) => {
    const known = requests.get(request);
    if (!known) return;
    const { statusCode: status, statusText, headers = [] } = response;
    const at = headers.findIndex(
      (/** @type {unknown} */ name, /** @type {number} */ index) =>
        index % 2 === 0 && String(name).toLowerCase() === "location",
    );
    const location = at < 0 ? undefined : String(headers[at + 1]);
    Object.assign(known, { status, statusText, location });
  });
  onChannel("undici:client:connected", ({ socket }) => {
    const key = `${socket?.localAddress} ${socket?.localPort}`;
    connections.set(key, socket);
    socket?.once("close", () => connections.get(key) === socket && connections.delete(key));
  });
  onChannel("undici:websocket:open", ({ address, websocket }) => {
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
