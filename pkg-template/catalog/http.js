// A single GET with a token, a time limit, and errors that never contain the token.
import { brief, failure, invalid, isRecord, own } from "./values.js";

/** Ten times the size of a list of 5,000 devices with a dozen sources each. */
const MAX_BYTES = 64 * 1024 * 1024;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs `work` until the time limit or the signal ends it, even if `work` ignores its signal.
 * @template T
 * @param {{ signal: AbortSignal | undefined, timeoutMs: number, what: string }} limits
 * @param {(aborted: AbortSignal) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLimit({ signal, timeoutMs, what }, work) {
  const controller = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let onAbort = () => {};
  const over = new Promise((_resolve, reject) => {
    const end = (/** @type {Error} */ error) => {
      reject(error);
      controller.abort();
    };
    onAbort = () => end(failure("aborted", `${what}: aborted by its signal`, { cause: signal?.reason }));
    if (timeoutMs <= LONGEST_TIMER_MS) {
      const late = () =>
        end(failure("timeout", `${what}: no response within ${timeoutMs} ms; timeoutMs sets how long to wait`));
      timer = setTimeout(late, timeoutMs);
    }
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort);
  });
  over.catch(() => {});
  try {
    // Nothing is sent if the signal has already fired.
    const working = controller.signal.aborted ? over : work(controller.signal);
    working.catch(() => {});
    return /** @type {T} */ (await Promise.race([over, working]));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** @param {unknown} token @returns {Promise<string>} */
export async function readToken(token) {
  let value = token;
  if (typeof token === "function") {
    try {
      value = await token();
    } catch (cause) {
      throw failure("unauthorized", "the token function failed; its error is the cause", { cause });
    }
  }
  if (typeof value !== "string" || value === "")
    throw invalid("token", "must be a non-empty string, or a function that returns one");
  if (/[^\u0021-\u007e]/.test(value))
    throw invalid("token", "must contain only printable ASCII characters, without spaces");
  return value;
}

/**
 * @param {Function} fetch @param {string} address @param {string} token @param {AbortSignal} signal
 * @returns {Promise<string>} the body of a successful response
 */
export async function fetchText(fetch, address, token, signal) {
  /** @type {Response} */
  let response;
  let text;
  try {
    response = await fetch(address, {
      headers: { accept: "application/json", authorization: `Bearer ${token}` },
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal,
    });
    text = await textOf(response);
  } catch (cause) {
    throw unreachable(address, cause, token);
  }
  if (text === undefined) throw failure("protocol", `the response from ${address} exceeds ${MAX_BYTES} bytes`);
  if (response.ok) return text;
  throw refused(address, response.status, saidIn(text, token));
}

/** The complete body; undefined if it is too long. @param {Response} response */
async function textOf(response) {
  const reader = response.body?.getReader?.();
  if (!reader) return response.text();
  const decoder = new TextDecoder();
  const parts = [];
  for (let bytes = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return parts.join("") + decoder.decode();
    bytes += value.length;
    if (bytes > MAX_BYTES) {
      void reader.cancel().catch(() => {});
      return undefined;
    }
    parts.push(decoder.decode(value, { stream: true }));
  }
}

/** @param {string} address @param {any} cause @param {string} token */
function unreachable(address, cause, token) {
  // Node puts the reason in the cause.
  const reason = brief(cause?.cause?.message || cause?.cause?.code || cause?.message || cause);
  const said = reason && !reason.includes(token) ? `: ${reason}` : "";
  const origin = globalThis.location?.origin;
  const elsewhere = typeof origin === "string" && origin !== new URL(address).origin;
  const advice = elsewhere
    ? "; check the network and `url`. In a browser, also check that the cloud allows this page's origin (CORS), and that the page's Content-Security-Policy allows the cloud (connect-src)"
    : "; check the network and `url`";
  return failure(
    "unreachable",
    `${address} could not be fetched${said}${advice}`,
    holds(cause, token) ? {} : { cause },
  );
}

/** Whether printing an error would reveal a string. @param {any} error @param {string} text */
function holds(error, text) {
  for (let one = error, left = 8; one !== undefined && one !== null && left > 0; one = one.cause, left--) {
    let shown = `${one?.message} ${one?.stack} ${typeof one === "string" ? one : ""}`;
    try {
      shown += JSON.stringify(one);
    } catch {
      return true; // unknown, so assume that it does
    }
    if (shown.includes(text)) return true;
  }
  return false;
}

/** The message in an error's body, if it is JSON. @param {string} text @param {string} token */
function saidIn(text, token) {
  try {
    const body = JSON.parse(text);
    if (!isRecord(body)) return undefined;
    const error = own(body, "error");
    const said = own(body, "message") ?? (isRecord(error) ? own(error, "message") : error);
    if (typeof said !== "string") return undefined;
    return brief([token, encodeURIComponent(token)].reduce((text, one) => text.replaceAll(one, "[token]"), said));
  } catch {
    return undefined;
  }
}

/** @type {Record<number, string>} */
const ADVICE = {
  401: "the token was refused; check the token",
  403: "the token is not permitted to list the devices of this workgroup; check the workgroup and the token's permissions",
  404: "no such list; check `url` and `workgroup`, and that this cloud has a list of devices",
};

/** @param {string} address @param {number} status @param {string | undefined} said */
function refused(address, status, said) {
  const code = status === 401 || status === 403 ? "unauthorized" : "rejected";
  const advice = ADVICE[status] ?? "the request failed; try again later";
  const message = `${address} returned status ${status}${said ? ` (${said})` : ""}: ${advice}`;
  return failure(code, message, { data: { status, ...(said && { message: said }) } });
}
