/**
 * A hostile network: a TCP proxy that delays, splits, stalls, half-closes, resets and corrupts. The fault of each
 * connection is its fate; the test sets fates, or a seeded generator draws them.
 */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ownPort } from "./own-port.mjs";
import { chance, draw } from "./random.mjs";

/**
 * @typedef {object} Fate
 * @property {"none" | "refuse" | "black hole" | "reset" | "end" | "half-close" | "stall" | "corrupt"} kind
 * @property {"up" | "down"} [way] of a half-close, stall or corruption: to the server or to the client; default "down"
 * @property {number} [afterBytes] bytes in that direction before the fault; default 0
 * @property {number} [stallMs] default: forever
 * @property {number} [maxDelayMs] of each piece; default 0
 * @property {number} [maxPieces] into which a chunk is split; default 1
 *
 * @typedef {ReturnType<typeof draw>} Draws
 * @typedef {import("node:net").Socket} Socket
 * @typedef {"up" | "down"} Way
 */

export class Proxy {
  /** All connections so far. @type {Passage[]} */
  passages = [];
  /** Fates of the next connections, in order; after that `fate` decides. @type {Fate[]} */
  fates = [];
  #server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#accept(near));

  /**
   * @param {number} target the port on this machine behind the proxy
   * @param {{seed?: number, fate?: (draws: Draws, index: number) => Fate}} [options]
   */
  constructor(target, { seed = 1, fate = () => ({ kind: "none" }) } = {}) {
    this.target = target;
    this.seed = seed;
    this.fate = fate;
  }

  async listen() {
    this.port = await ownPort();
    this.#server.listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  /** @param {Socket} near */
  #accept(near) {
    const index = this.passages.length;
    // A separate generator: what one connection draws does not depend on the progress of another.
    const draws = draw(chance(this.seed * 7_919 + index));
    const fate = this.fates.shift() ?? this.fate(draws, index);
    this.passages.push(new Passage(near, this.target, fate, draws));
  }

  async close() {
    for (const passage of this.passages) passage.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** One connection through the proxy. */
class Passage {
  /** Whether the fault has occurred: anything sent since then may be lost. */
  struck = false;
  /** Bytes forwarded. */
  bytes = { up: 0, down: 0 };
  #stalled = { up: false, down: false };
  #ended = new AbortController();

  /** @param {Socket} near @param {number} target @param {Fate} fate @param {Draws} draws */
  constructor(near, target, fate, draws) {
    this.near = near;
    this.fate = fate;
    this.draws = draws;
    this.far = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    this.far.once("connect", () => (this.farPort = this.far.localPort));
    for (const socket of [this.near, this.far]) {
      socket.on("error", () => this.destroy());
      socket.once("close", () => this.destroy());
    }
    if (fate.kind === "refuse") this.#strike();
    else if (fate.kind === "black hole") {
      this.struck = true; // accepted, but nothing is forwarded
    } else {
      void this.#carry("up", this.near, this.far);
      void this.#carry("down", this.far, this.near);
    }
  }

  destroy() {
    this.#ended.abort();
    this.near.destroy();
    this.far.destroy();
  }

  /** Cuts both sides with a reset. */
  reset() {
    this.struck = true;
    this.near.resetAndDestroy();
    this.far.resetAndDestroy();
  }

  /** @param {Way} way @param {Socket} from @param {Socket} to */
  async #carry(way, from, to) {
    try {
      for await (const chunk of from) {
        for (const piece of this.#split(chunk)) {
          if (this.fate.maxDelayMs) await this.#wait(this.draws.int(0, this.fate.maxDelayMs));
          const passed = this.#meet(way, piece);
          if (passed) await this.#write(to, passed);
          this.bytes[way] += piece.length;
          if (this.#stalled[way]) await this.#wait(this.fate.stallMs ?? 2 ** 31 - 1);
          this.#stalled[way] = false;
        }
      }
      to.end();
    } catch {
      // One socket is gone, so the other one is closed too.
    }
  }

  /** @param {Buffer} chunk */
  #split(chunk) {
    const cuts = Array.from({ length: this.draws.int(1, this.fate.maxPieces ?? 1) - 1 }, () =>
      this.draws.int(0, chunk.length),
    ).sort((a, b) => a - b);
    return [...cuts, chunk.length]
      .map((end, at) => chunk.subarray(cuts[at - 1] ?? 0, end))
      .filter((piece) => piece.length > 0);
  }

  /**
   * Applies the fault if it is due within this piece; returns what to forward.
   * @param {Way} way @param {Buffer} piece
   */
  #meet(way, piece) {
    const { kind, way: its = "down", afterBytes = 0 } = this.fate;
    if (kind === "none" || this.struck || way !== its || this.bytes[way] + piece.length < afterBytes) return piece;
    if (kind === "corrupt") {
      this.struck = true;
      const changed = Buffer.from(piece);
      changed[Math.max(0, afterBytes - this.bytes[way] - 1)] ^= 1 << this.draws.int(0, 7);
      return changed;
    }
    // Cuts inside the piece, so frames are split in the middle.
    const passed = piece.subarray(0, Math.max(0, afterBytes - this.bytes[way]));
    if (kind === "stall") {
      this.struck = this.fate.stallMs === undefined; // a temporary stall loses nothing
      if (this.struck) return this.#hold(way, passed);
      this.#stalled[way] = true;
      Object.assign(this.fate, { kind: "none" });
      return piece;
    }
    this.#strike(way, passed);
    return undefined;
  }

  /** @param {Way} way @param {Buffer} passed */
  #hold(way, passed) {
    this.#stalled[way] = true;
    return passed;
  }

  /** @param {Way} [way] @param {Buffer} [passed] */
  #strike(way, passed) {
    this.struck = true;
    const target = way === "up" ? this.far : this.near;
    if (this.fate.kind === "end") {
      if (passed?.length) target.write(passed);
      this.near.end();
      this.far.end();
      this.#ended.abort();
    } else if (this.fate.kind === "half-close") {
      // Ends only this direction.
      target.end(passed);
    } else {
      if (passed?.length) target.write(passed);
      this.reset();
    }
  }

  /** @param {number} ms */
  async #wait(ms) {
    await sleep(ms, undefined, { signal: this.#ended.signal, ref: false });
  }

  /** @param {Socket} socket @param {Buffer} data */
  async #write(socket, data) {
    if (socket.destroyed || socket.writableEnded) return;
    if (!socket.write(data)) await once(socket, "drain", { signal: this.#ended.signal });
  }
}

/**
 * A proxy that is closed when the test ends.
 * @param {import("node:test").TestContext} t @param {number} target
 * @param {ConstructorParameters<typeof Proxy>[1]} [options]
 */
export async function proxy(t, target, options) {
  const made = await new Proxy(target, options).listen();
  t.after(() => made.close());
  return made;
}
