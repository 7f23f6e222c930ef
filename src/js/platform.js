// What the platform has: sockets, events of the page and the network, frames, chance.

const ignore = () => {};

/** How long a socket may take to close before it is cut, where it can be (the package `ws`). */
const CLOSE_GRACE_MS = 2000;

const encoder = new TextEncoder();

/** How `receive` packs its answer: the feed's index above, the payload's offset in these bits. */
const OFFSET_BITS = 10;

/**
 * What all the sockets of a client share. A text frame is written into a buffer in the module's memory, which costs a
 * fraction of handing a string over, and a sample is parsed from the frame's own string.
 */
export class Lane {
  #view = new Uint8Array(0);
  /** The one that came last, for `Port.resolveAt`. */
  frame = "";

  /**
   * `sinks` and `ids` are kept up to date by the module, by feed: the listener, where the feed has just one, and the
   * `feedId`; `lasts` by the lane: the `messageId` of the last sample that it has parsed. The callbacks:
   * `receive(attempt, bytes, nowMs)` answers below 0 where nothing is left to do; `refuse()` is for what `receive` took
   * for a sample and is none; `message` takes what does not go by the buffer.
   */
  constructor(memory, start, size, sinks, ids, lasts, callbacks) {
    Object.assign(this, { memory, start, size, sinks, ids, lasts, ...callbacks });
  }

  text(attempt, frame) {
    // The memory has grown, and its old buffer is detached.
    if (this.#view.byteLength === 0) this.#view = new Uint8Array(this.memory.buffer, this.start, this.size);
    const { read, written } = encoder.encodeInto(frame, this.#view);
    if (read < frame.length) return this.message(attempt, frame);
    this.frame = frame;
    const taken = this.receive(attempt, written, Date.now());
    if (taken >= 0) this.sample(taken >>> OFFSET_BITS, frame.slice(taken & ((1 << OFFSET_BITS) - 1), -1));
  }

  sample(feed, payload) {
    let sample;
    try {
      sample = JSON.parse(payload);
    } catch {
      return this.refuse();
    }
    if (sample.error || sample.result === "error" || sample.feedId !== this.ids[feed]) return this.refuse();
    this.lasts[feed] = sample.messageId;
    const sink = this.sinks[feed];
    if (sink === undefined) return this.deliver(feed, sample);
    try {
      sink(sample);
    } catch (error) {
      this.threw(error);
    }
  }

  /** The `messageId` of a feed's last sample, where it is a text. */
  lastId(feed) {
    const id = this.lasts[feed];
    return typeof id === "string" && !HALF.test(id) ? id : undefined;
  }
}

/** Half a character, which is no text to the module. */
const HALF = /[\ud800-\udfff]/u;

/** Opens a socket and leads what it tells to the lane, with the attempt's number in front. */
export function open(WebSocket, url, attempt, lane) {
  const socket = new WebSocket(url);
  let failed = false;
  let detail = "";
  socket.binaryType = "arraybuffer";
  socket.onopen = () => lane.opened(attempt);
  socket.onmessage = ({ data }) => (typeof data === "string" ? lane.text(attempt, data) : lane.message(attempt, data));
  socket.onerror = (event) => {
    failed = true;
    // Only outside browsers does it say anything.
    detail = typeof event?.message === "string" ? event.message : "";
  };
  socket.onclose = (event) => lane.closed(attempt, failed, detail || event?.reason || "");
  return socket;
}

/** Lets go of a socket: nothing that it still does is heard. */
export function release(socket) {
  socket.onopen = socket.onmessage = socket.onclose = null;
  // `ws` throws what nobody listens to when a socket is closed before it was open.
  socket.onerror = ignore;
  try {
    socket.close();
  } catch {
    // Some implementations refuse while connecting; the socket is forgotten all the same.
  }
  if (typeof socket.terminate === "function" && socket.readyState !== 3) {
    const timer = setTimeout(() => socket.terminate(), CLOSE_GRACE_MS);
    socket.onclose = () => clearTimeout(timer);
    timer.unref?.();
  }
}

/**
 * Calls `wake` when the network or the page comes back, `tick` when the network goes, `leave` when the page is put aside
 * for a return (the back-forward cache); answers how to stop that.
 */
export function watch(wake, tick, leave) {
  const { document } = globalThis;
  if (typeof globalThis.addEventListener !== "function") return () => {};
  const shown = () => (document.visibilityState === "visible" ? wake() : undefined);
  const woken = () => wake();
  const gone = () => tick();
  const hidden = (event) => (event.persisted ? leave() : undefined);
  globalThis.addEventListener("online", woken);
  globalThis.addEventListener("pageshow", woken);
  globalThis.addEventListener("pagehide", hidden);
  globalThis.addEventListener("offline", gone);
  document?.addEventListener("visibilitychange", shown);
  return () => {
    globalThis.removeEventListener("online", woken);
    globalThis.removeEventListener("pageshow", woken);
    globalThis.removeEventListener("pagehide", hidden);
    globalThis.removeEventListener("offline", gone);
    document?.removeEventListener("visibilitychange", shown);
  };
}

/** 128 random bits as four numbers. */
export function chance() {
  const words = new Uint32Array(4);
  if (globalThis.crypto?.getRandomValues) return globalThis.crypto.getRandomValues(words);
  return words.map(() => Math.random() * 2 ** 32);
}

/** Calls back before the next frame is drawn, or in the next turn of the event loop where nothing is drawn. */
export function nextFrame(callback) {
  const soon = globalThis.requestAnimationFrame ?? globalThis.setImmediate ?? globalThis.setTimeout;
  soon(() => callback());
}

/** More than the few microtasks that a settled promise takes through the caller's own async functions. */
const HOPS = 12;

/** Calls back in a microtask, after the code that awaits a promise which is being settled now. */
export async function later(callback) {
  for (let hop = 0; hop < HOPS; hop++) await undefined;
  callback();
}

/** Tells the console of what a listener threw; how the console shows it is the thrown value's own matter. */
export function complain(thrown) {
  try {
    console.error("ardexa-client: a listener threw", thrown);
  } catch {
    // Nobody is left to tell.
  }
}
