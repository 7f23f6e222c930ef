// Runs one command on many devices, twenty at a time, and prints one JSON line per device as results arrive.
//
//   node fleet-command.mjs "df -h /" < devices.txt > answers.ndjson
//
// devices.txt holds one device id per line. ARDEXA_URL, ARDEXA_WORKGROUP and ARDEXA_TOKEN select the cloud.
// Exit code: 0 if the command returned 0 on every device, else 1; 2 on a usage error. Once the reader closes stdout
// (`| head`), no further device is asked.
import { createInterface } from "node:readline";
import { connect } from "ardexa-client";

const AT_ONCE = 20;
const TIMEOUT_MS = 60_000;

const { ARDEXA_URL: url, ARDEXA_WORKGROUP: workgroup, ARDEXA_TOKEN: token } = process.env;
const command = process.argv[2];
if (!command || !url || !workgroup || !token) {
  console.error(
    "Pass the command as one argument and the device ids on standard input, and set ARDEXA_URL, ARDEXA_WORKGROUP and ARDEXA_TOKEN.",
  );
  process.exit(2);
}

const client = await connect({ url, workgroup, token });
let failed = 0;
const unread = new AbortController();
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
  unread.abort();
});
// Commands in flight end with the connection; whether those devices ran them is unknown.
unread.signal.addEventListener("abort", () => client.close());

async function run(deviceId) {
  for (;;) {
    try {
      const { returnCode, stdout, stderr } = await client.cmd(deviceId, command, { timeoutMs: TIMEOUT_MS });
      return { deviceId, returnCode, stdout, stderr };
    } catch (error) {
      // Only this code guarantees that nothing was sent, so only this one is retried. After `disconnected` or
      // `timeout` the command may have run: check before you send it again.
      if (error.code === "not-connected") await online();
      else return { deviceId, error: error.code, message: error.message };
    }
  }
}

/** Resolves when connected, or when no connection will come; `cmd` then reports why. */
function online() {
  return new Promise((resolve) => {
    const stops = [client.on("connect", done), client.on("connect_error", ({ willRetry }) => willRetry || done())];
    function done() {
      for (const stop of stops) stop();
      resolve(undefined);
    }
    if (client.state === "connected" || client.state === "closed") done();
  });
}

// The workers share one iterator: each takes the next device when it has finished the previous one.
const lines = createInterface({ input: process.stdin });
unread.signal.addEventListener("abort", () => lines.close()); // otherwise it would wait for more input
const ids = lines[Symbol.asyncIterator]();
async function worker() {
  for (let next = await ids.next(); !next.done && !unread.signal.aborted; next = await ids.next()) {
    const deviceId = next.value.trim();
    if (!deviceId) continue;
    const answer = await run(deviceId);
    if (unread.signal.aborted) return;
    if (answer.error || answer.returnCode !== 0) failed++;
    console.log(JSON.stringify(answer));
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, worker));

await client.close();
if (unread.signal.aborted) console.error("stopped: the reader has closed the pipe");
if (failed) console.error(`${failed} of the devices failed`);
process.exitCode = failed ? 1 : 0;
