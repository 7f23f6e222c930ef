// A token that renews itself, and a program that runs for years on it: prints what befalls the devices.
//
//   node renew-token.mjs token.txt
//
// token.txt holds a token with "Can renew", and is kept up to date. ARDEXA_URL and ARDEXA_WORKGROUP name the cloud.
// A server that ends the connection, as one does that is replaced, is connected to again.
// Exit code: 0 after SIGTERM or Ctrl-C, or when nobody reads any more; 2 for a wrong call; 3 if the cloud refuses the
// token, or if there is no connection to begin with.
import { realpathSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ArdexaClient } from "ardexa-client";

const HOUR = 3_600_000;
/** Pauses before it connects again after the server has ended a connection; one that held so long starts anew. */
const [SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS, STABLE_MS] = [1_000, 60_000, 60_000];

/** When a token was made and when it ends, in milliseconds; a token that does not tell never ends. */
function lifeOf(token) {
  try {
    const { iat, exp } = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
    return { from: typeof iat === "number" ? iat * 1000 : 0, to: typeof exp === "number" ? exp * 1000 : Infinity };
  } catch {
    return { from: 0, to: Infinity };
  }
}

/**
 * What to give to `connect` as `token`: a function that answers with the current token, and renews it first if half of
 * its life is over. Renewal is the REST API's `GET /api/v1/token/renew`, which refuses a token that has expired: so
 * it is also looked after once an hour, since a connection that holds for months asks for no token.
 *
 * The time is the cloud's, by the `Date` of its answers: the clock of this machine may be wrong. Whether a token is
 * still good is for the cloud to say, so that it is used even if it seems to have expired.
 * @param {object} options
 * @param {string} options.url the cloud's
 * @param {string} options.token the first one
 * @param {(token: string) => Promise<void>} [options.keep] stores a new one
 * @param {(error: Error) => void} [options.onError] a renewal that failed; the token goes on until it ends
 * @param {number} [options.everyMs] how often it is looked after
 */
export function renewing({ url, token, keep = async () => {}, onError = console.error, everyMs = HOUR }) {
  const site = url.replace(/^ws/, "http");
  let renewal; // those who ask at the same time share one
  let aheadMs = 0; // how far the cloud's clock is ahead of this one
  let lookedAtMs = -Infinity; // when that was found out, by a clock that nobody sets

  /** @param {string} path @param {RequestInit} [options] */
  async function ask(path, options) {
    const answer = await fetch(new URL(path, site), { ...options, cache: "no-store", signal: AbortSignal.timeout(10_000) });
    const date = Date.parse(answer.headers.get("date") ?? "");
    if (!Number.isNaN(date)) {
      aheadMs = date - Date.now();
      lookedAtMs = performance.now();
    }
    return answer;
  }

  async function renew() {
    const answer = await ask("/api/v1/token/renew", { headers: { authorization: `bearer ${token}` } });
    // Not the body: whatever stands there, it must not bring the token into a log.
    if (!answer.ok) throw new Error(`the token was not renewed: the cloud answered ${answer.status}`);
    const { token: fresh } = await answer.json();
    if (typeof fresh !== "string" || !fresh) throw new Error("the token was not renewed: the answer holds none");
    token = fresh;
    await keep(fresh);
  }

  async function current() {
    // A cloud that cannot be reached tells no time; then this machine's has to do.
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

/** Written beside it and moved into place, so that no crash leaves half a token. For its owner's eyes alone. */
async function write(file, token) {
  await writeFile(`${file}.new`, `${token}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

async function main() {
  const { ARDEXA_URL: url, ARDEXA_WORKGROUP: workgroup } = process.env;
  const file = process.argv[2];
  if (!file || !url || !workgroup) {
    console.error("Say the file that holds the token, and set ARDEXA_URL and ARDEXA_WORKGROUP.");
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
  // A reader that has gone away, as `| head` does, has what it wanted.
  process.stdout.on("error", stop);
  // `connect_error` has said why.
  await stay(client, stopping.signal).catch(() => (process.exitCode = stopping.signal.aborted ? 0 : 3));
}

/**
 * Keeps a client connected until `signal` fires: it comes back by itself after a loss, and this after the server has
 * ended the connection. Rejects if the cloud refuses the token, or the first connection fails.
 * @param {ArdexaClient} client @param {AbortSignal} signal
 */
async function stay(client, signal) {
  let pauseMs = SHORTEST_PAUSE_MS;
  for (let connections = 0; !signal.aborted; ) {
    const since = performance.now();
    const stops = [];
    const over = new Promise((resolve, reject) => {
      stops.push(client.on("disconnect", ({ willReconnect, reason }) => willReconnect || resolve(reason)));
      stops.push(client.on("connect_error", ({ willRetry, error }) => willRetry || reject(error)));
      // close() during a reconnection has neither event.
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
