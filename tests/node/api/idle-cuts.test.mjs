// The client detects a proxy that cuts idle connections; in virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_ONCE } from "../lib/cloud.mjs";
import { ArdexaClient } from "../lib/consumer.mjs";
import { scriptedCloud } from "../lib/scripted-cloud.mjs";
import { collect, LIMIT } from "../lib/until.mjs";

/** Runs everything that is not waiting for a timer. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("the third cut after the same idle time is a warning; the fourth is not reported again", LIMIT, async (t) => {
  t.mock.timers.enable({ apis: ["Date", "setTimeout"], now: 1_800_000_000_000 });
  const cloud = scriptedCloud();
  const { url, workgroup, token, webSocket } = cloud;
  const it = new ArdexaClient({ url, workgroup, token, webSocket, reconnect: AT_ONCE });
  t.after(() => it.close());
  const warnings = collect(it, "warning");
  const losses = collect(it, "disconnect");
  await it.connect();
  const counts = [];
  for (const seconds of [60, 61, 60, 60]) {
    // In steps: a single jump would look like the machine sleeping.
    for (let n = 0; n < seconds; n++) t.mock.timers.tick(1000);
    cloud.socket.drop();
    await turn();
    t.mock.timers.tick(10);
    for (let n = 0; n < 5 && it.state !== "connected"; n++) await turn();
    assert.equal(it.state, "connected");
    counts.push(warnings.length);
  }
  assert.deepEqual(counts, [0, 0, 1, 1]);
  const { name, code, message } = warnings[0].error;
  assert.deepEqual([name, code], ["ArdexaError", "disconnected"]);
  assert.match(
    message,
    /^the connection was closed three times after about 60 s of silence, probably by an idle timeout on the way; set that timeout above the server's ping interval of 3600 s$/,
  );
  assert.deepEqual(
    losses.map(({ reason, willReconnect }) => [reason, willReconnect]),
    Array(4).fill(["transport close", true]),
  );
});
