// @ts-check
// In JavaScript because crossing into Rust is expensive. An object sample is parsed from the frame's own string, and
// Rust is only notified: 0.6 of the time of socket.io-client, against 0.9 all in Rust. Other frames are written into
// the module's memory with `encodeInto`, for a tenth of the cost of a string argument. Figures: benches/README.md.

/** @typedef {import("../../../pkg/ardexa_client.js").FrameSink} FrameSink */

const encoder = new TextEncoder();

/** The route of a feed's samples, for feeds without a series. */
export class Route {
  /** The listener of the feed, if that is its only consumer. @type {((sample: unknown) => void) | undefined} */
  listener = undefined;
  /** The `messageId` of the last sample on this route. @type {unknown} */
  lastMessageId = undefined;

  /** @param {number} feed its number in the module */
  constructor(feed) {
    this.feed = feed;
  }
}

/** The start of a payload whose first field is its `feedId`. */
const FEED_ID = '{"feedId":"';

/** Reads the frames from a client's sockets. */
export class FrameReader {
  /** The start of a sample's frame, up to the payload; empty until the first sample has arrived. */
  samplePrefix = "";
  /** Whether any feed keeps columns. The frames of such a feed must not be parsed here. */
  hasSeries = false;
  /** The routes by `feedId`. @type {Map<unknown, Route>} */
  routes = new Map();
  /** The receive buffer: memory that text frames are written into, shared by all clients of a module. */
  #view = new Uint8Array(0);

  /** @param {FrameSink} sink @param {WebAssembly.Memory} memory @param {number} address @param {number} size */
  constructor(sink, memory, address, size) {
    this.sink = sink;
    this.memory = memory;
    this.address = address;
    this.size = size;
  }

  /** The `onmessage` handler of an attempt's socket. @param {number} attempt */
  onMessage(attempt) {
    return (/** @type {{ data: unknown }} */ { data }) => {
      if (typeof data !== "string") return this.sink.binary(attempt, data);
      if (this.#sample(attempt, data)) return;
      const written = this.#write(data);
      if (written === undefined) this.sink.text(attempt, data);
      else this.sink.written(attempt, written, Date.now());
    };
  }

  /** Writes a frame. Returns its length in bytes, or undefined if it does not fit. @param {string} frame */
  #write(frame) {
    // The view is empty after the memory has grown, since that detaches the old buffer.
    if (this.#view.byteLength === 0) this.#view = new Uint8Array(this.memory.buffer, this.address, this.size);
    const { read, written } = encoder.encodeInto(frame, this.#view);
    return read < frame.length ? undefined : written;
  }

  /** Handles a frame with a sample of a route, else returns false. @param {number} attempt @param {string} frame */
  #sample(attempt, frame) {
    const { samplePrefix, routes } = this;
    if (!samplePrefix || !routes.size || !frame.startsWith(samplePrefix) || !frame.endsWith("]")) return false;
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

/** The `feedId` at the start of a payload. @param {string} frame @param {number} start where the payload starts */
function leadingFeedId(frame, start) {
  if (!frame.startsWith(FEED_ID, start)) return undefined;
  const from = start + FEED_ID.length;
  return frame.slice(from, frame.indexOf('"', from));
}
