// Serves live data to any number of browsers as server-sent events, over one connection to the cloud. The token stays
// on the server. Copy it with feeds.mjs and page.html into a folder with the packages ardexa-client and express.
//
//   PORT=8090 node server.mjs        and open http://127.0.0.1:8090/
//   curl -N 'http://127.0.0.1:8090/feeds/DEVICE/solar/inverter-01?field=AC%20Power'
//
// ARDEXA_URL, ARDEXA_WORKGROUP and ARDEXA_TOKEN select the cloud. Anyone who can reach the server sees the data: put
// your own login before the routes. Exit code: 0 after SIGTERM or Ctrl-C, 1 if the cloud ends the connection, 2 on a
// usage error, 3 if the cloud refuses the token; a supervisor may restart this program.
import { fileURLToPath } from "node:url";
import { ArdexaClient } from "ardexa-client";
import express from "express";
import { Feeds } from "./feeds.mjs";

const { ARDEXA_URL: url, ARDEXA_WORKGROUP: workgroup, ARDEXA_TOKEN: token } = process.env;
const { HOST: host = "127.0.0.1", PORT: port = "8090" } = process.env;
if (!url || !workgroup || !token || !/^\d{1,5}$/.test(port)) {
  console.error("Set ARDEXA_URL, ARDEXA_WORKGROUP and ARDEXA_TOKEN; PORT, if set, must be a number.");
  process.exit(2);
}

/** A browser that is this far behind gets nothing until it has caught up. */
const BEHIND_BYTES = 1_000_000;
/** Proxies close connections that are silent for a minute. */
const BEAT_MS = 15_000;
/** How soon a browser reconnects after its stream has ended. */
const RETRY_MS = 2_000;

const client = new ArdexaClient({ url, workgroup, token, reconnect: { firstConnect: true } });
const feeds = new Feeds(client);

const app = express();
app.disable("x-powered-by");
app.get("/", (_request, response) => response.sendFile(fileURLToPath(new URL("page.html", import.meta.url))));

app.get("/feeds/:deviceId/:table/:source", (request, response) => {
  const { deviceId, table, source } = request.params;
  const { field } = request.query;
  if (field !== undefined && (typeof field !== "string" || !field)) {
    return void response.status(400).json({ error: "field must be given once and not be empty" });
  }
  let lost = 0;
  const send = (/** @type {string} */ text) => {
    if (response.writableLength > BEHIND_BYTES) return void lost++;
    if (lost) response.write(`event: lost\ndata: ${lost}\n\n`);
    lost = 0;
    response.write(text);
  };
  const end = (/** @type {any} */ error) => {
    // A browser reconnects when a stream ends, but not after a status such as 404.
    if (error?.code === "rejected" && !response.headersSent)
      return void response.status(404).json({ error: error.message });
    begin();
    if (error)
      response.write(`event: problem\ndata: ${JSON.stringify({ code: error.code, message: error.message })}\n\n`);
    response.end();
  };
  const begin = () => {
    if (response.headersSent) return;
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    response.write(`retry: ${RETRY_MS}\n\n`);
  };
  const leave = feeds.subscribe(
    { deviceId, table, source, ...(field !== undefined && { field }) },
    { begin, send, end },
  );
  const beat = setInterval(() => response.headersSent && send(": still here\n\n"), BEAT_MS);
  response.on("close", () => {
    clearInterval(beat);
    leave();
  });
});

let stopping = false;
async function stop(/** @type {number} */ code) {
  if (stopping) return;
  stopping = true;
  process.exitCode = code;
  server.close();
  await client.close(); // ends the feeds and thus the streams
  server.closeAllConnections();
}
const server = app.listen(Number(port), host, (error) => {
  if (error) {
    console.error(`cannot listen at ${host}:${port}: ${error.message}`);
    return void stop(2);
  }
  console.error(
    `listening at http://${host}:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/`,
  );
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void stop(0));

client.on("connect_error", ({ error, willRetry }) => {
  console.error(error.message);
  if (!willRetry) void stop(3);
});
client.on("disconnect", ({ reason, willReconnect }) => {
  if (stopping) return;
  console.error(`no connection to the cloud: ${reason}`);
  if (!willReconnect) void stop(1);
});
client.connect().catch(() => {}); // `connect_error` has logged the reason
