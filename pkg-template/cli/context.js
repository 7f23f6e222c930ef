// What a command runs in: where it writes, when it must stop, and the one connection it may have.
import { Connection, settingsFrom } from "./connection.js";

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
    return this.#settings;
  }

  /**
   * @param {Record<string, any>} options @param {{ stays: boolean }} how
   * @param {(client: any) => void} [before] listeners that must miss nothing
   */
  async connect(options, how, before) {
    const connection = await Connection.make(this.output, this.settings(options), how);
    this.#connection = connection;
    before?.(connection.client);
    if (!this.signal.aborted) await connection.client.connect();
    return connection;
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
