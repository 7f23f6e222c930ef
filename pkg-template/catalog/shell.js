// Read-only commands for a device's shell, and the parsing of its replies.
import { brief, failure, invalid } from "./values.js";

/** @typedef {import("../catalog.js").CatalogIssue} CatalogIssue */
/** @typedef {import("ardexa-client").CmdReply} CmdReply */

const LATEST_MS = 24 * 3_600_000;
/** Maximum length of one reply, in characters. A day's log with a row each second takes a third of it. */
const MAX_LENGTH = 32 * 1024 * 1024;
/** YAML parsers are slow: a configuration of this length takes about a second. */
const MAX_CONFIG_LENGTH = 1024 * 1024;
/** After one of these, further requests are pointless. */
const FATAL = ["aborted", "closed", "disconnected", "invalid-argument", "not-connected"];

/** Quotes a string safely for a POSIX shell. @param {string} text */
export const quote = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** @param {unknown} path @param {string} option */
export function checkPath(path, option) {
  if (!isPath(path)) throw invalid(option, "must be an absolute path on the device, without control characters");
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}

/** @param {unknown} path @returns {path is string} */
export const isPath = (path) =>
  typeof path === "string" && /^\/[^\u0000-\u001f\u007f]*$/.test(path) && path.length <= 4_096;

/** @param {unknown} name @returns {name is string} */
export const isFileName = (name) =>
  typeof name === "string" && /^[^/\u0000-\u001f\u007f]+$/.test(name) && !/^\.\.?$/.test(name);

/** The first line of each such file below a folder; an extra file makes `head` print names. @param {string} folder @param {string} file */
export const firstLinesCommand = (folder, file) =>
  `find -L ${quote(folder)} -name ${quote(file.replace(/[*?[\]\\]/g, "\\$&"))} -exec head -n 1 /dev/null {} +`;

/** @param {string} path @param {number} rows */
export const rowsCommand = (path, rows) => `head -n 1 ${quote(path)}; tail -n ${rows} ${quote(path)}`;

/** Sends requests to one device, with a single time limit for all of them. */
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
   * Runs a command. If it is not answered, reports an issue and returns undefined.
   * @param {string} command @param {CatalogIssue["step"]} step @param {string} what @returns {Promise<CmdReply | undefined>}
   */
  async ask(command, step, what) {
    try {
      const timeoutMs = Math.min(LATEST_MS, this.#endMs - Date.now());
      if (timeoutMs <= 0) throw failure("timeout", "no time left");
      const reply = await this.#client.cmd(this.#deviceId, command, {
        timeoutMs,
        ...(this.#signal && { signal: this.#signal }),
      });
      this.answered = true;
      this.#noteShell(reply);
      return reply;
    } catch (error) {
      const { code, message } = /** @type {any} */ (error);
      if (code === undefined || FATAL.includes(code)) throw error;
      // The limit is shared by all commands, so the message gives the total, not this command's remainder.
      const why =
        code === "timeout"
          ? `no reply within ${this.#timeoutMs} ms`
          : brief(String(message).replace(/^device:cmd: /, ""));
      this.report(step, `${what} not read: ${why}`, { code });
      return undefined;
    }
  }

  /** @param {CmdReply} reply */
  #noteShell({ stderr, returnCode }) {
    if (
      /is not recognized as (?:an internal|the name)|CommandNotFoundException|\b[A-Z]:\\/.test(stderr) ||
      returnCode === 9009
    )
      this.shell = "windows";
    else if (this.shell === undefined && /^(?:\/bin\/)?(?:sh|bash|ash|dash|cat|find|head)(?::| )/m.test(stderr))
      this.shell = "posix";
  }

  /** @param {CatalogIssue["step"]} step @param {string} message @param {Partial<CatalogIssue>} [details] */
  report(step, message, details) {
    this.issues.push({ step, message, ...details });
  }

  /**
   * What a command printed. If there is nothing to read, reports an issue and returns undefined.
   * @param {CmdReply | undefined} reply @param {CatalogIssue["step"]} step @param {string} what @param {string} [path]
   */
  textOf(reply, step, what, path) {
    if (!reply) return undefined;
    const { stdout, stderr, returnCode } = reply;
    const details = path === undefined ? {} : { path };
    if (typeof stdout === "string" && stdout.length > (step === "config" ? MAX_CONFIG_LENGTH : MAX_LENGTH)) {
      this.report(step, `${what} not read: ${stdout.length} characters exceed the limit`, details);
      return undefined;
    }
    if (typeof stdout === "string" && stdout.trim() !== "") return stdout;
    const why = brief(stderr) || (returnCode === 0 ? "it is empty" : `exit code ${returnCode}`);
    this.report(step, `${what} not read: ${why}`, details);
    return undefined;
  }

  /** The issues, merged into one if they all have the same reason. @returns {CatalogIssue[]} */
  mergedIssues() {
    if (this.shell === "windows") {
      const others = this.issues.filter(({ step }) => !["config", "logs", "rows"].includes(step));
      return [
        ...others,
        {
          step: "device",
          message: "the device has a Windows shell; the locations of the agent's files are known only for Linux",
        },
      ];
    }
    const [first, ...more] = this.issues;
    const reason = (/** @type {CatalogIssue} */ issue) => `${issue.code} ${issue.message.split(" not read: ")[1]}`;
    const one = !this.answered && first?.code !== undefined && more.every((issue) => reason(issue) === reason(first));
    if (!one) return this.issues;
    return [
      {
        step: "device",
        message: `the device did not respond: ${first.message.split(" not read: ")[1]}`,
        code: first.code,
      },
    ];
  }
}
