/**
 * Open feeds and the one timer behind them. The number of samples due follows from the clock, never from how often the
 * timer fired, so rates hold under load; samples that are due go out in one batch per turn.
 */
import { randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";
import { reader } from "./plant.mjs";

/** Minimum time between two batches. */
const MIN_TURN_MS = 8;
const MAX_TURN_MS = 1_000;
/** After a stall, at most this much is sent late; the rest counts as skipped. */
const CATCH_UP_MS = 5_000;
/** Packets queued in a slow client's connection before samples are skipped. */
const MAX_WAITING = 50_000;
export const MAX_RATE = 100_000;

/**
 * @typedef {object} Feed
 * @property {string} feedId
 * @property {any} socket
 * @property {import("./fleet.mjs").Device} device
 * @property {string} table
 * @property {string} source
 * @property {string | undefined} field
 * @property {unknown} requestId
 * @property {number} samplesPerSecond
 * @property {(time: number) => unknown} read
 * @property {number} sinceMs  monotonic time of position 0
 * @property {number} wallMs   wall time of position 0
 * @property {number} position samples due so far, at this rate
 * @property {number} sent
 */

export class Feeds {
  /** @type {Map<string, Feed>} */
  #feeds = new Map();
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #nextMs = Infinity;
  sent = 0;
  skipped = 0;

  /**
   * @param {object} cloud
   * @param {() => number} cloud.now
   * @param {number} cloud.plantOffsetMs
   * @param {(socket: any, sample: Record<string, unknown>) => void} cloud.emit
   */
  constructor({ now, plantOffsetMs, emit }) {
    this.now = now;
    this.plantOffsetMs = plantOffsetMs;
    this.emit = emit;
  }

  get size() {
    return this.#feeds.size;
  }

  /** @param {any} [socket] only those of one connection */
  list(socket) {
    const all = [...this.#feeds.values()];
    return socket ? all.filter((f) => f.socket === socket) : all;
  }

  /**
   * Registers the feed; samples flow after `start`.
   * @param {object} wanted
   * @param {any} wanted.socket
   * @param {import("./fleet.mjs").Device} wanted.device
   * @param {string} wanted.table
   * @param {import("./fleet.mjs").Source} wanted.source
   * @param {string | undefined} wanted.field
   * @param {unknown} wanted.requestId
   * @param {number} wanted.samplesPerSecond
   * @returns {Feed}
   */
  open({ socket, device, table, source, field, requestId, samplesPerSecond }) {
    const column = field === undefined ? undefined : source.fields?.findIndex((f) => f.name === field);
    return {
      feedId: randomUUID(),
      socket,
      device,
      table,
      source: source.name,
      field,
      requestId,
      samplesPerSecond,
      read: reader({ siteSeed: device.siteSeed, deviceId: device.id, source }, column),
      sinceMs: performance.now(),
      wallMs: this.now(),
      position: 0,
      sent: 0,
    };
  }

  /** The first sample is due immediately. @param {Feed} feed */
  start(feed) {
    this.#feeds.set(feed.feedId, feed);
    this.#plan(0);
  }

  /** Sends the feed's next sample now, regardless of the clock. @param {Feed} feed */
  sendNext(feed) {
    this.#send(feed, feed.wallMs + (feed.position++ * 1_000) / (feed.samplesPerSecond || 1));
  }

  /** @param {any} socket @param {unknown} feedId @returns {boolean} whether that connection had this feed */
  stop(socket, feedId) {
    const feed = typeof feedId === "string" ? this.#feeds.get(feedId) : undefined;
    return feed?.socket === socket && this.#feeds.delete(/** @type {string} */ (feedId));
  }

  /** @param {any} [socket] stops only this connection's feeds; default: all */
  stopAll(socket) {
    for (const feed of this.list(socket)) this.#feeds.delete(feed.feedId);
    if (this.#feeds.size === 0) this.#unplan();
  }

  /** @param {number} samplesPerSecond for every open feed */
  setRate(samplesPerSecond) {
    for (const feed of this.#feeds.values()) {
      Object.assign(feed, { samplesPerSecond, sinceMs: performance.now(), wallMs: this.now(), position: 0 });
    }
    this.#plan(0);
  }

  #unplan() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#nextMs = Infinity;
  }

  /** @param {number} inMs */
  #plan(inMs) {
    const at = performance.now() + inMs;
    if (at >= this.#nextMs || this.#feeds.size === 0) return;
    clearTimeout(this.#timer);
    this.#nextMs = at;
    this.#timer = setTimeout(() => this.#turn(), inMs);
  }

  #turn() {
    this.#unplan();
    const now = performance.now();
    let next = MAX_TURN_MS;
    for (const feed of this.#feeds.values()) {
      next = Math.min(next, this.#catchUp(feed, now));
    }
    this.#plan(Math.max(next, MIN_TURN_MS));
  }

  /** Sends what is due. @param {Feed} feed @param {number} now @returns {number} time until the next sample */
  #catchUp(feed, now) {
    const perMs = feed.samplesPerSecond / 1_000;
    if (perMs === 0) return Infinity;
    const due = Math.floor((now - feed.sinceMs) * perMs) + 1;
    const waiting = feed.socket.conn?.writeBuffer?.length ?? 0;
    const oldest = Math.max(feed.position, due - Math.ceil(CATCH_UP_MS * perMs), waiting > MAX_WAITING ? due : 0);
    if (feed.device.online) {
      this.skipped += oldest - feed.position;
      for (let i = oldest; i < due; i++) this.#send(feed, feed.wallMs + i / perMs);
    }
    feed.position = Math.max(feed.position, due);
    return feed.sinceMs + feed.position / perMs - now;
  }

  /** @param {Feed} feed @param {number} wallMs */
  #send(feed, wallMs) {
    const { feedId, device, table, source, requestId } = feed;
    const sample = {
      feedId,
      event_time: new Date(wallMs).toISOString(),
      table,
      source,
      device: device.id,
      messageId: String(++device.messages),
      value: feed.read(wallMs + this.plantOffsetMs),
      ...(requestId !== undefined && { requestId }),
    };
    feed.sent++;
    this.sent++;
    this.emit(feed.socket, sample);
  }
}
