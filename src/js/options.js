// Reading what the caller passes: every value is looked at once, and a wrong one is named.
import { invalid, words } from "./error.js";

/** Whether a value is an object that is neither an array nor a function. `isArray` throws for a Proxy that was revoked. */
export function isRecord(value) {
  try {
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** One option, where it is given: `fits` says whether it will do, `problem` what would be right. */
function read(object, prefix, name, [fits, problem]) {
  let value;
  try {
    value = object[name];
  } catch (thrown) {
    throw invalid(prefix + name, `cannot be read: ${words(thrown)}`);
  }
  if (value === undefined || fits(value)) return value;
  throw invalid(prefix + name, problem);
}

const isText = (value) => typeof value === "string" && value !== "";
const isFunction = (value) => typeof value === "function";
const whole = (least) => (value) => value >= least && (Number.isInteger(value) || value === Infinity);
const number = (fits) => (value) => typeof value === "number" && fits(value);

const ANY = [() => true];
const TEXT = [(value) => typeof value === "string", "must be a string"];
const NOT_EMPTY = [isText, "must be a string that is not empty"];
const FLAG = [(value) => typeof value === "boolean", "must be true or false"];
const FUNCTION = [isFunction, "must be a function"];
const SPAN = [number((ms) => ms >= 0 && ms !== Infinity), "must be a number of milliseconds, 0 or more"];
const TIMEOUT = [number((ms) => ms > 0), "must be a number of milliseconds above 0, or Infinity"];
const FINITE = [number((ms) => ms > 0 && ms !== Infinity), "must be a finite number of milliseconds above 0"];
const COUNT = [number(whole(1)), "must be a whole number, 1 or more"];
const ATTEMPTS = [number(whole(0)), "must be a whole number, 0 or more, or Infinity"];
const TIME = [number((ms) => !Number.isNaN(ms)), "must be a number of milliseconds since 1970"];
const PROTOCOL = [(value) => value === "auto" || value === 4 || value === 3, 'must be "auto", 4 or 3'];
const CONSTRUCTOR = [isFunction, "must be a WebSocket constructor"];
const TOKEN = [(value) => isText(value) || isFunction(value), "must be an API token (a string that is not empty) or a function that gives one"];
/** By what it can do: a signal may come from another realm. */
const SIGNAL = [
  (value) => {
    try {
      return typeof value === "object" && typeof value.aborted === "boolean" && isFunction(value.addEventListener);
    } catch {
      return false;
    }
  },
  "must be an AbortSignal",
];

function needed(object, prefix, name, kind) {
  const value = read(object, prefix, name, kind);
  if (value === undefined) throw invalid(prefix + name, kind[1]);
  return value;
}

/** An argument that must be a string that is not empty. */
export function neededText(argument, value) {
  if (isText(value)) return value;
  throw invalid(argument, NOT_EMPTY[1]);
}

/** An argument that must be a function. */
export function neededFunction(argument, value) {
  if (isFunction(value)) return value;
  throw invalid(argument, FUNCTION[1]);
}

let defaultWebSocket;

/**
 * Names the WebSocket to use where the platform has none, or in place of the platform's own where it is made from that.
 * Not public: the entry file for Node gives the package `ws`, or a subclass.
 */
export function setDefaultWebSocket(WebSocket) {
  defaultWebSocket = WebSocket;
}

function platformWebSocket() {
  const { WebSocket } = globalThis;
  if (!isFunction(WebSocket)) return defaultWebSocket;
  // A global that was replaced after the import is what its owner wants.
  return defaultWebSocket && Object.getPrototypeOf(defaultWebSocket) === WebSocket ? defaultWebSocket : WebSocket;
}

/** The options of a client: `texts` and `numbers` for the module, and what stays here. */
export function clientOptions(given) {
  if (!isRecord(given)) throw invalid("options", "must be an object with url, workgroup and token");
  const option = (name, kind) => read(given, "", name, kind);
  const url = needed(given, "", "url", NOT_EMPTY);
  const path = option("path", TEXT);
  const insecure = option("allowInsecure", FLAG);
  const token = needed(given, "", "token", TOKEN);
  const workgroup = needed(given, "", "workgroup", NOT_EMPTY);
  const protocol = option("protocol", PROTOCOL);
  const spans = [option("connectTimeoutMs", FINITE), option("timeoutMs", TIMEOUT)];
  const reconnect = reconnectOptions(option("reconnect", ANY));
  const WebSocket = option("webSocket", CONSTRUCTOR) ?? platformWebSocket();
  if (!WebSocket) throw invalid("webSocket", "is needed: this platform has no WebSocket of its own");
  const numbers = [insecure, isFunction(token), protocol === "auto" ? 0 : protocol, ...spans, ...reconnect];
  return { token, WebSocket, texts: [url, path, workgroup], numbers };
}

function reconnectOptions(given = {}) {
  if (given === false) return [false];
  if (typeof given !== "object" || given === null) throw invalid("reconnect", "must be false or an object");
  if (!isRecord(given)) throw invalid("reconnect", "must be an object");
  const option = (name, kind) => read(given, "reconnect.", name, kind);
  return [
    true,
    option("minDelayMs", SPAN),
    option("maxDelayMs", SPAN),
    option("maxAttempts", ATTEMPTS),
    option("stableAfterMs", SPAN),
    option("firstConnect", FLAG),
  ];
}

/** The options of one request. Binary data in its `extra` goes into `attachments`. */
export function requestOptions(given, attachments) {
  if (!isRecord(given)) throw invalid("options", "must be an object");
  const option = (name, kind) => read(given, "options.", name, kind);
  const extra = option("extra", ANY);
  return {
    extra: extra === undefined ? undefined : objectText("extra", extra, attachments),
    requestId: option("requestId", NOT_EMPTY),
    signal: option("signal", SIGNAL),
    timeoutMs: option("timeoutMs", TIMEOUT),
    onProgress: option("onProgress", FUNCTION),
    onGap: option("onGap", FUNCTION),
    queue: option("queue", COUNT),
    capacity: option("capacity", COUNT),
    onUpdate: option("onUpdate", FUNCTION),
  };
}

/** A feed's request, as a copy that cannot be changed. */
export function feedRequest(given) {
  if (!isRecord(given)) throw invalid("request", "must be an object with deviceId, table and source");
  const field = read(given, "request.", "field", TEXT);
  const request = {};
  for (const name of ["deviceId", "table", "source"]) request[name] = needed(given, "request.", name, NOT_EMPTY);
  if (field !== undefined) request.field = field;
  return Object.freeze(request);
}

/** A column's number; the first one where it is left out. */
export const columnNumber = (given = 0) => index("column", given, 0, "must be a whole number, 0 or more");

function index(argument, given, least, problem) {
  if (typeof given === "number" && given >= least && given % 1 === 0) return given;
  throw invalid(argument, problem);
}

/** What `minMax` is asked; NaN for an end of the span that is left out. */
export function minMaxOptions(buckets, given = {}) {
  if (!isRecord(given)) throw invalid("options", "must be an object");
  const option = (name, kind) => read(given, "options.", name, kind);
  const column = option("column", ANY);
  const [from = NaN, to = NaN] = [option("fromMs", TIME), option("toMs", TIME)];
  return [index("buckets", buckets, 1, "must be a whole number, 1 or more"), columnNumber(column), from, to];
}

/** JSON text of an object that the caller passed as `argument`; for binary data as in `argumentTexts`. */
export function objectText(argument, value, attachments) {
  if (!isRecord(value) || bytesOf(value)) throw invalid(argument, "must be an object");
  const text = stringify(argument, () => JSON.stringify(value, replacer(attachments)));
  if (text === undefined) throw invalid(argument, "must be an object that JSON can hold");
  return text;
}

function stringify(argument, make) {
  try {
    return make();
  } catch (thrown) {
    throw invalid(argument, `cannot be sent as JSON: ${words(thrown)}`);
  }
}

/** A copy of the array that the caller passed as `argument`. */
export function copyArray(argument, value) {
  let fits = false;
  try {
    fits = Array.isArray(value);
  } catch {}
  if (!fits) throw invalid(argument, "must be an array");
  return stringify(argument, () => Array.from(value));
}

/** JSON texts of an event's arguments; every piece of binary data goes into `attachments`, a placeholder into its place. */
export function argumentTexts(args, attachments) {
  const replace = replacer(attachments);
  // What JSON has no form for (undefined, a function) is null, as in an array.
  return args.map((value, at) => stringify(`args[${at}]`, () => JSON.stringify(value, replace)) ?? "null");
}

/** Without `attachments` there is no place for binary data, and JSON would make something else of it. */
function replacer(attachments) {
  return function (key, given) {
    // Not `given`: a Node Buffer's toJSON has been called for that already.
    const bytes = bytesOf(this[key]);
    if (!bytes) return given;
    if (!attachments) throw new TypeError("binary data has no place here");
    attachments.push(bytes);
    return { _placeholder: true, num: attachments.length - 1 };
  };
}

const BUFFER = /^\[object (Shared)?ArrayBuffer\]$/;

/** Binary data, of whichever realm's classes; undefined for anything else. */
export function bytesOf(value) {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value !== "object" || !BUFFER.test(Object.prototype.toString.call(value))) return undefined;
  return new Uint8Array(value);
}

/** The value of a JSON text, with the attachments in the places of their placeholders; undefined where it is none. */
export function decode(text, attachments) {
  try {
    return JSON.parse(text, (_key, value) => (value?._placeholder === true ? attachments[value.num] : value));
  } catch {
    return undefined;
  }
}

/** How the methods' first arguments are read, in the order of `METHODS` in `src/web/client.rs`. */
const device = (id) => [neededText("deviceId", id)];
export const READERS = [
  device,
  device,
  device,
  device,
  (id, cmd) => [neededText("deviceId", id), neededText("cmd", cmd)],
  (id, yaml) => [neededText("deviceId", id), neededText("yaml", yaml)],
  (id, config) => [neededText("deviceId", id), objectText("config", config)],
  (id, config) => [neededText("deviceId", id), objectText("config", config)],
  (event, payload, attachments) => {
    const text = objectText("payload", payload, attachments);
    return [neededText("event", event), text];
  },
];

/** Whether a signal has fired; one that is only like a signal may throw. */
export function isAborted(signal) {
  try {
    return Boolean(signal?.aborted);
  } catch {
    return false;
  }
}

export function reasonOf(signal) {
  try {
    return signal?.reason;
  } catch {
    return undefined;
  }
}

export function stopListening(signal, fired) {
  try {
    signal.removeEventListener("abort", fired);
  } catch {
    // The same.
  }
}
