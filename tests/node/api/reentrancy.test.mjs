// close(), connect(), feed(), stop() and requests, called inside every callback.
import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import { AT_ONCE, client, connected, flushed, simulator } from "../lib/cloud.mjs";
import { assertArdexaError, rejects } from "../lib/errors.mjs";
import { rawCloud } from "../lib/raw-cloud.mjs";
import { collect, deferred, LIMIT, next, until } from "../lib/until.mjs";

/**
 * The callbacks: each installs one that calls `act` once, and triggers it.
 * @type {Record<string, (it: Awaited<ReturnType<typeof callingOut>>, act: () => void) => unknown>}
 */
const CALLBACKS = {
  connect: ({ sim, client: made }, act) => (made.once("connect", act), sim.dropAll()),
  disconnect: ({ sim, client: made }, act) => (made.once("disconnect", act), sim.dropAll()),
  reconnecting: ({ sim, client: made }, act) => (made.once("reconnecting", act), sim.dropAll()),
  "device:stateChange": ({ sim, client: made, deviceId }, act) => (
    made.once("device:stateChange", act),
    sim.setOnline(deviceId, false),
    sim.setOnline(deviceId, true)
  ),
  "device:metaChange": ({ sim, client: made, deviceId }, act) => (
    made.once("device:metaChange", act),
    sim.metaChange(deviceId)
  ),
  warning: ({ sim, client: made }, act) => (
    made.once("warning", act),
    sim.broadcast("device:cmd:rpc", { error: "stray" })
  ),
  onAny: ({ sim, client: made }, act) => (made.onAny(once(act)), sim.broadcast("anything", 1)),
  "onFrame in": ({ sim, client: made }, act) => (
    made.onFrame(once(act, (direction) => direction === "in")),
    sim.broadcast("anything", 1)
  ),
  "onFrame out": ({ client: made }, act) => (
    made.onFrame(once(act, (direction) => direction === "out")),
    made.emit("anything", 1)
  ),
  "a feed's listener": ({ client: made, solar }, act) => made.feed(solar, once(act)),
  "a shared feed's listener": ({ client: made, solar }, act) =>
    Promise.all([made.feed(solar, once(act)), made.feed({ ...solar }, () => {})]),
  onGap: async ({ sim, client: made, solar }, act) => (
    await made.feed(solar, () => {}, { onGap: once(act) }),
    sim.dropAll()
  ),
  onUpdate: ({ client: made, solar }, act) => made.series(solar, { onUpdate: once(act) }),
  onProgress: ({ client: made, deviceId }, act) =>
    void made.doUpgrade(deviceId, { onProgress: once(act) }).catch(() => {}),
  "an acknowledgement's asker": ({ sim, client: made }, act) => {
    made.onAny((_name, ...args) => {
      const ack = args.at(-1);
      if (typeof ack === "function") ack(act());
    });
    sim.sockets[0].emit("question", () => {});
  },
  "an abort listener": ({ client: made, deviceId }, act) => {
    const control = new AbortController();
    control.signal.addEventListener("abort", act, { once: true });
    made.cmd(deviceId, "slow", { signal: control.signal }).catch(() => {});
    control.abort();
  },
  "a settled request": ({ client: made, deviceId }, act) => void made.cmd(deviceId, "true").then(act),
  "the token function": ({ sim, token }, act) => ((token.act = once(act)), sim.dropAll()),
  "a loop over an iterator": ({ client: made, solar }, act) => void loop(made, solar, act),
  "a getter of a request": ({ client: made, solar }, act) =>
    void made
      .feed(
        {
          ...solar,
          get source() {
            return (act(), "inverter-02");
          },
        },
        () => {},
      )
      .catch(() => {}),
  "a getter of the options": ({ client: made, deviceId }, act) =>
    void made
      .cmd(deviceId, "true", {
        get extra() {
          return (act(), {});
        },
      })
      .catch(() => {}),
  "a toJSON of what is sent": ({ client: made }, act) => {
    try {
      made.emit("anything", { toJSON: () => (act(), 1) });
    } catch (error) {
      assertArdexaError(error);
      assert.ok(["not-connected", "closed"].includes(error.code), error.message); // closed by `act`
    }
  },
  "the socket's send()": ({ client: made, sockets, deviceId }, act) => {
    sockets.act = once(act);
    made.cmd(deviceId, "true").catch(() => {});
  },
  "the socket's close()": ({ client: made, sockets }, act) => {
    sockets.atClose = once(act);
    made.close();
  },
};

/** Reads a feed and calls `act` at the first sample. */
async function loop(made, request, act) {
  const feed = await made.feed(request);
  try {
    for await (const _ of feed) {
      act();
      act = () => {};
    }
  } catch {
    // `act` closed the client.
  }
}

/** A function that calls `act` once, at the first call that passes `filter`. @param {() => void} act */
function once(act, filter = (/** @type {unknown[]} */ ..._args) => true) {
  let done = false;
  return (...args) => {
    if (done || !filter(...args)) return;
    done = true;
    act();
  };
}

/** The calls inside the callback. Each returns a promise that settles once the call has taken effect. */
const ACTIONS = {
  "close()": async ({ client: made }) => {
    await made.close();
    assert.equal(made.state, "closed");
  },
  "free()": async ({ client: made }) => {
    made.free();
    await until(() => made.state === "closed");
  },
  "close() and connect()": async ({ client: made }) => {
    made.close();
    await made.connect();
    assert.equal(made.state, "connected");
  },
  "connect()": async ({ client: made }) => {
    await made.connect();
    assert.equal(made.state, "connected");
  },
  "feed() and stop()": async ({ client: made, solar }) => {
    let feed;
    try {
      feed = await made.feed({ ...solar, source: "inverter-03" }, () => {});
    } catch (error) {
      // In some callbacks there is no connection.
      assertArdexaError(error);
      assert.ok(["not-connected", "disconnected", "closed"].includes(error.code), error.message);
      return;
    }
    await feed.stop();
  },
  "stopAllFeeds()": ({ client: made }) => made.stopAllFeeds(),
  "a request": async ({ client: made, deviceId }) => {
    try {
      await made.sendArdpkg(deviceId);
    } catch (error) {
      assertArdexaError(error);
      assert.ok(["not-connected", "disconnected", "closed", "rejected"].includes(error.code), error.message);
    }
  },
};

/**
 * A WebSocket that calls `act` or `atClose` in the methods that the client calls.
 * @typedef {{act?: () => void, atClose?: () => void}} Hooks
 */
const calling = (/** @type {Hooks} */ sockets) =>
  class extends WebSocket {
    send(data) {
      super.send(data);
      sockets.act?.();
    }

    close(...args) {
      super.close(...args);
      sockets.atClose?.();
    }
  };

/** A connected client whose token function and sockets can be set to call `act`. */
async function callingOut(t) {
  const sim = await simulator(t);
  /** @type {Hooks} */
  const token = {};
  /** @type {Hooks} */
  const sockets = {};
  const made = client(t, sim, { webSocket: calling(sockets), token: () => (token.act?.(), sim.token) });
  await made.connect();
  const [{ id: deviceId }] = sim.devices;
  return { sim, client: made, deviceId, solar: { deviceId, table: "solar", source: "inverter-01" }, token, sockets };
}

for (const [where, arrange] of Object.entries(CALLBACKS)) {
  for (const [what, action] of Object.entries(ACTIONS)) {
    test(`${what} in ${where}`, LIMIT, async (t) => {
      const it = await callingOut(t);
      const warnings = collect(it.client, "warning");
      const acted = deferred();
      await arrange(it, () => {
        Promise.resolve(action(it)).then(acted.resolve, acted.reject);
      });
      await acted.promise;
      assert.ok(
        warnings.every(({ error }) => error.code !== "invalid-argument"),
        warnings.map(({ error }) => error.message).join(),
      );
      // The client is still usable.
      await it.client.connect();
      // On another device: this one may be offline during an upgrade.
      const other = it.sim.devices.find(({ id, online }) => online && id !== it.deviceId);
      assert.equal((await it.client.cmd(other.id, "true")).returnCode, 0);
      await it.client.close();
      assert.deepEqual(
        [it.client.stats().openRequests, it.client.stats().openFeeds, it.client.state],
        [0, 0, "closed"],
      );
    });
  }
}

test("close() in connect_error ends the attempts", LIMIT, async (t) => {
  const cloud = await rawCloud(t, { refuse: () => 503 });
  const made = client(t, cloud, { reconnect: { ...AT_ONCE, firstConnect: true } });
  let failures = 0;
  made.on("connect_error", () => ++failures === 3 && made.close());
  await rejects(made.connect(), "closed");
  assert.equal(failures, 3);
  assert.equal(cloud.urls.length, 3);
});

test("connect() in a connect_error that gave up starts over", LIMIT, async (t) => {
  let refusals = 2;
  const cloud = await rawCloud(t, { refuse: () => (refusals-- > 0 ? 503 : undefined) });
  const made = client(t, cloud, { reconnect: false });
  const up = next(made, "connect");
  made.on("connect_error", () => void made.connect().catch(() => {}));
  await made.connect().catch((error) => assertArdexaError(error, "unreachable"));
  await up;
  assert.equal(made.state, "connected");
  assert.equal(cloud.urls.length, 3);
});

test("close() and connect() in the token function", LIMIT, async (t) => {
  const sim = await simulator(t);
  let asked = 0;
  const made = client(t, sim, {
    token: () => {
      if (++asked === 1) {
        made.close();
        made.connect().catch(() => {});
      }
      return sim.token;
    },
  });
  await rejects(made.connect(), "closed");
  await until(() => made.state === "connected");
  assert.equal(sim.stats().connections, 1);
  assert.equal(asked, 2);
});

test("close() in the WebSocket's own constructor", LIMIT, async (t) => {
  const sim = await simulator(t);
  class Early extends WebSocket {
    constructor(url) {
      super(url);
      made.close();
    }
  }
  const made = client(t, sim, { webSocket: Early });
  await rejects(made.connect(), "closed");
  await until(() => sim.io.engine.clientsCount === 0);
  assert.equal(sim.stats().connections, 0);
});

test("a socket that replies within send()", LIMIT, async (t) => {
  class Instant {
    binaryType = "blob";
    readyState = 1;
    onopen = null;
    onmessage = null;
    onerror = null;
    onclose = null;
    static last;
    constructor() {
      Instant.last = this;
      queueMicrotask(() => {
        this.onopen();
        this.onmessage({ data: '0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000}' });
      });
    }
    send(frame) {
      if (frame === "40") this.onmessage({ data: '40{"sid":"s"}' });
      else if (frame.startsWith("42")) {
        const [name, { requestId }] = JSON.parse(frame.slice(2));
        this.onmessage({ data: `42${JSON.stringify([`${name}:rpc`, { requestId, complete: true }])}` });
      }
    }
    close() {
      this.onclose?.({});
    }
  }
  const made = client(t, { url: "https://cloud.example", workgroup: "w", token: "t" }, { webSocket: Instant });
  await made.connect();
  for (let i = 0; i < 3; i++) assert.equal((await made.sendArdpkg("d")).complete, true);
  await made.close();
  assert.equal(made.state, "closed");
});

test("a listener that removes itself and adds another", LIMIT, async (t) => {
  const { sim, client: made, deviceId } = await connected(t);
  const calls = [];
  const second = () => calls.push("second");
  const first = () => {
    calls.push("first");
    made.off("device:metaChange", first);
    made.on("device:metaChange", second);
  };
  made.on("device:metaChange", first);
  for (let i = 0; i < 3; i++) sim.metaChange(deviceId);
  await until(() => calls.length === 3);
  await flushed(made, sim);
  assert.deepEqual(calls, ["first", "second", "second"]);
});
