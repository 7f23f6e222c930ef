// A token that renews itself, and a long-running program that uses it: prints device events.
//
//   node renew-token.mjs token.txt
//
// token.txt holds a token with "Can renew", and is kept up to date. ARDEXA_URL and ARDEXA_WORKGROUP select the cloud.
// If the server ends the connection, for example because it is being replaced, the program connects again.
// Exit code: 0 after SIGTERM or Ctrl-C, or when the reader closes stdout; 2 on a usage error; 3 if the cloud refuses
// the token, or if the first connection fails.
import { realpathSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ArdexaClient } from "ardexa-client";

const HOUR = 3_600_000;
/** Pauses before reconnecting after the server has ended a connection; reset after a connection of STABLE_MS. */
const [SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS, STABLE_MS] = [1_000, 60_000, 60_000];

/** When a token was issued and when it expires, in milliseconds; a token without `exp` never expires. */
function lifeOf(token) {
  try {
    const { iat, exp } = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
    return { from: typeof iat === "number" ? iat * 1000 : 0, to: typeof exp === "number" ? exp * 1000 : Infinity };
  } catch {
    return { from: 0, to: Infinity };
  }
}

/**
 * The `token` option for `connect`: a function that returns the current token, and renews it first if more than half of
 * its lifetime has passed. Renewal is the REST API's `GET /api/v1/token/renew`, which refuses an expired token. So the
 * token is also checked once an hour: a connection that lasts for months does not ask for a token.
 *
 * Time comes from the `Date` header of the cloud's answers, because this machine's clock may be wrong. Only the cloud
 * decides whether a token is valid, so a token that seems to have expired is still used.
 * @param {object} options
 * @param {string} options.url of the cloud
 * @param {string} options.token the initial token
 * @param {(token: string) => Promise<void>} [options.keep] stores the new token
 * @param {(error: Error) => void} [options.onError] called if a renewal fails; the token stays in use until it expires
 * @param {number} [options.everyMs] how often the token is checked
 */
export function renewing({ url, token, keep = async () => {}, onError = console.error, everyMs = HOUR }) {
  const site = url.replace(/^ws/, "http");
  let renewal; // concurrent callers share one renewal
  let aheadMs = 0; // how far the cloud's clock is ahead of this one
  let lookedAtMs = -Infinity; // when that was measured, by the monotonic clock

  /** @param {string} path @param {RequestInit} [options] */
  async function ask(path, options) {
    const answer = await fetch(new URL(path, site), {
      ...options,
      cache: "no-store",
      signal: AbortSignal.timeout(10_000),
    });
    const date = Date.parse(answer.headers.get("date") ?? "");
    if (!Number.isNaN(date)) {
      aheadMs = date - Date.now();
      lookedAtMs = performance.now();
    }
    return answer;
  }

  async function renew() {
    const answer = await ask("/api/v1/token/renew", { headers: { authorization: `bearer ${token}` } });
    // Leaves out the body, which could put the token into a log.
    if (!answer.ok) throw new Error(`the token was not renewed: the cloud answered ${answer.status}`);
    const { token: fresh } = await answer.json();
    if (typeof fresh !== "string" || !fresh) throw new Error("the token was not renewed: the answer contains none");
    token = fresh;
    await keep(fresh);
  }

  async function current() {
    // If the cloud is unreachable, falls back to this machine's clock.
    if (performance.now() - lookedAtMs >= everyMs) await ask("/", { method: "HEAD" }).catch(() => {});
    const { from, to } = lifeOf(token);
    if (Date.now() + aheadMs > (from + to) / 2) {
      renewal ??= renew().finally(() => (renewal = undefined));
      await renewal.catch(onError);
    }
    return token;
  }

  setInterval(() => current().catch(onError), everyMs).unref();
  return current;
}

/** Written to a temporary file and renamed, so that a crash never leaves half a token. Readable by the owner only. */
async function write(file, token) {
  await writeFile(`${file}.new`, `${token}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

async function main() {
  const { ARDEXA_URL: url, ARDEXA_WORKGROUP: workgroup } = process.env;
  const file = process.argv[2];
  if (!file || !url || !workgroup) {
    console.error("Pass the file that holds the token, and set ARDEXA_URL and ARDEXA_WORKGROUP.");
    process.exit(2);
  }
  const token = renewing({ url, token: (await readFile(file, "utf8")).trim(), keep: (fresh) => write(file, fresh) });
  const client = new ArdexaClient({ url, workgroup, token });
  for (const event of /** @type {const} */ (["device:stateChange", "device:new", "device:metaChange"])) {
    client.on(event, (payload) => console.log(JSON.stringify({ event, ...payload })));
  }
  client.on("connect_error", ({ error }) => {
    console.error(error.cause ? `${error.message}: ${error.cause}` : error.message);
  });
  const stopping = new AbortController();
  const stop = () => (stopping.abort(), client.close());
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);
  // A reader that closes the pipe, as `| head` does, is a normal end.
  process.stdout.on("error", stop);
  // `connect_error` has logged the reason.
  await stay(client, stopping.signal).catch(() => (process.exitCode = stopping.signal.aborted ? 0 : 3));
}

/**
 * Keeps a client connected until `signal` fires. The client reconnects by itself after a loss; this also reconnects
 * after the server has ended the connection. Rejects if the cloud refuses the token, or the first connection fails.
 * @param {ArdexaClient} client @param {AbortSignal} signal
 */
async function stay(client, signal) {
  let pauseMs = SHORTEST_PAUSE_MS;
  for (let connections = 0; !signal.aborted;) {
    const since = performance.now();
    const stops = [];
    const over = new Promise((resolve, reject) => {
      stops.push(client.on("disconnect", ({ willReconnect, reason }) => willReconnect || resolve(reason)));
      stops.push(client.on("connect_error", ({ willRetry, error }) => willRetry || reject(error)));
      // close() during a reconnection emits neither event.
      signal.addEventListener("abort", resolve);
      stops.push(() => signal.removeEventListener("abort", resolve));
    });
    try {
      await Promise.all([client.connect().then(() => connections++), over]);
      if (signal.aborted) return;
      console.error(`the server ended the connection (${await over}); connecting again`);
    } catch (error) {
      if (connections === 0 || error.code === "unauthorized") throw error;
    } finally {
      for (const stop of stops) stop();
    }
    if (performance.now() - since > STABLE_MS) pauseMs = SHORTEST_PAUSE_MS;
    await sleep(Math.random() * pauseMs, undefined, { signal }).catch(() => {});
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
