// Who listens to what, and what listeners may do wrong.
import { invalid, parse, words } from "./error.js";
import { neededFunction } from "./options.js";
import { complain } from "./platform.js";

/** The events that `on`, `once` and `off` take. The module knows them by their place; so for the two behind them. */
const EVENTS = ["connect", "disconnect", "reconnecting", "connect_error", "device:stateChange", "device:new", "device:metaChange", "warning"];
export const ANY = "onAny";
export const FRAME = "onFrame";

function eventOf(event) {
  if (EVENTS.includes(event)) return event;
  throw invalid("event", `must be one of ${EVENTS.join(", ")}; onAny() hears every event of the server's`);
}

/** The caller's callbacks. What is held from here the module holds, and that JavaScript never collects. */
export class Listeners {
  /** Only while there is a connection or one on its way, since a callback mostly knows its client; else see `handOver`. */
  #held;
  #kept;
  #observed = 0;

  constructor(callbacks) {
    this.#held = { ...callbacks, listeners: [] };
    this.#kept = new WeakRef(this.#held);
  }

  hold(wanted) {
    this.#held = wanted ? this.#kept.deref() : undefined;
  }

  /** What holds the callbacks, for the client's own object to hold. */
  handOver() {
    const held = this.#held;
    this.#held = undefined;
    return held;
  }

  callbacks() {
    return this.#held ?? this.#kept.deref() ?? { listeners: [] };
  }

  on(event, listener, once) {
    return this.listen(eventOf(event), listener, once);
  }

  /** Adds a listener; answers what removes it. One that is there already keeps its place, and stays unless both want it once. */
  listen(topic, listener, once = false) {
    neededFunction("listener", listener);
    const callbacks = this.callbacks();
    let held = callbacks.listeners.find((held) => held.topic === topic && held.listener === listener);
    if (held) held.once &&= once;
    else callbacks.listeners = [...callbacks.listeners, (held = { topic, listener, once })];
    this.#observe();
    return () => this.#keep((other) => other !== held);
  }

  onAny(listener) {
    return this.listen(ANY, listener);
  }

  onFrame(listener) {
    return this.listen(FRAME, listener);
  }

  off(event, listener) {
    neededFunction("listener", listener);
    const topic = eventOf(event);
    this.#keep((held) => held.topic !== topic || held.listener !== listener);
  }

  #keep(stays) {
    const callbacks = this.callbacks();
    callbacks.listeners = callbacks.listeners.filter(stays);
    this.#observe();
  }

  /** Events and frames are shown only while somebody listens. */
  #observe() {
    const { listeners } = this.callbacks();
    const has = (topic) => listeners.some((held) => held.topic === topic);
    const observed = Number(has(ANY)) + 2 * Number(has(FRAME));
    if (observed !== this.#observed) this.observed((this.#observed = observed));
  }

  /** The listeners to call now; those that are called once only are taken out. */
  #due(topic) {
    const due = this.callbacks().listeners.filter((held) => held.topic === topic);
    if (due.some(({ once }) => once)) this.#keep((held) => held.topic !== topic || !held.once);
    return due;
  }

  tellListeners(topic, ...args) {
    for (const { listener } of this.#due(topic)) this.call(topic, listener, ...args);
  }

  /** Calls a callback of the caller's. What it throws becomes a warning. */
  call(whose, callback, ...args) {
    try {
      callback(...args);
    } catch (thrown) {
      this.threw(whose, thrown);
    }
  }

  threw(whose, thrown) {
    const problem = this.redact(`the listener of ${whose} threw: ${words(thrown)}`);
    this.warn(invalid("listener", problem, thrown), thrown);
  }

  /** Tells a warning; where nobody listens and the caller's code threw, or a listener throws, the console. */
  warn(error, thrown) {
    const due = this.#due("warning");
    if (!due.length && thrown !== undefined) complain(thrown);
    for (const { listener } of due) {
      try {
        listener({ error });
      } catch (thrown) {
        // What a listener of warnings throws is no warning again.
        complain(thrown);
      }
    }
  }
}

/** Tells an event, by its place in `EVENTS`. */
export function tellEvent(port, event, text, more, a, b, error) {
  if (EVENTS[event] === "warning") return port.warn(error);
  const sure = b !== 0;
  const value = [
    () => ({ id: text, attempt: a, reconnected: sure }),
    () => (error ? { reason: text, willReconnect: sure, error } : { reason: text, willReconnect: sure }),
    () => ({ attempt: a, delayMs: b }),
    () => ({ error, attempt: a, willRetry: sure }),
    () => (more === undefined ? parse(text) : { ...parse(text), deviceId: more }),
    () => parse(text),
    () => parse(text),
  ][event]();
  port.tellListeners(EVENTS[event], value);
}
