/**
 * A hostile network: a TCP proxy that delays, splits, stalls, half-closes, resets and corrupts. What happens to a
 * connection is its fate; fates are drawn from a seed, or given by the test.
 */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { chance, draw } from "./random.mjs";

/**
 * @typedef {object} Fate
 * @property {"none" | "refuse" | "black hole" | "reset" | "end" | "half-close" | "stall" | "corrupt"} kind
 * @property {"up" | "down"} [way] of a half-close, a stall, a corruption: to the server, or to the client; default "down"
 * @property {number} [afterBytes] of that way, before it strikes; default 0
 * @property {number} [stallMs] default: for ever
 * @property {number} [maxDelayMs] of a piece, default 0
 * @property {number} [maxPieces] that a chunk is split into, default 1
 */

export class Proxy {
  /** Every connection there ever was. @type {Passage[]} */
  passages = [];
  /** What comes next, in order; then `fate` decides. @type {Fate[]} */
  fates = [];
  #server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#accept(near));

  /**
   * @param {number} target the port on this machine behind the proxy
   * @param {{seed?: number, fate?: (draws: ReturnType<typeof draw>, index: number) => Fate}} [options]
   */
  constructor(target, { seed = 1, fate = () => ({ kind: "none" }) } = {}) {
    Object.assign(this, { target, seed, fate });
  }

  async listen() {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.port = /** @type {import("node:net").AddressInfo} */ (this.#server.address()).port;
    return this;
  }

  #accept(near) {
    const index = this.passages.length;
    // Of a generator of its own: what one connection draws does not depend on how far another has come.
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
  /** Whether its fate has struck: from then on what is sent may be lost. */
  struck = false;
  /** Bytes passed on. */
  bytes = { up: 0, down: 0 };
  #stalled = { up: false, down: false };
  #ended = new AbortController();

  constructor(near, target, fate, draws) {
    Object.assign(this, { near, fate, draws });
    this.far = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    this.far.once("connect", () => (this.farPort = this.far.localPort));
    for (const socket of [this.near, this.far]) {
      socket.on("error", () => this.destroy());
      socket.once("close", () => this.destroy());
    }
    if (fate.kind === "refuse") return this.#strike();
    if (fate.kind === "black hole") return void (this.struck = true); // accepted, and never a word
    void this.#carry("up", this.near, this.far);
    void this.#carry("down", this.far, this.near);
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
      // One of the sockets is gone, and so is the other.
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

  /** Whether the fate strikes within this piece; answers what is passed on of it. */
  #meet(way, piece) {
    const { kind, way: its = "down", afterBytes = 0 } = this.fate;
    if (kind === "none" || this.struck || way !== its || this.bytes[way] + piece.length < afterBytes) return piece;
    if (kind === "corrupt") {
      this.struck = true;
      const changed = Buffer.from(piece);
      changed[Math.max(0, afterBytes - this.bytes[way] - 1)] ^= 1 << this.draws.int(0, 7);
      return changed;
    }
    // Within the piece, so that frames are cut in the middle.
    const passed = piece.subarray(0, Math.max(0, afterBytes - this.bytes[way]));
    if (kind === "stall") {
      this.struck = this.fate.stallMs === undefined; // one that ends loses nothing
      if (this.struck) return this.#hold(way, passed);
      this.#stalled[way] = true;
      Object.assign(this.fate, { kind: "none" });
      return piece;
    }
    this.#strike(way, passed);
    return undefined;
  }

  #hold(way, passed) {
    this.#stalled[way] = true;
    return passed;
  }

  #strike(way, passed) {
    this.struck = true;
    const target = way === "up" ? this.far : this.near;
    if (this.fate.kind === "end") {
      if (passed?.length) target.write(passed);
      this.near.end();
      this.far.end();
      this.#ended.abort();
    } else if (this.fate.kind === "half-close") {
      // This way is over; the other goes on as if nothing were.
      target.end(passed);
    } else {
      if (passed?.length) target.write(passed);
      this.reset();
    }
  }

  async #wait(ms) {
    await sleep(ms, undefined, { signal: this.#ended.signal, ref: false });
  }

  async #write(socket, data) {
    if (socket.destroyed || socket.writableEnded) return;
    if (!socket.write(data)) await once(socket, "drain", { signal: this.#ended.signal });
  }
}

/**
 * A proxy that is gone when the test is.
 * @param {import("node:test").TestContext} t @param {number} target @param {ConstructorParameters<typeof Proxy>[1]} [options]
 */
export async function proxy(t, target, options) {
  const made = await new Proxy(target, options).listen();
  t.after(() => made.close());
  return made;
}
