// Node's own WebSocket, less what it does against the standard or to the process.
//
// Closed, it waits for the server's answer without an end, and keeps the process alive meanwhile: so it can be cut. What
// is under it is told on Node's diagnostics channels alone: first the connection, then, at its address, the WebSocket.
// Where they are silent it is as it was.
//
// Where it cannot connect, that of Node 22 has an `error` event and never a `close`: so that is made up for.
const { subscribe } = require("node:diagnostics_channel");

/** Connections that may yet become WebSockets, by their address on this side. */
const connections = new Map();
/** In Node 22 the WebSocket is not named, and its `open` event follows in the same turn; later it comes before. */
let newest;
let listening = false;

class NodeSocket extends globalThis.WebSocket {
  #under;

  constructor(...args) {
    if (!listening) listen();
    super(...args);
    let settled = false;
    const settle = () => (settled = true);
    this.addEventListener("open", () => (settle(), (this.#under = newest)), { once: true });
    this.addEventListener("close", settle, { once: true });
    // Later ones tell of both in one turn.
    this.addEventListener("error", () => setImmediate(() => settled || this.dispatchEvent(new Event("close"))), { once: true });
  }

  terminate() {
    this.#under?.destroy();
  }

  static opened(webSocket, connection) {
    if (webSocket === undefined) {
      newest = connection;
      queueMicrotask(() => (newest = undefined));
    } else if (#under in webSocket) webSocket.#under = connection;
  }
}

function listen() {
  listening = true;
  subscribe("undici:client:connected", ({ socket }) => {
    const key = `${socket?.localAddress} ${socket?.localPort}`;
    connections.set(key, socket);
    socket?.once("close", () => connections.get(key) === socket && connections.delete(key));
  });
  subscribe("undici:websocket:open", ({ address, websocket }) => {
    NodeSocket.opened(websocket, connections.get(`${address?.address} ${address?.port}`));
  });
}

module.exports = NodeSocket;
