// The few lines that must be JavaScript: sockets, page events, promises, JSON with binary data.
// They hold no rule of the protocol or of the API.

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

  /**
   * `sinks` and `ids` are kept up to date by the module, by feed: the listener, where the feed has just one, and the
   * `feedId`; `lasts` by the lane: the `messageId` of the last sample that it has parsed. The callbacks: `receive(attempt, bytes, nowMs)` answers below 0 where nothing is left to do;
   * `refuse()` is for what `receive` took for a sample and is none; `message` takes what does not go by the buffer.
   */
  constructor(memory, start, size, sinks, ids, lasts, callbacks) {
    Object.assign(this, { memory, start, size, sinks, ids, lasts, ...callbacks });
  }

  text(attempt, frame) {
    // The memory has grown, and its old buffer is detached.
    if (this.#view.byteLength === 0) this.#view = new Uint8Array(this.memory.buffer, this.start, this.size);
    const { read, written } = encoder.encodeInto(frame, this.#view);
    if (read < frame.length) return this.message(attempt, frame);
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

/** Asks a token function; `answered(attempt, ok, value)` is called later, once. */
export function askToken(source, attempt, answered) {
  new Promise((resolve) => resolve(source())).then(
    (value) => answered(attempt, true, value),
    (reason) => answered(attempt, false, reason),
  );
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

/** The promises of a client's calls, by the call's number: one crossing to make one, one to settle it. */
export class Calls {
  #open = new Map();

  open(call) {
    return new Promise((resolve, reject) => this.#open.set(call, { resolve, reject }));
  }

  #take(call) {
    const open = this.#open.get(call);
    this.#open.delete(call);
    return open;
  }

  resolve(call, value) {
    this.#take(call)?.resolve(value);
  }

  /** With the value of a JSON text. */
  resolveJson(call, text) {
    const value = JSON.parse(text);
    this.#take(call)?.resolve(value);
  }

  reject(call, error) {
    this.#take(call)?.reject(error);
  }
}

/** A promise and the two ways to settle it. */
export function deferred() {
  let resolve, reject;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Calls back when a signal fires; answers how to stop listening. */
export function onAbort(signal, callback) {
  const fired = () => callback();
  signal.addEventListener("abort", fired, { once: true });
  return () => signal.removeEventListener("abort", fired);
}

/** JSON text of a value; every piece of binary data in it goes into `attachments`, a placeholder into its place. */
export function encode(value, attachments) {
  return JSON.stringify(value, function (key, given) {
    // Not `given`: a Node Buffer's toJSON has been called for that already.
    const raw = this[key];
    if (raw instanceof ArrayBuffer) return placeholder(new Uint8Array(raw), attachments);
    if (ArrayBuffer.isView(raw)) return placeholder(new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength), attachments);
    return given;
  });
}

function placeholder(bytes, attachments) {
  attachments.push(bytes);
  return { _placeholder: true, num: attachments.length - 1 };
}

/** The value of a JSON text, with the attachments in the places of their placeholders. */
export function decode(text, attachments) {
  return JSON.parse(text, (_key, value) => (value?._placeholder === true ? attachments[value.num] : value));
}

/** A copy of an array, whatever it is made of. */
export const copyArray = (value) => Array.from(value);

/** Tells the console of what a listener threw; how the console shows it is the thrown value's own matter. */
export function complain(thrown) {
  try {
    console.error("ardexa-client: a listener threw", thrown);
  } catch {
    // Nobody is left to tell.
  }
}

/** A function of any number of arguments, from one that takes them as an array. */
export const variadic = (callback) => (...args) => callback(args);
