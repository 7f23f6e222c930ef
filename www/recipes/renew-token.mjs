// A token that renews itself, and a program that runs for years on it: prints what befalls the devices.
//
//   node renew-token.mjs token.txt
//
// token.txt holds a token with "Can renew", and is kept up to date. ARDEXA_URL and ARDEXA_WORKGROUP name the cloud.
// Exit code: 0 after SIGTERM or Ctrl-C, 2 for a wrong call, 3 where no connection came about.
import { realpathSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { ArdexaClient } from "ardexa-client";

const HOUR = 3_600_000;

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
 * What to give to `connect` as `token`: a function that answers with the current token, and renews it first where half
 * of its life is over. Renewal is the REST API's `GET /api/v1/token/renew`, which refuses a token that has expired: so
 * it is also looked after once an hour, since a connection that holds for months asks for no token.
 * @param {object} options
 * @param {string} options.url the cloud's
 * @param {string} options.token the first one
 * @param {(token: string) => Promise<void>} [options.keep] stores a new one
 * @param {(error: Error) => void} [options.onError] a renewal that failed; the token goes on until it ends
 * @param {number} [options.everyMs] how often it is looked after
 */
export function renewing({ url, token, keep = async () => {}, onError = console.error, everyMs = HOUR }) {
  let renewal; // those who ask at the same time share one

  async function renew() {
    const answer = await fetch(new URL("/api/v1/token/renew", url.replace(/^ws/, "http")), {
      headers: { authorization: `bearer ${token}` },
      signal: AbortSignal.timeout(10_000),
    });
    // Not the body: whatever stands there, it must not bring the token into a log.
    if (!answer.ok) throw new Error(`the token was not renewed: the cloud answered ${answer.status}`);
    const { token: fresh } = await answer.json();
    if (typeof fresh !== "string" || !fresh) throw new Error("the token was not renewed: the answer holds none");
    token = fresh;
    await keep(fresh);
  }

  async function current() {
    const { from, to } = lifeOf(token);
    if (Date.now() >= to) throw new Error("the token has expired, and an expired one cannot be renewed: get a new one");
    if (Date.now() > (from + to) / 2) {
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
  client.on("connect_error", ({ error, willRetry }) => {
    console.error(error.cause ? `${error.message}: ${error.cause}` : error.message);
    if (!willRetry) process.exitCode = 3;
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => client.close());
  await client.connect().catch(() => {}); // `connect_error` has said why
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
