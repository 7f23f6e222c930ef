import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { io } from "socket.io-client";
import { client, connected, next, rpc, simulator } from "./support.mjs";

const require = createRequire(import.meta.url);
/** socket.io 2 depends on the client of the same generation. */
const io2 = createRequire(require.resolve("socket.io-2"))("socket.io-client");

for (const [generation, connect, refusal] of [
  [3, io, "connect_error"],
  [2, io2, "error"],
]) {
  test(`generation ${generation}: connect, refuse, command, feed, kick, restart`, { timeout: 20_000 }, async (t) => {
    const sim = await simulator(t, { generation });
    const refused = await next(client(t, sim, { token: "nobody", connect }), refusal);
    assert.deepEqual(refused.data ?? refused, { code: 401, reason: "token invalid" });

    const socket = await connected(t, sim, { connect });
    const { id: deviceId } = sim.devices[0];
    const reply = next(socket, "device:cmd:reply");
    await rpc(socket, "device:cmd", { deviceId, cmd: "hostname" });
    assert.equal((await reply).stdout, "solar-01\n");

    const sample = next(socket, "device:feed:reply");
    const { feedId } = await rpc(socket, "device:feed", { deviceId, table: "solar", source: "inverter-01" });
    assert.equal((await sample).feedId, feedId);

    const kicked = next(socket, "disconnect");
    sim.kick();
    assert.equal(await kicked, "io server disconnect");
    const again = await connected(t, sim, { connect });
    const cut = next(again, "disconnect");
    await sim.restart();
    assert.equal(await cut, "transport close");
    await connected(t, sim, { connect });
    assert.equal(sim.stats().connections, 3);
  });
}

test("the Server class can be passed as an option", { timeout: 20_000 }, async (t) => {
  const { Server } = require("socket.io");
  let made = 0;
  class Own extends Server {
    constructor(...args) {
      super(...args);
      made++;
    }
  }
  const sim = await simulator(t, { Server: Own });
  await connected(t, sim);
  assert.equal(made, 1);
});
