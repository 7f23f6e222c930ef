/** A WebSocket without a network, with a Socket.IO 4 server behind it: thousands of connections per second. */

export const CONNECTING = 0,
  OPEN = 1,
  CLOSED = 3;

/** Sockets created, sockets not closed yet, and closed sockets that kept their listeners. */
export const counts = { made: 0, open: 0, dirty: 0 };

/** The open sockets. @type {Set<MemorySocket>} */
export const open = new Set();

export class MemorySocket {
  /** Announced in the handshake. These sockets never ping, so a connection lasts 20 s longer than this. */
  static pingIntervalMs = 25_000;
  /** Called with every frame except CONNECT. @type {((socket: MemorySocket, frame: any) => void) | undefined} */
  static onFrame;

  readyState = CONNECTING;
  binaryType = "blob";
  onopen = null;
  onmessage = null;
  onerror = null;
  onclose = null;

  constructor(url) {
    this.url = url;
    counts.made++;
    counts.open++;
    open.add(this);
    queueMicrotask(() => {
      if (this.readyState !== CONNECTING) return;
      this.readyState = OPEN;
      this.onopen?.({});
      const { pingIntervalMs } = MemorySocket;
      this.give(`0{"sid":"e${counts.made}","pingInterval":${pingIntervalMs},"pingTimeout":20000,"maxPayload":1000000}`);
    });
  }

  send(frame) {
    if (frame === "40") queueMicrotask(() => this.give(`40{"sid":"s${counts.made}"}`));
    else /** @type {typeof MemorySocket} */ (this.constructor).onFrame?.(this, frame);
  }

  /** Delivers a frame to the client. @param {string | Uint8Array} data */
  give(data) {
    if (this.readyState === OPEN) this.onmessage?.({ data });
  }

  /** Drops the connection from the server's side. */
  drop() {
    this.#end();
    this.onclose?.({ code: 1006, reason: "" });
  }

  close() {
    this.#end();
    // A closed socket must not keep references to the client.
    queueMicrotask(() => {
      if (this.onmessage || this.onopen || this.onclose) counts.dirty++;
    });
  }

  #end() {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    counts.open--;
    open.delete(this);
  }
}
