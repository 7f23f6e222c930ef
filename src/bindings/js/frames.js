// @ts-check
// JavaScript because of what crossings cost. An object sample is parsed in the frame's own string, and Rust is told
// that it came: 0.6 of what socket.io-client needs, against 0.9 all in Rust. Other frames are written into the module's
// memory by `encodeInto`: a tenth of the cost of a string argument. benches/README.md has the figures.

/** @typedef {import("../../../pkg/ardexa_client.js").FrameSink} FrameSink */

const encoder = new TextEncoder();

/** The memory that text frames are written into; one for all clients of a module. */
export class ReceiveBuffer {
  #view = new Uint8Array(0);

  /** @param {WebAssembly.Memory} memory @param {number} address @param {number} size */
  constructor(memory, address, size) {
    this.memory = memory;
    this.address = address;
    this.size = size;
  }

  /** Writes a frame; its bytes, or undefined if there is no room for it. @param {string} frame */
  write(frame) {
    // The view is empty once the memory has grown, since its old buffer is detached.
    if (this.#view.byteLength === 0) this.#view = new Uint8Array(this.memory.buffer, this.address, this.size);
    const { read, written } = encoder.encodeInto(frame, this.#view);
    return read < frame.length ? undefined : written;
  }
}

/** Where the samples of a feed go that no series wants. */
export class Route {
  /** The sole listener of the feed, if it has just that. @type {((sample: unknown) => void) | undefined} */
  listener = undefined;
  /** Of the last sample that went this way. @type {unknown} */
  lastMessageId = undefined;

  /** @param {number} feed the module's number of it */
  constructor(feed) {
    this.feed = feed;
  }
}

/** How a payload begins whose first field is its `feedId`. */
const FEED_ID = '{"feedId":"';

/** Reads the frames of a client's sockets. */
export class FrameReader {
  /** How a frame with a sample begins, up to its payload; empty until the first one has shown it. */
  samplePrefix = "";
  /** Whether some feed keeps columns: its frames are not to be parsed here. */
  hasSeries = false;
  /** By `feedId`. @type {Map<unknown, Route>} */
  routes = new Map();

  /** @param {FrameSink} sink @param {ReceiveBuffer} buffer */
  constructor(sink, buffer) {
    this.sink = sink;
    this.buffer = buffer;
  }

  /** The `onmessage` of an attempt's socket. @param {number} attempt */
  onMessage(attempt) {
    return (/** @type {{ data: unknown }} */ { data }) => {
      if (typeof data !== "string") return this.sink.binary(attempt, data);
      if (this.#sample(attempt, data)) return;
      const written = this.buffer.write(data);
      if (written === undefined) this.sink.text(attempt, data);
      else this.sink.written(attempt, written, Date.now());
    };
  }

  /** Handles a frame that is a sample of a route; false if it is not. @param {number} attempt @param {string} frame */
  #sample(attempt, frame) {
    const { samplePrefix, routes } = this;
    if (samplePrefix === "" || routes.size === 0 || !frame.startsWith(samplePrefix) || !frame.endsWith("]")) return false;
    if (this.hasSeries && !routes.has(leadingFeedId(frame, samplePrefix.length))) return false;
    let sample;
    try {
      sample = JSON.parse(frame.slice(samplePrefix.length, -1));
    } catch {
      return false;
    }
    const route = routes.get(sample?.feedId);
    if (route === undefined || sample.error || sample.result === "error") return false;
    if (!this.sink.parsed(attempt, route.feed, frame.length, Date.now())) return false;
    route.lastMessageId = sample.messageId;
    const { listener } = route;
    try {
      if (listener === undefined) this.sink.deliver(route.feed, sample);
      else listener(sample);
    } catch (thrown) {
      this.sink.threw(thrown);
    }
    return true;
  }
}

/** The `feedId` that a payload begins with. @param {string} frame @param {number} start of the payload */
function leadingFeedId(frame, start) {
  if (!frame.startsWith(FEED_ID, start)) return undefined;
  const from = start + FEED_ID.length;
  return frame.slice(from, frame.indexOf('"', from));
}
