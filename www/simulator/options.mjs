/** The simulator's options and their defaults. */
import { makeToken } from "./token.mjs";

/**
 * @typedef {object} SimulatorOptions
 * @property {string} [host]  default "127.0.0.1"
 * @property {number} [port]  default 0: any free one
 * @property {string} [path]  of the socket endpoint, default "/socket.io-client"
 * @property {string} [token]  accepted with every privilege; default: a generated JWT
 * @property {string} [readOnlyToken]  accepted without Control Devices; default: a generated JWT
 * @property {string} [workgroup]  default "demo"
 * @property {boolean} [quiet]  default true; false writes a line per connection and refusal to stderr
 * @property {number} [seed]  default 1: the fleet and all values follow from it
 * @property {number} [devices]  how many, default 12
 * @property {number} [samplesPerSecond]  of a feed that requests no rate, default 1
 * @property {number} [pingIntervalMs]  default 25000
 * @property {number} [pingTimeoutMs]  default 20000
 * @property {number} [maxPayload]  largest message a client may send, in bytes, default 1000000
 * @property {2 | 3 | 4} [generation]  which socket.io server, default 4
 * @property {new (...args: any[]) => any} [Server]  a socket.io server class to use in place of the installed one
 * @property {object} [serverOptions]  further options for that class
 * @property {string} [feedEvent]  name of the data event, which is not documented; default "device:feed:reply"
 * @property {number} [flapEveryMs]  interval at which a device goes online or offline; default 0: never
 * @property {number} [restartMs]  how long an agent's restart takes, default 300
 * @property {number} [latencyMs]  from a request to its first reply, default 0: immediate
 * @property {number} [commandMs]  from the `:rpc` of a command to its `:reply`, default 5
 * @property {number} [slowCommandMs]  how long the command `slow` takes, default 2000
 * @property {number} [upgradeStepMs]  between two steps of an upgrade, default 100
 * @property {number} [samplesBeforeRpc]  samples sent before the `device:feed:rpc` of their feed, default 0
 * @property {boolean} [replyBeforeRpc]  commands send `:reply` before `:rpc`; default false
 * @property {boolean} [replyToStop]  replies to `device:feed:stop` with a `:rpc`; default false
 * @property {"silent" | "error"} [offlineFeed]  opening a feed of an offline device: "silent" (default)
 *   opens it, "error" fails
 * @property {"mixed" | "string" | "object"} [errorForm]  errors as a string, as {message}, or
 *   (default) as on the API page
 * @property {boolean} [echoRequestIdInErrors]  default true
 * @property {"connect_error" | "disconnect" | "http"} [refusal]  how a connection is refused: by the
 *   CONNECT_ERROR packet (default), by a disconnect right after it was accepted, or by the HTTP handshake's status
 * @property {DirectoryAnswer} [directory]  response to `GET /api/v1/devices/<workgroup>`; default "devices".
 *   "none": no such endpoint
 * @property {boolean} [directoryCors]  default true: pages of other origins may read it
 * @property {import("./fleet.mjs").Device["agentFiles"]} [agentFiles]  where each agent keeps its
 *   files, and in what state; default "usual"
 * @property {boolean} [quietCloud]  default false; true: no broadcasts, as on an idle cloud
 * @property {number} [maxFeeds]  open feeds per connection, default 1000
 * @property {number} [maxReceived]  events kept in `received`, default 10000
 * @property {number} [startHour]  hour of the plant's day at startup; default 10: the sun is up
 * @property {() => number} [now]  wall clock, default Date.now
 * @property {(socket: any) => void} [onConnection]  called with the server's socket of each accepted connection
 */
/**
 * @typedef {"devices" | "none" | "html" | "unauthorized" | "forbidden" | "not-found" | "error" | "hang"}
 *   DirectoryAnswer
 */
/** @typedef {Required<Omit<SimulatorOptions, "Server" | "onConnection">> & SimulatorOptions} Settings */

const HOUR = 3_600_000;

/** @type {Settings} */
const DEFAULTS = {
  host: "127.0.0.1",
  port: 0,
  path: "/socket.io-client",
  token: makeToken({ subject: "demo", issuedMs: Date.UTC(2024, 0, 1), expiresMs: Date.UTC(2099, 0, 1) }),
  readOnlyToken: makeToken({ subject: "demo-reader", issuedMs: Date.UTC(2024, 0, 1), expiresMs: Date.UTC(2099, 0, 1) }),
  workgroup: "demo",
  quiet: true,
  seed: 1,
  devices: 12,
  samplesPerSecond: 1,
  startHour: 10,
  pingIntervalMs: 25_000,
  pingTimeoutMs: 20_000,
  maxPayload: 1_000_000,
  generation: 4,
  serverOptions: {},
  feedEvent: "device:feed:reply",
  flapEveryMs: 0,
  restartMs: 300,
  latencyMs: 0,
  commandMs: 5,
  slowCommandMs: 2_000,
  upgradeStepMs: 100,
  samplesBeforeRpc: 0,
  replyBeforeRpc: false,
  replyToStop: false,
  offlineFeed: "silent",
  errorForm: "mixed",
  echoRequestIdInErrors: true,
  refusal: "connect_error",
  directory: "devices",
  directoryCors: true,
  agentFiles: "usual",
  quietCloud: false,
  maxFeeds: 1_000,
  maxReceived: 10_000,
  now: Date.now,
};
/** Options that take one of a set of strings. @type {Record<string, readonly string[]>} */
export const CHOICES = {
  directory: ["devices", "none", "html", "unauthorized", "forbidden", "not-found", "error", "hang"],
  agentFiles: ["usual", "elsewhere", "broken-yaml", "other-header", "windows"],
};
const WITHOUT_DEFAULT = ["Server", "onConnection"];

/** @param {SimulatorOptions} options @returns {Settings} */
export function settingsFrom(options) {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(DEFAULTS, name) && !WITHOUT_DEFAULT.includes(name))
      throw new TypeError(`startSimulator has no option '${name}'`);
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings = { ...DEFAULTS, ...given };
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === "number" && !(value >= 0))
      throw new TypeError(`startSimulator: '${name}' must not be negative`);
  }
  for (const [name, words] of Object.entries(CHOICES)) {
    const given = /** @type {any} */ (settings)[name];
    if (!words.includes(given))
      throw new TypeError(`startSimulator: '${name}' must be one of ${words.join(", ")}; not '${given}'`);
  }
  if (![2, 3, 4].includes(settings.generation)) throw new TypeError("startSimulator: 'generation' must be 2, 3 or 4");
  return settings;
}

/** Offset from the wall clock to the plant's clock. @param {Settings} settings */
export function plantOffsetMs({ startHour, now }) {
  return startHour * HOUR - (now() % (24 * HOUR));
}
