// Read-only commands for a device's shell, and what its answers say.
import { brief, failure, invalid } from "./values.js";

/** @typedef {import("../catalog.js").CatalogIssue} CatalogIssue */
/** @typedef {import("ardexa-client").CmdReply} CmdReply */

const LATEST_MS = 24 * 3_600_000;
/** Far more than a configuration, or the first lines of a device's logs. */
const MAX_LENGTH = 8 * 1024 * 1024;
/** After these there is nothing left to ask. */
const FATAL = ["aborted", "closed", "disconnected", "invalid-argument", "not-connected"];

/** For a POSIX shell, and safe in it. @param {string} text */
export const quote = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** @param {unknown} path @param {string} option */
export function checkPath(path, option) {
  if (!isPath(path)) throw invalid(option, "must be an absolute path on the device, without control characters");
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}

/** @param {unknown} path @returns {path is string} */
// eslint-disable-next-line no-control-regex
export const isPath = (path) => typeof path === "string" && /^\/[^\u0000-\u001f\u007f]*$/.test(path) && path.length <= 4_096;

/** @param {unknown} name @returns {name is string} */
// eslint-disable-next-line no-control-regex
export const isFileName = (name) => typeof name === "string" && /^[^/\u0000-\u001f\u007f]+$/.test(name) && !/^\.\.?$/.test(name);

/** The first line of each of these files below a folder. With one file more `head` names each. @param {string} folder @param {string} file */
export const firstLinesCommand = (folder, file) =>
  `find -L ${quote(folder)} -name ${quote(file.replace(/[*?[\]\\]/g, "\\$&"))} -exec head -n 1 /dev/null {} +`;

/** @param {string} path @param {number} rows */
export const rowsCommand = (path, rows) => `head -n 1 ${quote(path)}; tail -n ${rows} ${quote(path)}`;

/** Asks one device, within one time limit for all that it is asked. */
export class Device {
  #client;
  #deviceId;
  #endMs;
  #signal;
  #timeoutMs;
  /** Whether it has answered anything. */
  answered = false;
  /** @type {"posix" | "windows" | undefined} */
  shell;
  /** @type {CatalogIssue[]} */
  issues = [];

  /**
   * @param {Pick<import("ardexa-client").ArdexaClient, "cmd">} client @param {string} deviceId
   * @param {{ timeoutMs: number, signal: AbortSignal | undefined }} limits
   */
  constructor(client, deviceId, { timeoutMs, signal }) {
    if (typeof client?.cmd !== "function") throw invalid("client", "must be an ArdexaClient");
    this.#client = client;
    this.#deviceId = deviceId;
    this.#endMs = Date.now() + timeoutMs;
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Runs a command; undefined if it was not answered, and an issue says why.
   * @param {string} command @param {CatalogIssue["step"]} step @param {string} what @returns {Promise<CmdReply | undefined>}
   */
  async ask(command, step, what) {
    try {
      const timeoutMs = Math.min(LATEST_MS, this.#endMs - Date.now());
      if (timeoutMs <= 0) throw failure("timeout", `no answer within ${this.#timeoutMs} ms`);
      const reply = await this.#client.cmd(this.#deviceId, command, { timeoutMs, ...(this.#signal && { signal: this.#signal }) });
      this.answered = true;
      this.#noteShell(reply);
      return reply;
    } catch (error) {
      const { code, message } = /** @type {any} */ (error);
      if (code === undefined || FATAL.includes(code)) throw error;
      this.report(step, `${what} not read: ${brief(String(message).replace(/^device:cmd: /, ""))}`, { code });
      return undefined;
    }
  }

  /** @param {CmdReply} reply */
  #noteShell({ stderr, returnCode }) {
    if (/is not recognized as (?:an internal|the name)|CommandNotFoundException|\b[A-Z]:\\/.test(stderr) || returnCode === 9009) this.shell = "windows";
    else if (this.shell === undefined && /^(?:\/bin\/)?(?:sh|bash|ash|dash|cat|find|head)(?::| )/m.test(stderr)) this.shell = "posix";
  }

  /** @param {CatalogIssue["step"]} step @param {string} message @param {Partial<CatalogIssue>} [details] */
  report(step, message, details) {
    this.issues.push({ step, message, ...details });
  }

  /**
   * What a command printed; undefined, and an issue, if there is nothing to read.
   * @param {CmdReply | undefined} reply @param {CatalogIssue["step"]} step @param {string} what @param {string} [path]
   */
  textOf(reply, step, what, path) {
    if (!reply) return undefined;
    const { stdout, stderr, returnCode } = reply;
    const details = path === undefined ? {} : { path };
    if (typeof stdout === "string" && stdout.length > MAX_LENGTH) {
      this.report(step, `${what} not read: ${stdout.length} characters are too many`, details);
      return undefined;
    }
    if (typeof stdout === "string" && stdout.trim() !== "") return stdout;
    const why = brief(stderr) || (returnCode === 0 ? "it is empty" : `exit code ${returnCode}`);
    this.report(step, `${what} not read: ${why}`, details);
    return undefined;
  }

  /** The issues, those that have one reason as one. @returns {CatalogIssue[]} */
  told() {
    if (this.shell === "windows") {
      const others = this.issues.filter(({ step }) => !["config", "logs", "rows"].includes(step));
      return [...others, { step: "device", message: "the device's shell is that of Windows; where an agent keeps its files is known for Linux alone" }];
    }
    const [first, ...more] = this.issues;
    const reason = (/** @type {CatalogIssue} */ issue) => `${issue.code} ${issue.message.split(" not read: ")[1]}`;
    const one = !this.answered && first?.code !== undefined && more.every((issue) => reason(issue) === reason(first));
    if (!one) return this.issues;
    return [{ step: "device", message: `the device did not answer: ${first.message.split(" not read: ")[1]}`, code: first.code }];
  }
}
