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
 * Based on Ardexa's public documentation; neither function has been tested against a real cloud or agent. Anything that
 * cannot be read is reported in `issues`; the rest is still returned.
 */
import type { ArdexaClient, ErrorCode } from "./index.js";

/**
 * Fetches the cloud's list of a workgroup's devices: `GET <url>/api/v1/devices/<workgroup>`.
 *
 * Rejects with an `ArdexaError`: `invalid-argument` (names the option; nothing was sent), `unauthorized` (status 401 or
 * 403, or the token function failed), `rejected` (any other status; see `data.status`), `protocol` (HTML, or anything
 * else that is not a list of devices), `timeout`, `aborted`, `unreachable` (no server, no network; in a browser also a
 * cloud that does not allow the page's origin). No error contains the token.
 */
export function listDevices(options: ListDevicesOptions): Promise<DeviceDirectory>;

/** Options of {@link listDevices}; the first three are the same as for `connect`. */
export interface ListDevicesOptions {
  /** Cloud base URL, for example `"https://app.ardexa.com"`; `wss:` is read as `https:`, and `ws:` as `http:`. */
  url: string;
  /** Workgroup ID. */
  workgroup: string;
  /** API token, or a function that returns one. */
  token: string | (() => string | Promise<string>);
  /** Cancels the request, which rejects with `aborted` and the signal's reason as `cause`. */
  signal?: AbortSignal;
  /** Time limit for the whole call, including the token function. Default 30000; Infinity for none. */
  timeoutMs?: number;
  /** Replaces the global `fetch`. */
  fetch?: FetchLike;
  /** Permits http: to a host that is not loopback. Default false: the token would be sent unencrypted. */
  allowInsecure?: boolean;
}

/** The part of `fetch` that is used. */
export type FetchLike = (url: string, init: FetchInit) => Promise<ResponseLike>;

/** The request's options. */
export interface FetchInit {
  headers: Record<string, string>;
  cache: "no-store";
  credentials: "omit";
  referrerPolicy: "no-referrer";
  signal: AbortSignal;
}

/** The part of a `Response` that is used. `body`, if it is a stream, is read instead of `text()`. */
export interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  text(): Promise<string>;
}

/** The cloud's list of devices. */
export interface DeviceDirectory {
  /** In the order of the list, without duplicates. */
  devices: CatalogDevice[];
  /** The parts of the list that could not be read. */
  issues: CatalogIssue[];
}

/** A device as the cloud lists it. */
export interface CatalogDevice {
  /** The device's ID. */
  id: string;
  name?: string;
  /** The common name of its certificate. */
  cn?: string;
  /** `undefined` if the cloud does not say. */
  online?: boolean;
  /** Read from `run`, `tail`, `watch`, `unix_socket` and `dynamic` in its `meta`. */
  sources: CatalogSource[];
  /** The complete entry as the cloud sent it. */
  raw: Readonly<Record<string, unknown>>;
}

/** A source that a feed can request. */
export interface CatalogSource {
  table: string;
  source: string;
  /** The list of scenarios that it comes from; `log` if it was found as a log file on the device. */
  kind: "run" | "tail" | "watch" | "unix_socket" | "dynamic" | "log";
  /** The type of its values; `csv` for several values per sample. An open set. */
  type?: string;
  /** Units, for a source with a single value. */
  units?: string;
  comment?: string;
  /** The fields of a source with several values, in order; empty if there are none or they are not known. */
  fields: readonly CatalogField[];
  /** The log file on the device. */
  path?: string;
  /** The scenario as it was read. */
  raw?: unknown;
}

/** One of several values in a source. */
export interface CatalogField {
  /** The name by which a feed requests it. */
  name: string;
  /** The type of its values: `integer`, `decimal`, `bool`, `date`, `keyword` and others. */
  type?: string;
  units?: string;
  comment?: string;
}

/** Something that could not be read, and why. */
export interface CatalogIssue {
  /** `device`: the whole device; `meta`: its entry in the list; the others name what was requested. */
  step: "device" | "meta" | "name" | "config" | "logs" | "rows";
  /** A human-readable sentence. */
  message: string;
  /** The error code, if a request failed. */
  code?: ErrorCode;
  /** The file or folder on the device. */
  path?: string;
  /** The device concerned, in a list of several. */
  deviceId?: string;
}

/**
 * Queries the device itself with read-only commands in its remote shell: its hostname, its configuration, the first
 * line of each of its logs and, optionally, their newest rows. Get consent first: the configuration may hold more
 * than names.
 *
 * Resolves whatever the device answers, even if it does not answer. Rejects with `invalid-argument`, `aborted`, and,
 * without a connection, `not-connected`, `closed` or `disconnected`.
 */
export function askDevice(
  client: Pick<ArdexaClient, "cmd">,
  deviceId: string,
  options?: AskDeviceOptions,
): Promise<DeviceAnswer>;

/** Where a device keeps its logs, and how long to wait for it. */
export interface LogOptions {
  /** Time limit for all requests together. Default 60000; `Infinity` disables it; each command then has a limit of 24 hours. */
  timeoutMs?: number;
  /** Stops waiting and rejects with `aborted`. The device is not notified, since the API has no cancel. */
  signal?: AbortSignal;
  /** Default `/opt/ardexa/logs`, or the folder that the configuration's `dynamic_tail` names. */
  logFolder?: string;
  /** The name of the newest log in each folder. Default `latest.csv`, or the file that `dynamic_tail` names. */
  logFile?: string;
}

/** Options of {@link askDevice}. */
export interface AskDeviceOptions extends LogOptions {
  /** Whether to request the hostname. Default true. */
  name?: boolean;
  /** Whether to read the configuration. Default true. */
  config?: boolean;
  /** Whether to read the first line of each log, which names its fields. Default true. */
  logs?: boolean;
  /** Maximum number of newest rows to read from each log; `true` for 5000. Default `false`: none. */
  rows?: boolean | number;
  /** Default `/etc/ardexa/ardexa.yaml`. */
  configFile?: string;
  /**
   * Parses YAML. Default: the package `yaml`, imported when first needed. A page without a bundler needs an import map
   * entry for it; without one the configuration is not read.
   */
  parseYaml?: (text: string) => unknown;
}

/** A device's answer. */
export interface DeviceAnswer {
  deviceId: string;
  /** Whether it answered at all. False if offline, not permitted or no answer in time; `issues` says which. */
  answered: boolean;
  /** `undefined` if it could not be determined. */
  shell?: "posix" | "windows";
  /** Its hostname. */
  name?: string;
  /** The sources in its logs and its configuration, merged by {@link mergeSources}. */
  sources: CatalogSource[];
  /** Its configuration; `value` is missing if it could not be parsed. */
  config?: { text: string; value?: unknown };
  /** With the option `rows`, the rows of each log that could be read. */
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
  /** Its columns, without the time and those that the agent discards. */
  fields: CatalogField[];
  /** When each row was written, in milliseconds since the epoch, in the order of the file. */
  times: number[];
  /** `values[f][i]` is the value of `fields[f]` at `times[i]`; null if it is missing. */
  values: (number | boolean | string | null)[][];
  /** Whether the file has earlier rows that were not read. */
  truncated: boolean;
  /** Number of lines that were not rows. */
  skipped: number;
  /** Whether some times have no time zone and were read as UTC. */
  assumedUtc: boolean;
}

/**
 * Reads the newest rows of one log. A device starts a new log each day, so these fill in a chart from the start of the
 * day. If they could not be read, `rows` is missing and `issues` says why. Rejects as {@link askDevice} does.
 */
export function readLog(
  client: Pick<ArdexaClient, "cmd">,
  deviceId: string,
  source: LogPlace,
  options?: ReadLogOptions,
): Promise<{ rows?: LogRows; issues: CatalogIssue[] }>;

/** Identifies a log. A {@link CatalogSource} can be used as one. */
export interface LogPlace {
  table: string;
  source: string;
  /** Default: `latest.csv` in the folder of the table and source. */
  path?: string;
}

/** Options of {@link readLog}. */
export interface ReadLogOptions extends LogOptions {
  /** Maximum number of rows. Default 5000. */
  maxRows?: number;
}

/**
 * Merges several lists by table and source. Values in an earlier list win; a later list fills in what it lacks.
 */
export function mergeSources(...lists: readonly (readonly CatalogSource[])[]): CatalogSource[];
