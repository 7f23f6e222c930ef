/**
 * Drives a client at random against a scripted cloud. Every callback reads all getters of all handles, and often acts.
 * Two rules are checked everywhere: getters agree with the events so far or with the call just made; nothing that the
 * caller has ended calls back again.
 */
import { RandomCloud, SOURCES } from "./callbacks-cloud.mjs";
import { ArdexaClient, ArdexaError } from "./consumer.mjs";
import { chance, draw } from "./random.mjs";

/** @type {(keyof import("ardexa-client").ClientEvents)[]} */
const EVENTS = [
  "connect",
  "disconnect",
  "reconnecting",
  "connect_error",
  "device:stateChange",
  "device:new",
  "device:metaChange",
  "warning",
];
const CAPACITY = 4;
/** Limit of calls nested in callbacks of calls. */
const DEEPEST = 3;

/**
 * @typedef {import("ardexa-client").Feed | import("ardexa-client").Series} Handle
 *
 * `received` is as last read, `number` that of the newest feed id, `ended` by whom, `endedAt` the samples received by
 * then, `handle` a Feed or a Series, by `isSeries`.
 * @typedef {{name: string, source: string, isSeries: boolean, received: number, delivered: number, number: number,
 *   ended?: string, endedAt?: number, handle?: any}} Subscription
 */

const turn = () => new Promise((resolve) => setImmediate(resolve));
const tick = () => new Promise((resolve) => setTimeout(resolve));

export class Driver {
  /** The first violation; it ends the run. @type {{kind: string, text: string} | undefined} */
  violation;
  trace = [];
  callbacks = 0;

  // The expected state, by the events and calls so far.
  state = "idle";
  id = undefined;
  connects = 0;
  /** Disconnect events due after close(). */
  owed = 0;
  /** Promises that have not settled. */
  pending = 0;
  /** Subscriptions, open or being opened. @type {Subscription[]} */
  subscriptions = [];
  /** Listeners added by `#listen`. @type {{active: boolean, stop: () => void}[]} */
  listeners = [];
  #depth = 0;
  #budget;

  constructor(seed, { acts = 60 } = {}) {
    this.draws = draw(chance(seed));
    this.#budget = acts;
    this.cloud = new RandomCloud(this.draws);
    const token = () => {
      this.#within(
        "token",
        () =>
          this.state === "closed" &&
          this.fail("called after an end", "the token function of a closed client is called"),
      );
      return "t";
    };
    this.client = new ArdexaClient({
      url: this.cloud.url,
      workgroup: "w",
      token,
      webSocket: this.cloud.webSocket,
      reconnect: { minDelayMs: 0, maxDelayMs: 0, stableAfterMs: 0, firstConnect: this.draws.yes(0.5) },
    });
    for (const name of EVENTS) this.client.on(name, (event) => this.#onEvent(name, event));
    this.client.onAny((name) => this.#within(`onAny ${name}`, () => this.#alive(`onAny ${name}`)));
    this.client.onFrame((direction, frame) => this.#within(`onFrame ${direction} ${String(frame).slice(0, 30)}`));
  }

  /** @param {number} steps */
  async run(steps) {
    this.#connect();
    for (let step = 0; step < steps && !this.violation; step++) {
      this.#environment();
      if (this.draws.yes(0.5)) await turn();
      if (this.draws.yes(0.2)) await tick();
      this.#read("between two steps");
    }
    this.#budget = 0;
    this.cloud.answers = [];
    this.#close("close");
    for (let n = 0; n < 50 && this.pending > 0 && !this.violation; n++) await tick();
    if (this.pending > 0) this.fail("unsettled", `${this.pending} promises have not settled after close()`);
    this.#read("the end");
    return this.violation;
  }

  fail(kind, text) {
    this.violation ??= { kind, text: `${text}\n  ${this.trace.slice(-25).join("\n  ")}` };
  }

  /** Causes one random thing to happen to the client. */
  #environment() {
    if (!this.cloud.act(this.draws.int(1, 100), this.trace)) this.#act("outside");
  }

  // --- callbacks

  /** Runs in every callback of the client. @param {string} what @param {() => unknown} [check] */
  #within(what, check = () => {}) {
    if (this.violation) return;
    this.callbacks++;
    this.trace.push(`${"· ".repeat(this.#depth)}${what}`);
    this.#depth++;
    check();
    this.#read(what);
    if (this.#budget > 0 && this.#depth <= DEEPEST && this.draws.yes(0.2)) {
      this.#budget--;
      this.#act(what);
      this.#read(`${what}, after an act`);
    }
    this.#depth--;
  }

  /** @param {string} name @param {any} event */
  #onEvent(name, event) {
    this.#within(name, () => {
      const is = this.state;
      const unexpected = () => this.fail("called after an end", `${name} is emitted while the state is ${is}`);
      if (name === "connect") {
        if (is !== "connecting" && is !== "reconnecting") return unexpected();
        Object.assign(this, { state: "connected", id: event.id, connects: this.connects + 1 });
      } else if (name === "disconnect") {
        // Caused by close(); if the connection was ending at that moment, the reason may be the other one.
        if (this.owed > 0 && (is !== "connected" || event.reason === "io client disconnect")) return void this.owed--;
        if (is !== "connected") return unexpected();
        Object.assign(this, { state: event.willReconnect ? "reconnecting" : "closed", id: undefined });
        if (!event.willReconnect) this.#endAll("by the server");
      } else if (name === "connect_error") {
        if (is !== "connecting" && is !== "reconnecting") return unexpected();
        if (!event.willRetry) {
          this.state = "closed";
          this.#endAll("by the server");
        }
      } else if (name === "reconnecting") {
        if (is !== "connecting" && is !== "reconnecting") return unexpected();
      } else this.#alive(name);
    });
  }

  /** Checks that an event of the server may be delivered. @param {string} what */
  #alive(what) {
    if (this.state === "closed" || this.state === "idle")
      this.fail("called after an end", `${what} is delivered while the state is ${this.state}`);
  }

  // --- reading

  #equal(what, where, got, wanted) {
    if (got !== wanted) this.fail("disagrees", `${what} is ${got}, not ${wanted}, in: ${where}`);
  }

  #read(where) {
    if (this.violation) return;
    try {
      this.#readClient(where);
      for (const subscription of this.subscriptions)
        if (subscription.handle) this.#readSubscription(subscription, where);
    } catch (error) {
      this.fail("threw", `${error.stack} in: ${where}`);
    }
  }

  #readClient(where) {
    const { client } = this;
    this.#equal("state", where, client.state, this.state);
    this.#equal("id", where, client.id, this.id);
    const stats = client.stats();
    // A connection that the server has accepted may be closed before its connect event.
    const { connections } = stats;
    if (connections < this.connects || connections > this.cloud.accepted)
      this.fail(
        "disagrees",
        `${connections} connections: ${this.connects} connect events, ${this.cloud.accepted} accepted in: ${where}`,
      );
    if (stats.openRequests > this.pending)
      this.fail("disagrees", `${stats.openRequests} open requests, but ${this.pending} promises in: ${where}`);
    if (this.state === "closed") {
      this.#equal("stats().openRequests", where, stats.openRequests, 0);
      this.#equal("stats().openFeeds", where, stats.openFeeds, 0);
    }
  }

  #readSubscription(it, where) {
    const { handle, isSeries, source } = it;
    const feed = isSeries ? handle.feed : handle;
    const { received } = feed;
    // Samples that arrive while a feed is being opened go to all subscriptions that wait for it.
    const most = this.cloud.sent.get(source).length;
    if (received < it.received)
      this.fail("disagrees", `received of ${it.name} went from ${it.received} to ${received} in: ${where}`);
    if (received < it.delivered || received > most)
      this.fail(
        "disagrees",
        `received of ${it.name} is ${received}: ${it.delivered} delivered, ${most} sent, in: ${where}`,
      );
    if (it.ended === "by the caller" && it.endedAt !== undefined)
      this.#equal(`received of ${it.name} after its end`, where, received, it.endedAt);
    it.received = received;
    const number = Number(/^feed-(\d+)$/.exec(feed.id)?.[1]);
    if (!(number >= it.number))
      this.fail("disagrees", `id of ${it.name} is ${feed.id} after feed-${it.number} in: ${where}`);
    it.number = number;
    this.#equal(`request of ${it.name}`, where, feed.request.source, source);
    this.#equal(`dropped of ${it.name}`, where, feed.dropped, 0);
    if (isSeries) this.#readSeries(it, where);
  }

  #readSeries({ handle, name, source }, where) {
    const [times, values, last] = [handle.times(), handle.values(), handle.last()];
    this.#equal(`total of ${name}`, where, handle.total, handle.feed.received);
    this.#equal(`length of ${name}`, where, handle.length, Math.min(handle.total, CAPACITY));
    this.#equal(`times of ${name}`, where, times.length, handle.length);
    this.#equal(`values of ${name}`, where, values.length, handle.length);
    this.#equal(`columns of ${name}`, where, handle.columns, handle.total > 0 ? 1 : 0);
    this.#equal(`last time of ${name}`, where, last?.[0], times.at(-1));
    this.#equal(`last value of ${name}`, where, last?.[1], values.at(-1));
    for (const [at, value] of values.entries()) {
      if (at > 0 && !(value > values[at - 1]))
        this.fail("disagrees", `values of ${name} are out of order in: ${where}`);
      if (!this.cloud.sent.get(source).includes(value))
        this.fail("disagrees", `${value} of ${name} was never sent in: ${where}`);
    }
  }

  // --- acting

  #act(where) {
    /** @type {Record<string, [weight: number, act: () => unknown]>} */
    const acts = {
      close: [2, () => this.#close("close")],
      free: [1, () => this.#close("free")],
      connect: [6, () => this.#connect()],
      "close and connect": [1, () => (this.#close("close"), this.#connect())],
      stopAllFeeds: [2, () => this.#stopAllFeeds()],
      stop: [8, () => this.#stop()],
      feed: [10, () => this.#open("feed")],
      iterate: [4, () => this.#open("iterate")],
      series: [8, () => this.#open("series")],
      "feed, aborted immediately": [4, () => this.#openAborted()],
      cmd: [6, () => this.#promise(() => this.client.cmd("d", "true"))],
      "cmd, aborted immediately": [
        2,
        () => this.#abortImmediately("cmd()", (signal) => this.client.cmd("d", "true", { signal })),
      ],
      doUpgrade: [3, () => this.#upgrade()],
      reconnectNow: [2, () => this.client.reconnectNow()],
      listen: [6, () => this.#listen()],
    };
    const weighed = Object.entries(acts).flatMap(([name, [weight, act]]) => Array(weight).fill({ name, act }));
    const { name, act } = this.draws.pick(weighed);
    this.trace.push(`${"· ".repeat(this.#depth)}→ ${name} (${where.slice(0, 40)})`);
    act();
  }

  /**
   * Counts a call's promise from before the call until it settles, then reads all getters.
   * @template T
   * @param {() => Promise<T>} call
   * @param {{settled?: (value: T) => void, refused?: (error: unknown) => void}} [then]
   */
  #promise(call, { settled = () => {}, refused = () => {} } = {}) {
    this.pending++;
    return call().then(
      (value) => {
        this.pending--;
        settled(value);
        this.#within("a promise resolves");
      },
      (error) => {
        this.pending--;
        if (!(error instanceof ArdexaError)) this.fail("threw", `a promise rejects with ${error?.stack ?? error}`);
        refused(error);
        this.#within(`a promise rejects: ${error.code}`);
      },
    );
  }

  #connect() {
    if (this.state === "idle" || this.state === "closed") this.state = "connecting";
    this.#promise(() => this.client.connect());
  }

  #close(how) {
    if (this.state === "connected") this.owed++;
    Object.assign(this, { state: "closed", id: undefined });
    this.#endAll("by the caller");
    this.#promise(async () => this.client[how]());
  }

  #endAll(by) {
    for (const subscription of this.subscriptions) this.#end(subscription, by);
  }

  #end(subscription, by) {
    if (subscription.ended) return;
    subscription.ended = by;
    // Nothing is received after this.
    if (by === "by the caller" && subscription.handle)
      subscription.endedAt = (subscription.isSeries ? subscription.handle.feed : subscription.handle).received;
  }

  #stopAllFeeds() {
    if (this.state === "connected") this.#endAll("by the caller");
    this.#promise(() => this.client.stopAllFeeds());
  }

  #stop() {
    const open = this.subscriptions.filter(({ handle, ended }) => handle && !ended);
    if (open.length === 0) return;
    const subscription = this.draws.pick(open);
    this.#end(subscription, "by the caller");
    this.#promise(() => subscription.handle.stop());
  }

  #subscription(kind) {
    const source = this.draws.pick(SOURCES);
    const it = {
      name: `${kind} ${this.subscriptions.length} of ${source}`,
      source,
      isSeries: kind === "series",
      received: 0,
      delivered: 0,
      number: 0,
      ended: undefined,
      endedAt: undefined,
      handle: undefined,
    };
    this.subscriptions.push(it);
    return it;
  }

  #open(kind) {
    const it = this.#subscription(kind);
    const request = { deviceId: "d", table: "t", source: it.source, field: "f" };
    /** @param {string} what */
    const checkOpen = (what) => {
      if (it.ended === "by the caller")
        this.fail("called after an end", `${what} of ${it.name} is called after its end`);
    };
    const onGap = () => this.#within(`onGap of ${it.name}`, () => checkOpen("onGap"));
    /** @type {Record<string, () => Promise<Handle>>} */
    const opens = {
      feed: () =>
        this.client.feed(
          request,
          () => this.#within(`a sample of ${it.name}`, () => (it.delivered++, checkOpen("the listener"))),
          { onGap },
        ),
      iterate: () => this.client.feed(request, { onGap }),
      series: () =>
        this.client.series(request, {
          capacity: CAPACITY,
          onGap,
          onUpdate: () => this.#within(`onUpdate of ${it.name}`, () => checkOpen("onUpdate")),
        }),
    };
    this.#promise(opens[kind], {
      settled: (/** @type {any} */ handle) => {
        it.handle = handle;
        if (it.ended === "by the caller") it.endedAt = (it.isSeries ? handle.feed : handle).received;
        if (kind === "iterate") this.#promise(() => this.#loop(it));
      },
      refused: () => (it.ended ??= "refused"),
    });
  }

  async #loop(it) {
    for await (const { value } of it.handle) {
      if (this.violation) return;
      this.#within(`an iterated sample of ${it.name}`, () => {
        it.delivered++;
        if (!this.cloud.sent.get(it.source).includes(value)) this.fail("disagrees", `${value} was never sent`);
      });
      if (this.draws.yes(0.05)) break;
    }
    this.#end(it, "by the caller");
  }

  #openAborted() {
    const it = this.#subscription("aborted");
    it.ended = "by the caller";
    const request = { deviceId: "d", table: "t", source: it.source, field: "f" };
    const listener = () => this.fail("called after an end", "the listener of an aborted feed is called");
    this.#abortImmediately("feed()", (signal) => this.client.feed(request, listener, { signal }));
  }

  #abortImmediately(what, call) {
    const control = new AbortController();
    const aborted = () => {
      const promise = call(control.signal);
      control.abort();
      return promise;
    };
    this.#promise(aborted, {
      settled: () => this.fail("called after an end", `${what} resolves although its signal was aborted immediately`),
    });
  }

  #upgrade() {
    let settled = false;
    const onProgress = () =>
      this.#within("onProgress", () => {
        if (settled) this.fail("called after an end", "onProgress is called after its request has settled");
        this.#alive("onProgress");
      });
    const over = () => (settled = true);
    this.#promise(() => this.client.doUpgrade("d", { onProgress }), { settled: over, refused: over });
  }

  /** Adds a listener; removes some at random, from within themselves, from another one or from outside. */
  #listen() {
    const name = this.draws.pick(EVENTS);
    const it = { active: true, stop: () => {} };
    it.stop = this.client.on(name, () => {
      if (!it.active) this.fail("called after an end", `a listener of ${name} that was removed is called`);
      this.#within(`another listener of ${name}`);
    });
    this.listeners.push(it);
    for (const other of this.listeners.splice(0, this.draws.int(0, this.listeners.length - 1))) {
      other.active = false;
      other.stop();
    }
  }
}
