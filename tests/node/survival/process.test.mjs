// A server in its own process: frozen, thawed, killed, and started again on its port.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serverProcess } from "./lib/child.mjs";
import { connected, refused, until } from "./lib/support.mjs";

test("a frozen server is a ping timeout; once it thaws, the client reconnects and resumes its feed", async (t) => {
  const server = await serverProcess(t, { pingIntervalMs: 300, pingTimeoutMs: 1_500, samplesPerSecond: 50 });
  const { client: it, diary } = await connected(t, server, { connectTimeoutMs: 3_000 });
  let gaps = 0;
  const feed = await it.feed({ deviceId: server.devices[0], table: "system", source: "cpu_usage" }, () => {}, {
    onGap: () => gaps++,
  });
  await until(() => feed.received > 0);
  const call = it.cmd(server.devices[0], "slow", { timeoutMs: Infinity });
  call.catch(() => {});
  server.freeze();
  await diary.count("disconnect", 1);
  assert.equal(diary.of("disconnect")[0].reason, "ping timeout");
  await refused(call, "disconnected");
  await diary.count("connect_error", 1); // the kernel accepts the connection, but the server does not reply
  assert.equal(diary.of("connect_error")[0].error.code, "timeout");
  server.thaw();
  // On a busy machine the short heartbeat may expire again, so only the feed counts.
  const { received } = feed;
  await until(() => gaps > 0 && feed.received > received, "the feed to continue");
  assert.equal(diary.of("disconnect").length, diary.of("connect").length - 1);
});

test("a server is killed with requests open, and another one takes its place", async (t) => {
  const first = await serverProcess(t, { latencyMs: 60_000 });
  const { client: it, diary } = await connected(t, first);
  const calls = Array.from({ length: 100 }, (_, n) => it.cmd(first.devices[0], `echo ${n}`));
  for (const call of calls) call.catch(() => {});
  assert.equal(it.stats().openRequests, 100);
  await first.kill();
  for (const call of calls) await refused(call, "disconnected", { event: "device:cmd" });
  await serverProcess(t, { port: first.port });
  await diary.count("connect", 2);
  assert.equal((await it.cmd(first.devices[0], "echo again")).stdout.trim(), "again");
});
