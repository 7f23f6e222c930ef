/** A WebSocket without a network, with a server of Socket.IO 4 behind it: thousands of connections a second. */

export const CONNECTING = 0,
  OPEN = 1,
  CLOSED = 3;

/** Sockets made and sockets not closed yet, and listeners that were never taken away. */
export const counts = { made: 0, open: 0, dirty: 0 };

/** The sockets that are open. @type {Set<MemorySocket>} */
export const open = new Set();

export class MemorySocket {
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
      this.give(`0{"sid":"e${counts.made}","pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`);
    });
  }

  send(frame) {
    if (frame === "40") queueMicrotask(() => this.give(`40{"sid":"s${counts.made}"}`));
    else this.constructor.onFrame?.(this, frame);
  }

  /** To the client. */
  give(data) {
    if (this.readyState === OPEN) this.onmessage?.({ data });
  }

  /** The server's side goes away. */
  drop() {
    this.#end();
    this.onclose?.({ code: 1006, reason: "" });
  }

  close() {
    this.#end();
    // Nothing of the client may be held by a socket that it has let go.
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
