/**
 * ardexa-client/catalog: which devices a workgroup has, and what can be asked of them.
 *
 * ```ts
 * import { connect } from "ardexa-client";
 * import { askDevice, listDevices } from "ardexa-client/catalog";
 *
 * const { devices } = await listDevices({ url, workgroup, token });
 * const client = await connect({ url, workgroup, token });
 * const { sources, issues } = await askDevice(client, devices[0].id);
 * ```
 *
 * Written from Ardexa's public documents; neither function was tried on a real cloud or agent. What cannot be read is
 * an entry of `issues` and costs nothing else.
 */
import type { ArdexaClient, ErrorCode } from "./index.js";

/**
 * Reads the cloud's list of a workgroup's devices: `GET <url>/api/v1/devices/<workgroup>`.
 *
 * Rejects with an `ArdexaError`: `invalid-argument` (names the option; nothing was sent), `unauthorized` (status 401 or
 * 403, or the token function failed), `rejected` (any other status; `data.status` has it), `protocol` (HTML, or anything
 * else that is not a list of devices), `timeout`, `aborted`, `unreachable` (no server, no network; in a browser also a
 * cloud that does not permit the page's origin). The token is in none of them.
 */
export function listDevices(options: ListDevicesOptions): Promise<DeviceDirectory>;

/** Options of {@link listDevices}; the first three are those of `connect`. */
export interface ListDevicesOptions {
  /** Cloud base URL, for example `"https://app.ardexa.com"`; `wss:` stands for `https:`, and `ws:` for `http:`. */
  url: string;
  /** Workgroup ID. */
  workgroup: string;
  /** API token, or a function that gives one. */
  token: string | (() => string | Promise<string>);
  /** Gives up: `aborted`, with the signal's reason as `cause`. */
  signal?: AbortSignal;
  /** For the whole of it, the token function included. Default 30000; Infinity for none. */
  timeoutMs?: number;
  /** In place of the global `fetch`. */
  fetch?: FetchLike;
  /** Permits http: to a host that is not loopback. Default false: the token would cross the network in the clear. */
  allowInsecure?: boolean;
}

/** As much of `fetch` as is used. */
export type FetchLike = (url: string, init: FetchInit) => Promise<ResponseLike>;

/** What the request is. */
export interface FetchInit {
  headers: Record<string, string>;
  cache: "no-store";
  credentials: "omit";
  referrerPolicy: "no-referrer";
  signal: AbortSignal;
}

/** As much of a `Response` as is used. `body`, if it is a stream, is read in place of `text()`. */
export interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  text(): Promise<string>;
}

/** What the cloud's list says. */
export interface DeviceDirectory {
  /** In the order of the list, each once. */
  devices: CatalogDevice[];
  /** What could not be read of it. */
  issues: CatalogIssue[];
}

/** A device as the cloud lists it. */
export interface CatalogDevice {
  /** The device's ID. */
  id: string;
  name?: string;
  /** The common name of its certificate. */
  cn?: string;
  /** undefined: the cloud does not say. */
  online?: boolean;
  /** Of `run`, `tail`, `watch`, `unix_socket` and `dynamic` in its `meta`. */
  sources: CatalogSource[];
  /** All of it, as it was sent. */
  raw: Readonly<Record<string, unknown>>;
}

/** What a feed can be asked for. */
export interface CatalogSource {
  table: string;
  source: string;
  /** The list of scenarios that it is from; `log`: found as a log file on the device. */
  kind: "run" | "tail" | "watch" | "unix_socket" | "dynamic" | "log";
  /** The type of its values; `csv` for several at once. An open set. */
  type?: string;
  /** Of a source of one value. */
  units?: string;
  comment?: string;
  /** Of a source of several values, in their order; empty if there are none or they are not known. */
  fields: readonly CatalogField[];
  /** The log file on the device. */
  path?: string;
  /** The scenario, as it was read. */
  raw?: unknown;
}

/** One value of several. */
export interface CatalogField {
  /** Its name, by which a feed asks for it. */
  name: string;
  /** The type of its values: `integer`, `decimal`, `bool`, `date`, `keyword` and others. */
  type?: string;
  units?: string;
  comment?: string;
}

/** What could not be read, and why. */
export interface CatalogIssue {
  /** `device`: nothing of it; `meta`: of its entry in the list; the others are what was asked for. */
  step: "device" | "meta" | "name" | "config" | "logs" | "rows";
  /** A sentence for people. */
  message: string;
  /** If a request failed, its error's code. */
  code?: ErrorCode;
  /** The file or folder on the device. */
  path?: string;
  /** In a list of several devices, which of them. */
  deviceId?: string;
}

/**
 * Asks the device itself, by commands in its remote shell that only read: its hostname, its configuration, the first
 * line of each of its logs and, if wanted, the newest rows of them. Get consent first: the configuration may hold more
 * than names.
 *
 * Resolves whatever the device answers, be it nothing. Rejects with `invalid-argument`, `aborted`, and, without a
 * connection, `not-connected`, `closed` or `disconnected`.
 */
export function askDevice(
  client: Pick<ArdexaClient, "cmd">,
  deviceId: string,
  options?: AskDeviceOptions,
): Promise<DeviceAnswer>;

/** Where a device keeps its logs, and how long to wait for it. */
export interface LogOptions {
  /** For all that is asked. Default 60000; Infinity for none. */
  timeoutMs?: number;
  /** Gives up: `aborted`. The device is not told: the API has no cancel. */
  signal?: AbortSignal;
  /** Default `/opt/ardexa/logs`, or what the configuration's `dynamic_tail` names. */
  logFolder?: string;
  /** The name of the newest log in each folder. Default `latest.csv`, or what `dynamic_tail` names. */
  logFile?: string;
}

/** Options of {@link askDevice}. */
export interface AskDeviceOptions extends LogOptions {
  /** Whether to ask for the hostname. Default true. */
  name?: boolean;
  /** Whether to read the configuration. Default true. */
  config?: boolean;
  /** Whether to read the first line of each log, which names its fields. Default true. */
  logs?: boolean;
  /** At most so many of the newest rows of each log; true: 5000. Default false: none. */
  rows?: boolean | number;
  /** Default `/etc/ardexa/ardexa.yaml`. */
  configFile?: string;
  /**
   * Reads YAML. Default: the package `yaml`, imported when it is first needed. A page without a bundler has none unless
   * an import map names one: the configuration is not read then.
   */
  parseYaml?: (text: string) => unknown;
}

/** What a device said. */
export interface DeviceAnswer {
  deviceId: string;
  /** Whether it answered anything. False: offline, not permitted, no answer in time; `issues` says which. */
  answered: boolean;
  /** undefined: nothing told. */
  shell?: "posix" | "windows";
  /** Its hostname. */
  name?: string;
  /** Of its logs and its configuration, merged by {@link mergeSources}. */
  sources: CatalogSource[];
  /** Its configuration; without `value` if it could not be parsed. */
  config?: { text: string; value?: unknown };
  /** With the option `rows`: of each log that could be read. */
  rows: LogRows[];
  /** What could not be read. */
  issues: CatalogIssue[];
}

/** Rows of a log, as columns. */
export interface LogRows {
  table: string;
  source: string;
  /** The file on the device. */
  path: string;
  /** Its columns, less the time and what the agent discards. */
  fields: CatalogField[];
  /** When each row was written, in milliseconds since the epoch, in the order of the file. */
  times: number[];
  /** `values[f][i]` is of `fields[f]` at `times[i]`; null if it is missing. */
  values: (number | boolean | string | null)[][];
  /** Whether the file has rows above these. */
  truncated: boolean;
  /** Lines that were no rows. */
  skipped: number;
  /** Some times have no zone and were read as UTC. */
  assumedUtc: boolean;
}

/**
 * The newest rows of one log. A device starts a new log each day, so these are what a chart missed since morning. If
 * they could not be read, `rows` is missing and `issues` says why. Rejects as {@link askDevice} does.
 */
export function readLog(
  client: Pick<ArdexaClient, "cmd">,
  deviceId: string,
  source: LogPlace,
  options?: ReadLogOptions,
): Promise<{ rows?: LogRows; issues: CatalogIssue[] }>;

/** Which log. A {@link CatalogSource} is one. */
export interface LogPlace {
  table: string;
  source: string;
  /** Default: `latest.csv` in the folder of table and source. */
  path?: string;
}

/** Options of {@link readLog}. */
export interface ReadLogOptions extends LogOptions {
  /** At most so many. Default 5000. */
  maxRows?: number;
}

/**
 * Several lists as one, by table and source: what an earlier list says is kept, and what it lacks comes from a later
 * one.
 */
export function mergeSources(...lists: readonly (readonly CatalogSource[])[]): CatalogSource[];
