// The connection: its settings from the options and the environment, its lifecycle, and its messages to the user.
import { createRequire } from "node:module";
import { EXIT, Failure, looksRefused, plain, rootOf, spoken, UsageError } from "./exit.js";
import { proxyFor } from "./proxy.js";
import { checkToken, tokenFrom } from "./token.js";

/** How long devices that are still queued wait for a lost connection. */
const RETURN_MS = 60_000;

/**
 * The client's options: from the command line, or else the environment, or else the profile.
 * @param {Record<string, any>} options @param {NodeJS.ProcessEnv} env
 * @param {import("./profiles.js").Profile} [profile]
 */
export function settingsFrom(options, env, profile) {
  const url = options.url ?? (env.ARDEXA_URL || profile?.url);
  const workgroup = options.workgroup ?? (env.ARDEXA_WORKGROUP || profile?.workgroup);
  const tokenFile = options.tokenFile ?? (env.ARDEXA_TOKEN ? undefined : profile?.tokenFile);
  const path = options.path ?? profile?.path;
  const token = env.ARDEXA_TOKEN ?? "";
  if (!url || !workgroup || (tokenFile === undefined && !token)) {
    const missing = [
      ...(url ? [] : [["cloud URL", "ARDEXA_URL (or --url)"]]),
      ...(workgroup ? [] : [["workgroup", "ARDEXA_WORKGROUP (or --workgroup)"]]),
      ...(tokenFile !== undefined || token ? [] : [["token", "ARDEXA_TOKEN (or --token-file)"]]),
    ];
    const [what, how] = [0, 1].map((part) => listed(missing.map((one) => one[part])));
    const where = profile ? ` in the profile ${profile.name} of ${profile.file}` : "";
    const other = profile
      ? `, or add ${missing.length > 1 ? "them" : "it"} to the profile`
      : ", or select a profile with --profile";
    throw new UsageError(`no ${what}${where}; set ${how}${other}`);
  }
  return {
    overridden: profile ? overridden(profile, options, env) : [],
    proxy: proxyFor(url, env),
    tokenFrom: tokenFile ?? "ARDEXA_TOKEN",
    client: {
      url,
      workgroup,
      token: tokenFile === undefined ? checkToken(token, "ARDEXA_TOKEN") : tokenFrom(tokenFile),
      ...(path !== undefined && { path }),
      ...(options.connectTimeout !== undefined && { connectTimeoutMs: options.connectTimeout }),
      ...((options.allowInsecure ?? profile?.allowInsecure) && { allowInsecure: true }),
    },
  };
}

/**
 * Variables that override a different value of the profile, which the user of --profile may not expect.
 * @param {import("./profiles.js").Profile} profile @param {Record<string, any>} options @param {NodeJS.ProcessEnv} env
 */
function overridden(profile, options, env) {
  if (options.profile === undefined) return [];
  const keys = /** @type {const} */ ({ ARDEXA_URL: "url", ARDEXA_WORKGROUP: "workgroup", ARDEXA_TOKEN: "tokenFile" });
  return Object.entries(keys)
    .filter(([name, key]) => options[key] === undefined && env[name] && profile[key] && env[name] !== profile[key])
    .map(([name]) => name);
}

/** `a, b and c`. @param {string[]} words */
export const listed = (words) => words.join(", ").replace(/, ([^,]*)$/, " and $1");

export class Connection {
  /** @type {import("./output.js").Output} */
  #output;
  #proxy;
  #tokenFrom;
  #closing;
  /** Why the connection has ended permanently. @type {Error | undefined} */
  over;

  /**
   * @param {import("./output.js").Output} output
   * @param {ReturnType<typeof settingsFrom>} settings
   * @param {{ stays: boolean }} options stays: reconnects after a loss, and reports it
   */
  static async make(output, settings, { stays }) {
    // Imported here because `--help` and usage errors need no WebAssembly.
    const { ArdexaClient } = await import("../node.js");
    // Used even if Node has its own WebSocket: only `ws` reports why a handshake failed. Loaded by `require`, as in
    // ../node.cjs: imported at the same time as that file, it once was not a constructor, on a busy machine.
    const ws = createRequire(import.meta.url)("ws");
    const Socket = settings.proxy?.webSocket(ws) ?? ws;
    /** @type {Set<Promise<unknown>>} */
    const closing = new Set();
    const webSocket = class extends Socket {
      /** @param {string} address */
      constructor(address) {
        super(address);
        const closed = new Promise((resolve) => this.once("close", resolve));
        closing.add(closed);
        void closed.then(() => closing.delete(closed));
      }
    };
    const client = new ArdexaClient({ ...settings.client, webSocket, ...(stays ? {} : { reconnect: false }) });
    return new Connection(output, client, settings, { stays, closing });
  }

  /**
   * @param {import("./output.js").Output} output @param {import("ardexa-client").ArdexaClient} client
   * @param {ReturnType<typeof settingsFrom>} settings @param {{ stays: boolean, closing: Iterable<Promise<unknown>> }} how
   *   closing: settle as the open sockets close
   */
  constructor(output, client, { tokenFrom, proxy }, { stays, closing }) {
    this.#output = output;
    this.#closing = closing;
    this.#proxy = proxy;
    this.#tokenFrom = tokenFrom;
    this.client = client;
    client.on("disconnect", ({ willReconnect, error }) => {
      if (!willReconnect) this.over = error;
    });
    client.on("connect_error", ({ willRetry, error }) => {
      if (!willRetry) this.over = this.#behindProxy(error);
    });
    client.on("warning", ({ error }) => {
      const message = plain(error.message);
      output.say(error.code === "rejected" ? `message from the cloud: ${message}` : message);
    });
    if (stays) this.#tell();
  }

  /**
   * Closes the connection. Resolves after the closing handshake, for which the package allows two seconds: a process that
   * ends with samples unread resets the TCP connection, and a busy server then loses what was sent last.
   */
  async close() {
    await this.client.close();
    await Promise.all(this.#closing);
  }

  #tell() {
    const { client } = this;
    /** @type {number | undefined} */
    let lostAt;
    client.on("disconnect", ({ reason, willReconnect }) => {
      if (!willReconnect) return;
      lostAt ??= Date.now();
      this.#output.say(`connection lost (${reason}); reconnecting (Ctrl-C to stop)`);
    });
    client.on("connect_error", ({ error, attempt, willRetry }) => {
      if (willRetry) this.#output.say(`reconnection attempt ${attempt} failed: ${briefly(this.#behindProxy(error))}`);
    });
    client.on("connect", () => {
      if (lostAt === undefined) return;
      this.#output.say(`reconnected after ${((Date.now() - lostAt) / 1000).toFixed(1)} s`);
      lostAt = undefined;
    });
  }

  /**
   * The error to report for a failed request. The reason for a missing connection says more than the fact that it is
   * missing, and some servers refuse a token by ending the connection immediately.
   * @param {any} thrown
   */
  because(thrown) {
    const error = this.#behindProxy(thrown);
    if (!this.over) return error;
    if (["closed", "not-connected"].includes(error.code)) return this.over;
    if (error.code !== "disconnected" || !looksRefused(this.over)) return error;
    const said = error.message.replace(`${error.event}: `, "");
    const message = `${said}; the server closed it right after accepting it, so check the workgroup and the token in ${this.#tokenFrom}`;
    return Object.assign(new Failure(message, EXIT.refused), { code: error.code });
  }

  /** The proxy may be what kept an attempt from reaching the cloud. @param {any} error */
  #behindProxy(error) {
    const { failure, host, waiting, variable } = this.#proxy ?? {};
    if (!["unreachable", "timeout"].includes(error.code) || error.event) return error;
    if (failure) return Object.assign(new Failure(failure.message, failure.exitCode), { code: error.code });
    if (!waiting) return error;
    const message = `the proxy ${host} did not respond; check ${variable} or increase --connect-timeout`;
    return Object.assign(new Failure(message, EXIT.timeout), { code: "timeout" });
  }

  /** Resolves once connected; rejects if the connection has ended or does not return within `RETURN_MS`. */
  async ready() {
    const { client } = this;
    if (client.state === "connected") return;
    await new Promise((resolve, reject) => {
      const unsent = (/** @type {string} */ why) =>
        new Failure(`nothing was sent because ${why}; run the command again for this device`, EXIT.unreachable);
      const late = () => settle(reject, unsent(`the connection was not restored within ${RETURN_MS / 1000} s`));
      const over = () => settle(reject, this.over ?? unsent("the connection is closed"));
      const timer = setTimeout(late, RETURN_MS);
      const undo = [
        client.on("connect", () => settle(resolve, undefined)),
        client.on("connect_error", ({ willRetry }) => willRetry || over()),
        client.on("disconnect", ({ willReconnect }) => willReconnect || over()),
      ];
      /** @template T @param {(value: T) => void} how @param {T} value */
      function settle(how, value) {
        clearTimeout(timer);
        for (const stop of undo) stop();
        how(value);
      }
      if (client.state === "closed") over();
    });
  }
}

/** @param {Error} error */
const briefly = (error) => plain(spoken(rootOf(error)).replace(/; check the .*$/s, ""));
