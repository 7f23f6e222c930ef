// The context of a command: where it writes, when it must stop, and the one connection it may have.
import { Connection, listed, settingsFrom } from "./connection.js";
import { EXIT, exitCodeOf, failureLine, plain } from "./exit.js";
import { distinct } from "./options.js";
import { chosenProfile } from "./profiles.js";

/**
 * Runs a command with its arguments and options; resolves to the exit code.
 * @typedef {(context: Context, ...args: any[]) => Promise<number | void>} Run
 * @typedef {(run: Run) => (...args: any[]) => Promise<void>} Action makes a Run an action of commander
 */

export class Context {
  /** @type {Connection | undefined} */
  #connection;
  /** By ID. @type {Map<string, string>} */
  #names = new Map();
  /** null if none was chosen. @type {import("./profiles.js").Profile | null | undefined} */
  #profile;
  /** @type {ReturnType<typeof settingsFrom> | undefined} */
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
    /** Details for error messages. @type {{ tokenFrom?: string, proxy?: string }} */
    this.known = {};
    // Registered before anything waits, so that an interrupt closes the connection and with it everything open.
    signal.addEventListener("abort", () => void this.#stop());
    /** Feeds to stop at the server before the connection closes. @type {Set<import("ardexa-client").Feed>} */
    this.feeds = new Set();
  }

  /** Only the settings, to validate them before a prompt. @param {Record<string, any>} options */
  settings(options) {
    if (this.#settings) return this.#settings;
    const profile = this.profile(options);
    this.#settings = settingsFrom(options, this.env, profile);
    const { overridden } = this.#settings;
    if (profile && overridden.length)
      this.output.say(
        `${listed(overridden)} in the environment ${overridden.length > 1 ? "override" : "overrides"} the profile ${profile.name}`,
      );
    this.known.tokenFrom = this.#settings.tokenFrom;
    this.known.proxy = this.#settings.proxy?.host;
    return this.#settings;
  }

  /** The chosen profile, if any. Its device names are known from then on. @param {Record<string, any>} options */
  profile(options) {
    if (this.#profile === undefined) {
      this.#profile = chosenProfile(options, this.env) ?? null;
      for (const [name, id] of this.#profile?.devices ?? []) this.#names.set(id, name);
    }
    return this.#profile ?? undefined;
  }

  /**
   * The IDs of the given devices, without duplicates; names from the profile are replaced by their IDs.
   * @param {string[]} words @param {Record<string, any>} options
   */
  devices(words, options) {
    const ids = this.profile(options)?.devices;
    return distinct(
      words.map((word) => {
        const id = ids?.get(word.trim());
        if (id === undefined) return word;
        this.#names.set(id, word.trim());
        return id;
      }),
    );
  }

  /** The display name of a device: its name in the profile, or its ID. @param {string} device */
  nameOf(device) {
    return plain(this.#names.get(device) ?? device);
  }

  /**
   * @param {Record<string, any>} options @param {{ stays: boolean, devices?: string[] }} how devices: those to query
   * @param {(client: import("ardexa-client").ArdexaClient) => void} [before] adds listeners that must not miss an event
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
      await this.failed(options, error, how.devices);
      throw error;
    }
    return connection;
  }

  /**
   * With `--json`, prints a line for each device that a connection failure affects.
   * @param {Record<string, any>} options @param {any} error
   * @param {(string | undefined)[]} [devices] if omitted, one line without a device
   */
  async failed({ json }, error, devices = [undefined]) {
    if (!json || this.signal.aborted || exitCodeOf(error) === EXIT.usage) return;
    for (const device of devices) await this.output.json(failureLine(device, error));
  }

  async #stop() {
    await Promise.all([...this.feeds].map((feed) => feed.stop()));
    await this.close();
  }

  /** Closes the connection, if there is one. */
  async close() {
    await this.#connection?.close();
  }
}
