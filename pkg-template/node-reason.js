// Derives from an error event why a WebSocket in Node, Deno or Bun could not connect, as one line with a hint.

/**
 * @typedef {object} Reason
 * @property {string | undefined} reason one line; undefined if the platform reports nothing
 * @property {string | undefined} hint what to do, if the reason suggests it
 * @property {number | undefined} status of a refused handshake
 * @property {unknown} cause the platform's own error, with its `code` if it has one
 */

/** How `ws`, Bun and Deno report a status. */
const STATUS = /(?:Unexpected server response|Expected 101 status code|Invalid status code): (\d{3})\b/;

/** The prefix of every message in Bun and Deno; Bun's contains the whole URL. */
const PREFIX = /^(?:WebSocket connection to '.*' failed|(?:NetworkError: )?failed to connect to WebSocket): /;

/** Longest reason that still fits on a log line. */
const LONGEST = 200;

const CERTIFICATE = "trust its CA with NODE_EXTRA_CA_CERTS=/path/to/ca.pem, set before the program starts";
const SCHEME = "check the scheme of `url`: https: with TLS, http: without";
const NETWORK = "check the network, the firewall, and whether a proxy is needed";
const TOKEN = "check the token, its privileges and the workgroup";
const PROXY = "check the proxy's address, user name and password, and that it allows connections to the cloud";
const UPGRADE =
  "a proxy or server in between does not pass the WebSocket upgrade; it must forward the headers Upgrade and Connection";
const DOWN = "the proxy responds, but the cloud behind it does not; try again later";

/** Hints by the platform's error code. @type {Record<string, string>} */
const BY_CODE = {
  CERT_HAS_EXPIRED: "renew the server's certificate, or correct this machine's clock",
  CERT_NOT_YET_VALID: "check this machine's clock",
  ERR_TLS_CERT_ALTNAME_INVALID: "the certificate is for another host; check the host in `url`",
  EAI_AGAIN: "the name service does not respond; check the network",
  ECONNREFUSED: "nothing is listening there; check the host and port of `url`",
  ECONNRESET: SCHEME,
  ENOTFOUND: "no such host; check the host in `url`",
  EPROTO: SCHEME,
  UND_ERR_SOCKET: SCHEME,
};

/**
 * Hints by patterns in the code or the message, which also covers platforms without codes.
 * @type {[RegExp, string][]}
 */
const BY_WORDS = [
  [/\bproxy\b/i, PROXY],
  [/expired/i, BY_CODE.CERT_HAS_EXPIRED],
  [/not valid for name|NotValidForName|altname/i, BY_CODE.ERR_TLS_CERT_ALTNAME_INVALID],
  [/certificate|UNABLE_TO_|SELF_SIGNED|CERT_|UnknownIssuer/i, CERTIFICATE],
  [/^ERR_SSL_|^HPE_|wrong.version|corrupt message|hang up|other side closed|connection closed before/i, SCHEME],
  [/refused|^tcp connect error$/i, BY_CODE.ECONNREFUSED],
  [/TIMEDOUT|TIMEOUT|UNREACH|timed out|unreachable/i, NETWORK],
  [/dns|lookup/i, BY_CODE.ENOTFOUND],
];

/** @type {Record<number, string>} */
const BY_STATUS = {
  200: UPGRADE,
  400: UPGRADE,
  401: TOKEN,
  403: TOKEN,
  404: "there is no WebSocket endpoint; check `path` and `url`",
  407: PROXY,
  426: UPGRADE,
  429: "too many attempts; try again later",
  502: DOWN,
  503: DOWN,
  504: DOWN,
};

/** @typedef {{ error?: unknown, status?: number, statusText?: string, location?: string }} Known */

/**
 * @param {any} event an `error` event of any WebSocket
 * @param {Known} [known] details that the event lacks
 * @returns {Reason} never throws
 */
export function explain(event, known = {}) {
  const cause = withoutUrl(innermost([known.error, event?.error].find((value) => value instanceof Error)));
  const words = oneLine(cause?.message || event?.message);
  const status = known.status ?? statusIn(words);
  if (status !== undefined) return refused(status, known, cause);
  const code = typeof cause?.code === "string" ? cause.code : "";
  const fitting = () =>
    BY_CODE[code] ?? BY_WORDS.find(([pattern]) => pattern.test(code) || pattern.test(words ?? ""))?.[1];
  const hint = isOfProxy(cause, event?.target?.url) ? PROXY : fitting();
  const reason = words && code && !words.includes(code) ? `${words} (${code})` : words || code || undefined;
  return { reason, hint, status, cause };
}

/** @param {number} status @param {Known} known @param {any} error @returns {Reason} */
function refused(status, { statusText, location }, error) {
  const reason = `the server answered the handshake with ${status}${statusText ? ` ${oneLine(statusText)}` : ""}`;
  const cause = Object.assign(error?.message ? error : new Error(reason), { status });
  if (status < 300 || status > 399) return { reason, hint: BY_STATUS[status], status, cause };
  const to = addressOf(location);
  const hint = `the server redirects${to ? ` to ${to}` : ""}; set \`url\` to the target, since redirects are not followed`;
  return { reason, hint, status, cause };
}

/** Whether the failed connection was to another host or port than the URL's. @param {any} error @param {unknown} url */
function isOfProxy(error, url) {
  if (typeof url !== "string" || !URL.canParse(url)) return false;
  const { protocol, hostname, port } = new URL(url);
  const own = Number(port) || (protocol === "wss:" ? 443 : 80);
  return (error?.port ?? own) !== own || (error?.hostname ?? hostname) !== hostname;
}

/** Bun's error messages contain the URL, and with it the token. @param {any} error */
function withoutUrl(error) {
  if (!error || !/\bwss?:\/\//.test(error.message)) return error;
  const { code, name } = error;
  return Object.assign(new Error(oneLine(error.message)), { name }, code === undefined ? undefined : { code });
}

/**
 * If several addresses fail, a generic error holds one error for each; a wrapper has the real one as its cause.
 * @param {any} error
 */
function innermost(error) {
  let inner = error;
  for (let depth = 0; depth < 5 && inner; depth++) {
    const next = inner.errors?.[0] ?? (inner.code === undefined ? inner.cause : undefined);
    if (!(next instanceof Error)) break;
    inner = next;
  }
  return inner;
}

/** @param {unknown} text */
function oneLine(text) {
  if (typeof text !== "string") return undefined;
  // OpenSSL puts its message among source locations.
  const tls = /SSL routines:[^:]*:([^:\n]+)/.exec(text);
  const line = tls
    ? `TLS: ${tls[1]}`
    : text
        .split(/[\r\n]/, 1)[0]
        .replace(PREFIX, "")
        .trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line || undefined;
}

/** @param {string | undefined} words */
function statusIn(words) {
  const [, digits] = STATUS.exec(words ?? "") ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Drops the query: it contains the token if the server repeats the query of the request.
 * @param {string | undefined} location
 */
function addressOf(location) {
  try {
    const { protocol, host, pathname } = new URL(location ?? "");
    return `${protocol}//${host}${pathname}`;
  } catch {
    return undefined;
  }
}
