// The exit codes of the process, and one sentence for every failure that says what to do next.

export const EXIT = Object.freeze({
  ok: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  unreachable: 4,
  timeout: 5,
});

/** For `--help`, in order. */
export const EXIT_CODES = Object.freeze([
  ["0", "success; also a feed or watch that ended by --count, --for or a closed pipe"],
  ["1", "the cloud or a device returned an error, or one of several devices failed"],
  ["2", "invalid usage: an option, a file or a missing token; nothing was sent"],
  ["3", "the cloud refused the token or the workgroup"],
  ["4", "no connection, or it was lost before the reply"],
  ["5", "no reply in time"],
  ["130", "Ctrl-C (143: SIGTERM, 129: SIGHUP)"],
]);

/** A request that cannot be carried out as given; exit 2. */
export class UsageError extends Error {}

/** Any other failure that ends the command with a message. */
export class Failure extends Error {
  /** @param {string} message @param {number} [exitCode] */
  constructor(message, exitCode = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** @type {Record<string, number>} */
const BY_CODE = {
  "invalid-argument": EXIT.usage,
  unauthorized: EXIT.refused,
  unreachable: EXIT.unreachable,
  "not-connected": EXIT.unreachable,
  disconnected: EXIT.unreachable,
  closed: EXIT.unreachable,
  timeout: EXIT.timeout,
};

/** The package's arguments, by their names on the command line. @type {Record<string, string>} */
const CALLED = {
  url: "the URL (--url, ARDEXA_URL or the profile)",
  workgroup: "the workgroup (--workgroup, ARDEXA_WORKGROUP or the profile)",
  token: "the token",
  path: "--path",
  deviceId: "the device ID",
  config: "the configuration",
  cmd: "the command",
  table: "--table",
  source: "--source",
  field: "--field",
};

/** The package's options, for messages that mention one in the middle. @type {Record<string, string>} */
const FLAGS = {
  allowInsecure: "--allow-insecure",
  connectTimeoutMs: "--connect-timeout",
  path: "--path",
  timeoutMs: "--timeout",
  token: "--token-file or ARDEXA_TOKEN",
  url: "--url",
  workgroup: "--workgroup",
};

/** An error's message with command-line flags in place of the package's options. @param {any} error */
export function spoken(error) {
  const message = error?.message ?? String(error);
  // A rejection is worded by the cloud or a device.
  if (!error?.code || error.code === "rejected" || isOurs(error)) return message;
  const answer = typeof error.data === "string" ? error.data : JSON.stringify(error.data);
  return message
    .replace(/^(?:request\.|options\.)?(\w+): /, (/** @type {string} */ whole, /** @type {string} */ name) =>
      error.code === "invalid-argument" && CALLED[name] ? `${CALLED[name]} ` : whole,
    )
    .replace("its answer is in `data`", () => `its answer is ${answer}`)
    .replace(/`(\w+)`/g, (/** @type {string} */ whole, /** @type {string} */ name) => FLAGS[name] ?? whole)
    .replace(/\b(connectTimeoutMs|timeoutMs)\b/g, (/** @type {string} */ name) => FLAGS[name]);
}

/** What `--json` prints for a device that failed. @param {string | undefined} device @param {any} error */
export const failureLine = (device, error) => ({
  ...(device !== undefined && { device }),
  error: { code: error.code ?? "failed", message: spoken(error) },
});

/** The package's error has the token function's error as its cause. @param {any} error */
export const rootOf = (error) => (error.code === "unauthorized" && isOurs(error.cause) ? error.cause : error);

/** @param {unknown} error */
const isOurs = (error) => error instanceof UsageError || error instanceof Failure;

/** @param {any} error @returns {number} */
export function exitCodeOf(error) {
  const root = rootOf(error);
  if (root instanceof UsageError) return EXIT.usage;
  if (root instanceof Failure) return root.exitCode;
  if (looksRefused(root)) return EXIT.refused;
  return BY_CODE[root?.code] ?? EXIT.failed;
}

/**
 * A server may also refuse a token with the handshake status, or by disconnecting right after accepting it.
 * @param {any} error
 */
export const looksRefused = (error) =>
  (error?.code === "unreachable" &&
    ([401, 403].includes(error.status) || /(?:server response:|handshake with) 40[13]\b/.test(error.message))) ||
  (error?.code === "disconnected" && /the token may be invalid/.test(error.message));

/**
 * The message for an error.
 * @param {any} error
 * @param {{ tokenFrom?: string, proxy?: string, advice?: string }} [known] the source of the token; the proxy in use; what to do after a refusal
 */
export function sentenceFor(error, { tokenFrom, proxy, advice } = {}) {
  const root = rootOf(error);
  if (isOurs(root)) return root.message;
  // The API's event name means nothing to someone who typed a command.
  const message = plain(spoken(root))
    .trim()
    .replace(root?.event ? `${root.event}: ` : "", "");
  const said = message.replace(/; (check the|call connect\(\) to try again).*$/s, "");
  if (root?.code === "unauthorized" || looksRefused(root)) {
    return `${said}; check the workgroup, and put a new token in ${tokenFrom ?? "ARDEXA_TOKEN"}`;
  }
  switch (root?.code) {
    case "unreachable": {
      // If the reason is specific, the message says what to do; otherwise its advice is general and mentions browsers.
      const advised = GENERAL.test(message)
        ? message.replace(GENERAL, "; check the URL, the network and the token")
        : message;
      return proxy ? advised.replace(/(?=;)|$/, `, through the proxy ${proxy}`) : advised;
    }
    case "disconnected":
      return said === message ? message : `${said}; run the command again`;
    case "rejected":
      return advice ? `${message.replace(/\.$/, "")}; ${advice}` : message;
    case "closed":
    case "not-connected":
      return "not connected, so nothing was sent; run the command again once the cloud is reachable";
    default:
      return root?.code ? message : `${message}; this is a bug in ardexa-client, please report it`;
  }
}

/** The general advice of an error without a specific reason. */
const GENERAL = /; check the URL, the network and the token.*$/s;

/** Replaces control characters that a terminal would act on; line feeds and tabs stay. @param {string} text */
export const plain = (text) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "�");
