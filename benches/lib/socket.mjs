// A WebSocket without a network: the same class for every candidate, with a small Ardexa cloud at the other end.
// Runs in Node and in browsers.
import { feedId } from "./frames.mjs";

const HANDSHAKE =
  '0{"sid":"bench-engine","upgrades":[],"pingInterval":3600000,"pingTimeout":3600000,"maxPayload":1000000}';
const ACCEPTED = '40{"sid":"bench-socket"}';
const REQUEST_ID = '"requestId":"';

/** The event passed to message listeners; a browser also creates one per frame. */
class Message {
  /** @param {string} data */
  constructor(data) {
    this.type = "message";
    this.data = data;
  }
}

/** The part of the WHATWG interface that clients use. */
export class MemorySocket {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSING = 2;
  static CLOSED = 3;
  /** The most recently created socket. @type {MemorySocket} */
  static last;

  readyState = 0;
  bufferedAmount = 0;
  extensions = "";
  protocol = "";
  binaryType = "blob";
  /** @type {((event: any) => void) | null} */
  onopen = null;
  /** @type {((event: any) => void) | null} */
  onmessage = null;
  /** @type {((event: any) => void) | null} */
  onclose = null;
  /** @type {((event: any) => void) | null} */
  onerror = null;
  /** Replies not yet delivered. @type {string[]} */
  answers = [];
  feeds = 0;

  /** @param {string} url */
  constructor(url) {
    this.url = url;
    MemorySocket.last = this;
    queueMicrotask(() => {
      this.readyState = 1;
      this.onopen?.({ type: "open" });
      this.deliver(HANDSHAKE);
    });
  }

  /** @param {string} frame */
  send(frame) {
    if (typeof frame !== "string") throw new TypeError("the benches' server takes text alone");
    const answer = this.answer(frame);
    if (answer === undefined) return;
    // Never reply from within `send`: no network does. Frames sent in one turn are answered together.
    if (this.answers.push(answer) === 1) queueMicrotask(() => this.flush());
  }

  flush() {
    const answers = this.answers;
    this.answers = [];
    for (const answer of answers) this.deliver(answer);
  }

  /** @param {string} frame @returns {string | undefined} */
  answer(frame) {
    if (frame.startsWith("40")) return ACCEPTED;
    if (frame.startsWith('42["device:feed",')) {
      return `42["device:feed:rpc",{"requestId":"${requestIdOf(frame)}","feedId":"${feedId(this.feeds++)}"}]`;
    }
    if (frame.startsWith('42["device:refreshMeta",')) {
      return `42["device:refreshMeta:rpc",{"requestId":"${requestIdOf(frame)}","complete":true}]`;
    }
    return undefined;
  }

  /** Delivers a frame by calling the client's handler, as the browser does. @param {string} frame */
  deliver(frame) {
    this.onmessage?.(new Message(frame));
  }

  close() {
    if (this.readyState >= 2) return;
    this.readyState = 3;
    queueMicrotask(() => this.onclose?.({ type: "close", code: 1005, reason: "", wasClean: true }));
  }
}

/** @param {string} frame */
function requestIdOf(frame) {
  const start = frame.indexOf(REQUEST_ID) + REQUEST_ID.length;
  return frame.slice(start, frame.indexOf('"', start));
}
