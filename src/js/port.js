// The half of the shell that holds JavaScript values: promises, listeners, subscriptions. What they mean is the module's
// business: this one tells it what happened, by a number and, where there is more, `texts`, `numbers` and `bytes`.
import { because, invalid, parse } from "./error.js";
import { Subscription } from "./feed.js";
import { ANY, FRAME, Listeners } from "./listeners.js";
import * as options from "./options.js";
import { chance, Lane, later, nextFrame, open, watch } from "./platform.js";

/** What the module is told; `src/web/told.rs` has the same list. */
const [OPENED, TEXT, BINARY, CLOSED, FAILED, TOKEN, WRONG_TOKEN, TOKEN_FAILED, WAKE, TICK, LEAVE, ABORT, ACK, STOP, OBSERVE, SAMPLES, SHOWN, REDACT] = Array(18).keys();

const NO_OPTIONS = {};
const NOBODY = [];

export class Port extends Listeners {
  /** What the module asks for about the thing that it is told now. */
  texts;
  numbers;
  bytes = [];
  #token;
  #tokenFailure;
  #calls = new Map();
  /** Of the call that is about to be opened. */
  #extras;
  /** By the module's number of the feed. */
  #feeds = [];
  #subscriptions = new Map();
  /** Series with new samples, until the next frame is drawn. */
  #updated = [];
  #timer;
  #stopWatching;

  /** Throws where an option is wrong. `texts` and `numbers` are for the module then. */
  constructor(given) {
    const { token, WebSocket, texts, numbers } = options.clientOptions(given);
    // A token that is a text is held where no debugger looks for it.
    const isText = typeof token === "string";
    super({ token: isText ? undefined : token, WebSocket });
    Object.assign(this, { texts, numbers: [...chance(), ...numbers] });
    if (isText) this.#token = () => token;
  }

  /** `tell(what, number)` and `receive` are the module's; the rest is about its receive buffer. */
  attach(tell, receive, memory, start, size) {
    this.tell = tell;
    this.lane = new Lane(memory, start, size, {
      receive,
      opened: (attempt) => tell(OPENED, attempt),
      message: (attempt, data) => this.#message(attempt, data),
      closed: (attempt, failed, detail) => this.#tellText(failed ? FAILED : CLOSED, attempt, detail || undefined),
      deliver: (feed, sample) => this.deliver(feed, sample),
      threw: (thrown) => this.threw("device:feed", thrown),
    });
  }

  text(at) {
    return this.texts[at];
  }

  /** NaN where it is left out. */
  number(at) {
    return Number(this.numbers[at] ?? NaN);
  }

  setText(text) {
    this.texts = [text];
  }

  takeBytes() {
    return this.bytes.shift();
  }

  addBytes(bytes) {
    this.bytes.push(bytes.slice());
  }

  #tellText(what, number, text) {
    this.texts = [text];
    return this.tell(what, number);
  }

  /** Tells any event of the server's; `ack` is the id to acknowledge it with, undefined where it wants that not. */
  toldAny(text, attempt, ack) {
    const args = this.#decoded(text);
    if (!args) return;
    // On the wire a name may be a number; listeners are promised a text.
    if (typeof args[0] === "number") args[0] = String(args[0]);
    if (ack !== undefined) args.push((...answer) => this.#acknowledge(attempt, ack, answer));
    this.tellListeners(ANY, ...args);
  }

  /** The value of a JSON text and its binary data; undefined where it is none. */
  #decoded(text) {
    if (!this.bytes.length) return parse(text);
    return options.decode(text, this.bytes.splice(0));
  }

  #acknowledge(attempt, ack, answer) {
    try {
      this.#readArguments([ack], answer);
    } catch (error) {
      return this.warn(error);
    }
    this.tell(ACK, attempt);
  }

  #readArguments(before, args) {
    const bytes = [];
    this.texts = [...before, ...options.argumentTexts(args, bytes)];
    this.bytes = bytes;
  }

  frame(direction, text) {
    const shown = text ?? this.bytes.pop();
    this.tellListeners(FRAME, direction, shown);
  }

  // --- the connection

  #message(attempt, data) {
    if (typeof data === "string") return this.#tellText(TEXT, attempt, data);
    const bytes = options.bytesOf(data);
    if (!bytes) return;
    this.bytes = [bytes];
    this.tell(BINARY, attempt);
  }

  openSocket(url, attempt) {
    return open(this.callbacks().WebSocket, url, attempt, this.lane);
  }

  /** Gives the token to the module, at once or later. */
  askToken(attempt) {
    if (this.#token) return this.#tellText(TOKEN, attempt, this.#token());
    const { token } = this.callbacks();
    new Promise((resolve) => resolve(token())).then(
      (value) => (typeof value === "string" && value !== "" ? this.#tellText(TOKEN, attempt, value) : this.tell(WRONG_TOKEN, attempt)),
      (reason) => {
        this.#tokenFailure = reason;
        this.tell(TOKEN_FAILED, attempt);
      },
    );
  }

  /** The error, with what the token function threw. */
  tokenFailed(error) {
    return because(error, this.#tokenFailure);
  }

  observed(what) {
    this.tell(OBSERVE, what);
  }

  /** The text without the token. */
  redact(text) {
    this.#tellText(REDACT, 0, text);
    return this.texts[0];
  }

  /** Whether there is a connection or one on its way. */
  setActive(active) {
    this.hold(active);
    if (active) {
      this.#stopWatching = watch(
        () => this.tell(WAKE, 0),
        () => this.tell(TICK, 0),
        () => this.tell(LEAVE, 0),
      );
    } else {
      this.#stopWatching?.();
      // It may know the client, by way of its stack.
      this.#tokenFailure = undefined;
    }
  }

  /** Has the module look after its deadlines later; below 0 not at all. */
  setTimer(delayMs) {
    clearTimeout(this.#timer);
    this.#timer = delayMs < 0 ? undefined : setTimeout(() => this.tell(TICK, 1), delayMs);
  }

  // --- calls

  /**
   * Reads the arguments of a method; what the module needs is in `texts` and `numbers` then. Answers below 0 where one is
   * wrong, 1 where options were given, with 2 where their signal has fired already, else 0; with 4 where there are bytes.
   */
  prepare(method, a, b, given) {
    try {
      const bytes = [];
      const texts = options.READERS[method](a, b, bytes);
      const flags = this.#ready(texts, given, bytes);
      if (!bytes.length) return flags;
      this.bytes = bytes;
      return flags | 4;
    } catch (error) {
      return this.#refuse(error);
    }
  }

  prepareAck(event, args, given) {
    try {
      options.neededText("event", event);
      this.#readArguments([event], options.copyArray("args", args));
      const { texts, bytes } = this;
      const flags = this.#ready(texts, given, []);
      Object.assign(this, { texts, bytes });
      return flags;
    } catch (error) {
      return this.#refuse(error);
    }
  }

  /** Throws where an argument is wrong. */
  prepareEmit(event, args) {
    this.#readArguments([options.neededText("event", event)], args);
  }

  prepareFeed(request, listener, given, isSeries) {
    try {
      if (typeof listener === "object" && listener !== null) [listener, given] = [undefined, listener];
      if (listener !== undefined) options.neededFunction("listener", listener);
      const wanted = options.feedRequest(request);
      const { deviceId, table, source, field } = wanted;
      const flags = this.#ready([deviceId, table, source, field], given);
      this.#extras = { ...this.#extras, isSeries, listener, request: wanted };
      return flags;
    } catch (error) {
      return this.#refuse(error);
    }
  }

  /** Binary data in the options' `extra` goes into `attachments`; without that it is refused. */
  #ready(texts, given, attachments) {
    this.#extras = undefined;
    this.texts = texts;
    if (given === undefined) return 0;
    const extras = options.requestOptions(given, attachments);
    // Last, since a getter may have called anything.
    this.#extras = extras;
    this.texts = [...texts, extras.requestId, extras.extra];
    this.numbers = [extras.timeoutMs, extras.capacity, extras.onUpdate && 1];
    return options.isAborted(extras.signal) ? 3 : 1;
  }

  #refuse(error) {
    this.bytes = [];
    this.#extras = { error };
    return -1;
  }

  /** Makes the promise of the call that was prepared. */
  open(call) {
    const extras = this.#extras;
    this.#extras = undefined;
    return new Promise((resolve, reject) => {
      // Its own: a page may have given all objects one.
      if (extras && Object.hasOwn(extras, "error")) return reject(extras.error);
      this.#calls.set(call, { resolve, reject, extras });
      if (extras) this.#begin(call, extras);
    });
  }

  #begin(call, extras) {
    const { signal, request } = extras;
    if (request) extras.subscription = new Subscription(this, call, request, extras);
    if (!signal || options.isAborted(signal)) return;
    const fired = () => this.tell(ABORT, call);
    try {
      signal.addEventListener("abort", fired, { once: true });
      extras.stopListening = () => options.stopListening(signal, fired);
    } catch {
      // Not an AbortSignal but like one: it cannot be listened to.
    }
  }

  #take(call) {
    const open = this.#calls.get(call);
    this.#calls.delete(call);
    open?.extras?.stopListening?.();
    return open;
  }

  /** With the value of a JSON text, or undefined. */
  resolve(call, text) {
    const value = text === undefined ? undefined : this.#decoded(text);
    const open = this.#take(call);
    if (value === undefined && text !== undefined) open?.reject(invalid("reply", "is not readable as JSON"));
    else open?.resolve(value);
  }

  /** With the JSON text in the frame that came last, from here to the character before its end. */
  resolveAt(call, start) {
    this.#take(call)?.resolve(JSON.parse(this.lane.frame.slice(start, -1)));
  }

  /** An abort carries the signal's reason as its cause. */
  reject(call, error) {
    const open = this.#take(call);
    open?.reject(error.code === "aborted" ? because(error, options.reasonOf(open.extras?.signal)) : error);
  }

  progress(call, text) {
    const onProgress = this.#calls.get(call)?.extras?.onProgress;
    if (onProgress) this.call("onProgress", onProgress, parse(text));
  }

  // --- feeds

  /** The subscription that a call is to open. */
  subscriptionOf(call) {
    return this.#calls.get(call)?.extras?.subscription;
  }

  /** A subscription is open: its handle, `Feed` or `Series`. */
  feedOpened(call, feed, id, dropped, before, tape) {
    const subscription = this.subscriptionOf(call);
    const { resolve } = this.#take(call);
    const handle = subscription.opened(feed, id, dropped, before, tape);
    this.#subscriptions.set(call, subscription);
    this.#feeds[feed] = [...this.#of(feed), subscription];
    this.setSink(feed);
    if (subscription.listener) {
      later(() => {
        subscription.release();
        this.setSink(subscription.feed);
      });
    }
    resolve(handle);
  }

  #of(feed) {
    return this.#feeds[feed] ?? NOBODY;
  }

  /** Tells the lane where a feed's samples go. */
  setSink(feed) {
    if (feed === undefined) return;
    const all = this.#of(feed);
    const told = all.filter(({ isSeries }) => !isSeries);
    const sink = told.length === 1 ? told[0].direct : undefined;
    this.lane.lead(feed, all[0]?.id, sink, told.length === all.length);
  }

  setSampleHead(head) {
    this.lane.head = head;
  }

  samplesOf(feed) {
    return this.tell(SAMPLES, feed);
  }

  sample(feed, text) {
    this.deliver(feed, parse(text));
  }

  deliver(feed, sample) {
    for (const subscription of this.#of(feed)) subscription.take(sample);
  }

  /** The id of the last sample is the lane's to know where the lane has parsed that. */
  feedResumed(feed, id, fromMs, toMs, lastMessageId, wasTaken) {
    if (wasTaken) lastMessageId = this.lane.lastId(feed);
    for (const subscription of this.#of(feed)) subscription.id = id;
    this.setSink(feed);
    const gap = () => ({ toMs, fromMs: Number.isNaN(fromMs) ? undefined : fromMs, lastMessageId });
    for (const { onGap } of this.#of(feed)) if (onGap) this.call("onGap", onGap, gap());
  }

  feedEnded(call, samples, error) {
    const subscription = this.#subscriptions.get(call);
    if (subscription) this.#end(subscription, samples, error);
  }

  #end(subscription, samples, error) {
    const { feed, call } = subscription;
    this.#subscriptions.delete(call);
    this.#feeds[feed] = this.#of(feed).filter((other) => other !== subscription);
    subscription.end(samples, error);
    this.setSink(feed);
    if (!this.#feeds[feed].length) this.lane.lasts[feed] = undefined;
  }

  /** The caller has had enough of it. */
  stop(subscription) {
    this.#end(subscription, this.samplesOf(subscription.feed), undefined);
    this.tell(STOP, subscription.call);
  }

  /** A series has new samples: its listener is told before the next frame is drawn. */
  seriesUpdated(call) {
    if (this.#updated.push(call) === 1) nextFrame(() => this.#tellUpdates());
  }

  #tellUpdates() {
    const updated = this.#updated;
    this.#updated = [];
    for (const call of updated) {
      this.tell(SHOWN, call);
      const { onUpdate, handle } = this.#subscriptions.get(call) ?? NO_OPTIONS;
      if (onUpdate && handle) this.call("onUpdate", onUpdate, handle);
    }
  }
}

export const makeStats = (framesIn, framesOut, bytesIn, bytesOut, samples, connections, openRequests, openFeeds, lastMs) => {
  const lastFrameMs = Number.isNaN(lastMs) ? undefined : lastMs;
  return { framesIn, framesOut, bytesIn, bytesOut, samples, connections, openRequests, openFeeds, lastFrameMs };
};
