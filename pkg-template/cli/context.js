// What a command runs in: where it writes, when it must stop, and the one connection it may have.
import { Connection, settingsFrom } from "./connection.js";
import { EXIT, exitCodeOf, failureLine } from "./exit.js";

export class Context {
  #connection;
  #settings;

  /**
   * @param {object} parts
   * @param {import("./output.js").Output} parts.output
   * @param {AbortSignal} parts.signal fires on Ctrl-C
   * @param {NodeJS.ProcessEnv} parts.env
   * @param {NodeJS.ReadStream} parts.stdin
   */
  constructor({ output, signal, env, stdin }) {
    this.output = output;
    this.signal = signal;
    this.env = env;
    this.stdin = stdin;
    /** For the sentences of errors. @type {{ tokenFrom?: string }} */
    this.known = {};
    // Before anything waits: what is open at an interrupt ends with the connection.
    signal.addEventListener("abort", () => void this.#stop());
    /** Feeds that are to be stopped at the server first. @type {Set<any>} */
    this.feeds = new Set();
  }

  /** The settings alone, for what must be right before a question is asked. @param {Record<string, any>} options */
  settings(options) {
    this.#settings ??= settingsFrom(options, this.env);
    this.known.tokenFrom = this.#settings.tokenFrom;
    this.known.proxy = this.#settings.proxy?.host;
    return this.#settings;
  }

  /**
   * @param {Record<string, any>} options @param {{ stays: boolean, devices?: string[] }} how devices: those that are to be asked
   * @param {(client: any) => void} [before] listeners that must miss nothing
   */
  async connect(options, how, before) {
    const connection = await Connection.make(this.output, this.settings(options), how);
    this.#connection = connection;
    before?.(connection.client);
    if (this.signal.aborted) return connection;
    try {
      await connection.client.connect();
    } catch (thrown) {
      const error = connection.because(thrown);
      await this.failed(options, how.devices, error);
      throw error;
    }
    return connection;
  }

  /**
   * With `--json`, the line of each device that a failure of the connection is the result of.
   * @param {Record<string, any>} options @param {(string | undefined)[]} [devices] without them, one line without a device
   * @param {any} error
   */
  async failed({ json }, devices = [undefined], error) {
    if (!json || this.signal.aborted || exitCodeOf(error) === EXIT.usage) return;
    for (const device of devices) await this.output.json(failureLine(device, error));
  }

  async #stop() {
    await Promise.all([...this.feeds].map((feed) => feed.stop()));
    await this.close();
  }

  /** Ends the connection, if there is one. */
  async close() {
    await this.#connection?.client.close();
  }
}
