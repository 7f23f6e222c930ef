// What the platform has: sockets, events of the page and the network, frames, chance.

const ignore = () => {};

/** How long a socket may take to close before it is cut, where it can be (the package `ws`). */
const CLOSE_GRACE_MS = 2000;

const encoder = new TextEncoder();

/** How `receive` packs its answer: the feed's index above, the payload's offset in these bits. */
const OFFSET_BITS = 10;

/**
 * What all the sockets of a client share. A sample that nobody wants in columns is found and parsed in the frame's own
 * string, and the module is told no more than that it came. Any other text frame is written into a buffer in the
 * module's memory, which costs a fraction of handing a string over.
 */
export class Lane {
  #view = new Uint8Array(0);
  /** The one that came last, for `Port.resolveAt`. */
  frame = "";
  /** How the frames of samples begin, up to the payload; "" until the first one has shown it. */
  head = "";
  /** By `feedId`: the feeds whose samples the module need not see. */
  #objects = new Map();
  /** The others: those with columns. */
  #columns = new Set();
  /** By feed: its `feedId`, the listener where it has just one, the `messageId` of the last sample that was parsed here. */
  #ids = [];
  #sinks = [];
  lasts = [];

  /**
   * The callbacks: `receive(attempt, feed, bytes, nowMs)` is told of a frame in the buffer, with -1 for the feed, and
   * answers below 0 where nothing is left to do; or of a sample that was parsed here, and answers below 0 where that is
   * not to be told. `message` takes what goes neither way.
   */
  constructor(memory, start, size, callbacks) {
    Object.assign(this, { memory, start, size, ...callbacks });
  }

  /** Leads a feed's samples; `isObjects` says that none of them goes into columns. Without an id it has none. */
  lead(feed, id, sink, isObjects) {
    if (this.#objects.get(this.#ids[feed]) === feed) this.#objects.delete(this.#ids[feed]);
    this.#ids[feed] = id;
    this.#sinks[feed] = sink;
    if (id !== undefined && isObjects) this.#objects.set(id, feed);
    if (id !== undefined && !isObjects) this.#columns.add(feed);
    else this.#columns.delete(feed);
  }

  text(attempt, frame) {
    if (this.#objects.size > 0 && this.head !== "" && frame.startsWith(this.head) && this.#object(attempt, frame)) return;
    // The memory has grown, and its old buffer is detached.
    if (this.#view.byteLength === 0) this.#view = new Uint8Array(this.memory.buffer, this.start, this.size);
    const { read, written } = encoder.encodeInto(frame, this.#view);
    if (read < frame.length) return this.message(attempt, frame);
    this.frame = frame;
    const taken = this.receive(attempt, -1, written, Date.now());
    if (taken < 0) return;
    const sample = JSON.parse(frame.slice(taken & ((1 << OFFSET_BITS) - 1), -1));
    this.#tell(taken >>> OFFSET_BITS, sample);
  }

  /** Parses a sample that nobody wants in columns; false where the frame is none, and nothing has happened. */
  #object(attempt, frame) {
    const { length } = this.head;
    if (frame.charCodeAt(frame.length - 1) !== END || (this.#columns.size > 0 && !this.#isObject(frame, length))) return false;
    let sample;
    try {
      sample = JSON.parse(frame.slice(length, -1));
    } catch {
      return false;
    }
    const feed = this.#objects.get(sample?.feedId);
    if (feed === undefined || sample.error || sample.result === "error") return false;
    if (this.receive(attempt, feed, frame.length, Date.now()) < 0) return false;
    this.lasts[feed] = sample.messageId;
    this.#tell(feed, sample);
    return true;
  }

  /** Whether a payload from here on is that of such a feed, where it begins with its `feedId`: found without parsing it. */
  #isObject(frame, start) {
    if (!frame.startsWith(FEED_ID, start)) return false;
    const from = start + FEED_ID.length;
    return this.#objects.has(frame.slice(from, frame.indexOf('"', from)));
  }

  #tell(feed, sample) {
    const sink = this.#sinks[feed];
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

/** `]` */
const END = 0x5d;

/** How a sample begins that begins with its `feedId`. */
const FEED_ID = '{"feedId":"';

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
