// Subscriptions as callers see them: a listener, an async iterator over a bounded queue, or a series.
import { invalid } from "./error.js";
import { columnNumber, minMaxOptions } from "./options.js";

/** Samples that an iterator holds for a slow consumer, unless told. */
const DEFAULT_QUEUE = 1024;

const LAST = () => ({ done: true });

/** A queue that is read from the front without moving what is behind. */
class Queue {
  #items = [];
  #head = 0;

  get length() {
    return this.#items.length - this.#head;
  }

  push(item) {
    this.#items.push(item);
  }

  shift() {
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head > 1000 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

/** One subscription, behind its handle. */
export class Subscription {
  /** The module's number of the feed; set while it is open. */
  feed;
  id = "";
  dropped = 0;
  #received = 0;
  #before = 0;
  #ended = false;
  #error;
  #queue;
  /** Calls of `next` that wait. */
  #waiting = [];
  /** Iterators that were not left. */
  #readers = 0;
  /** Samples for the listener, until the code that awaits the feed has gone on. */
  #held;
  /** Whether samples go into the queue: without a listener always, with one while it is iterated. */
  #queueing;
  #hasListener;

  constructor(port, call, request, { listener, onGap, queue = DEFAULT_QUEUE, isSeries, onUpdate }) {
    Object.assign(this, { port, call, request, listener, onGap, most: queue, isSeries, onUpdate });
    this.#hasListener = listener !== undefined;
    this.#queueing = !this.#hasListener;
    if (this.#hasListener) this.#held = [];
  }

  opened(feed, id, dropped, before, tape) {
    Object.assign(this, { feed, id, dropped });
    this.#before = before;
    const handle = this.isSeries ? new Series(this, tape) : new Feed(this);
    if (this.onUpdate) this.handle = handle;
    return handle;
  }

  /** The listener, where samples can go to it past this subscription. */
  get direct() {
    return this.#held || this.#queueing || this.#ended ? undefined : this.listener;
  }

  get received() {
    return this.feed === undefined ? this.#received : Math.max(0, this.port.samplesOf(this.feed) - this.#before);
  }

  take(sample) {
    if (this.isSeries || this.#ended) return;
    if (this.#queueing) this.#enqueue(sample);
    if (this.#held) this.#held.push(sample);
    else if (this.listener) this.port.call("device:feed", this.listener, sample);
  }

  #enqueue(sample) {
    const waiting = this.#waiting.shift();
    if (waiting) return waiting.resolve({ value: sample, done: false });
    this.#queue ??= new Queue();
    if (this.#queue.length >= this.most) {
      this.#queue.shift();
      this.dropped++;
    }
    this.#queue.push(sample);
  }

  /** The code that awaits the feed has gone on: what was held goes out, and samples go directly from then on. */
  release() {
    const held = this.#held;
    if (!held) return;
    for (let at = 0; at < held.length && this.#held; at++) this.port.call("device:feed", this.listener, held[at]);
    this.#held = undefined;
    if (this.#ended) this.#letGo();
  }

  /** Nothing will come any more. Iterators end, after what is in the queue; a listener hears no more where it is by the caller's wish. */
  end(samples, error) {
    if (error === undefined) this.#held = undefined;
    if (this.#ended) return;
    this.#ended = true;
    this.#received = Math.max(0, samples - this.#before);
    this.feed = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (!waiting.length) this.#error = error;
    // Where samples are held, they are still delivered, and the listener let go after them.
    if (!this.#held) this.#letGo();
    waiting.forEach(({ resolve, reject }, at) => (error && at === 0 ? reject(error) : resolve(LAST())));
  }

  /** A listener mostly knows its feed. */
  #letGo() {
    this.listener = this.onGap = this.onUpdate = this.handle = undefined;
  }

  stop() {
    if (this.feed !== undefined) this.port.stop(this);
    return Promise.resolve();
  }

  iterate() {
    if (this.isSeries) throw invalid("feed", "is that of a series, which makes no samples; call feed() to iterate");
    this.#queueing = true;
    this.#readers++;
    this.port.setSink(this.feed);
    return new Samples(this);
  }

  /** A loop was left: the subscription ends, since nobody else may hold it. One with a listener goes on, and so do its other loops. */
  leave(reader) {
    if (!this.#hasListener) return this.stop();
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((call) => call.reader !== reader);
    for (const call of waiting) if (call.reader === reader) call.resolve(LAST());
    if (--this.#readers) return;
    this.#queueing = false;
    this.#queue = undefined;
    this.port.setSink(this.feed);
  }

  next(reader) {
    if (this.#queue?.length) return Promise.resolve({ value: this.#queue.shift(), done: false });
    const error = this.#error;
    this.#error = undefined;
    if (error) return Promise.reject(error);
    if (this.#ended) return Promise.resolve(LAST());
    return new Promise((resolve, reject) => this.#waiting.push({ reader, resolve, reject }));
  }
}

/** A live feed. */
class Feed {
  #of;

  constructor(subscription) {
    this.#of = subscription;
  }

  get id() {
    return this.#of.id;
  }

  get request() {
    return this.#of.request;
  }

  get received() {
    return this.#of.received;
  }

  get dropped() {
    return this.#of.dropped;
  }

  stop() {
    return this.#of.stop();
  }

  [Symbol.asyncDispose]() {
    return this.#of.stop();
  }

  [Symbol.asyncIterator]() {
    return this.#of.iterate();
  }
}

/** The async iterator of a feed. */
class Samples {
  #of;
  /** Whether the loop was left: nothing comes then, whatever is queued. */
  #left = false;

  constructor(subscription) {
    this.#of = subscription;
  }

  next() {
    return this.#left ? Promise.resolve(LAST()) : this.#of.next(this);
  }

  async return(value) {
    this.#leave();
    return { done: true, value: await value };
  }

  /** What `yield*` calls where an error is thrown into the generator around it. */
  async throw(error) {
    this.#leave();
    throw error;
  }

  #leave() {
    if (this.#left) return;
    this.#left = true;
    this.#of.leave(this);
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

/** What a tape is asked; `src/web/tape.rs` has the same list. */
const [LENGTH, TOTAL, COLUMNS, TIMES, VALUES, LATEST, MIN_MAX] = Array(7).keys();

/** The newest samples of a feed, as columns of numbers, which are in the module. */
class Series {
  #of;
  #tape;
  #feed;

  constructor(subscription, tape) {
    this.#of = subscription;
    this.#tape = tape;
    this.#feed = new Feed(subscription);
  }

  get feed() {
    return this.#feed;
  }

  get length() {
    return this.#tape.count(LENGTH);
  }

  get total() {
    return this.#tape.count(TOTAL);
  }

  get columns() {
    return this.#tape.count(COLUMNS);
  }

  times() {
    return this.#tape.read(TIMES, 0, 0, NaN, NaN);
  }

  values(column) {
    return this.#tape.read(VALUES, columnNumber(column), 0, NaN, NaN);
  }

  last(column) {
    return this.#tape.read(LATEST, columnNumber(column), 0, NaN, NaN);
  }

  minMax(buckets, options) {
    const [count, column, from, to] = minMaxOptions(buckets, options);
    return this.#tape.read(MIN_MAX, column, count, from, to);
  }

  stop() {
    return this.#of.stop();
  }

  [Symbol.asyncDispose]() {
    return this.#of.stop();
  }
}

/** Whether what a call opens is a series. */
export const wantsTape = (port, call) => port.subscriptionOf(call).isSeries;
