// Members detached from their handle or called on another object, and copies of handles: the outcome is a result or an
// ArdexaError, and the handle itself is unaffected.
import assert from "node:assert/strict";
import { test } from "node:test";
import lodash from "lodash";
import { connected, simulator } from "../lib/cloud.mjs";
import { ArdexaClient } from "../lib/consumer.mjs";
import { assertArdexaError } from "../lib/errors.mjs";
import { LIMIT, until } from "../lib/until.mjs";
import { WRAPPERS } from "../lib/wrappers.mjs";
import { methodsOf } from "./lib/members.mjs";

const noop = () => {};

/** A valid call of each member. */
const CLIENT = ({ deviceId, solar }) => ({
  connect: [],
  reconnectNow: [],
  close: [],
  on: ["connect", noop],
  once: ["connect", noop],
  off: ["connect", noop],
  onAny: [noop],
  onFrame: [noop],
  stats: [],
  cmd: [deviceId, "true"],
  testConfig: [deviceId, {}],
  applyConfig: [deviceId, {}],
  applyYamlConfig: [deviceId, "a: 1"],
  refreshMeta: [deviceId],
  doUpgrade: [deviceId],
  sendArdexactl: [deviceId],
  sendArdpkg: [deviceId],
  feed: [solar, noop],
  series: [solar],
  stopAllFeeds: [],
  request: ["device:sendArdpkg", { deviceId }],
  emit: ["anything", 1],
  emitWithAck: ["anything", []],
  [Symbol.asyncDispose]: [],
});
const FEED = { stop: [], [Symbol.asyncDispose]: [], [Symbol.asyncIterator]: [] };
const SERIES = { times: [], values: [0], last: [0], minMax: [2], stop: [], [Symbol.asyncDispose]: [] };
const ITERATOR = { next: [], return: [], throw: [new Error("mine")], [Symbol.asyncIterator]: [] };
const GETTERS = {
  client: ["state", "id"],
  feed: ["id", "request", "received", "dropped"],
  series: ["feed", "length", "total", "columns"],
  iterator: [],
};
/** The members that return a promise, whatever their arguments. */
const PROMISED = new Set([
  "connect",
  "close",
  "cmd",
  "testConfig",
  "applyConfig",
  "applyYamlConfig",
  "refreshMeta",
  "doUpgrade",
  "sendArdexactl",
  "sendArdpkg",
  "feed",
  "series",
  "stopAllFeeds",
  "request",
  "emitWithAck",
  "stop",
  Symbol.asyncDispose,
  "next",
]);

/** Values of `this` for a detached member. */
const OTHERS = { undefined, null: null, "an object": {} };

/** Asserts that a call returns a result or fails with an ArdexaError, as a rejection if it returns a promise. */
async function isOurs(call, what, promised) {
  let result;
  try {
    result = call();
  } catch (error) {
    if (promised) assert.fail(`${what} must reject, but threw ${error}`);
    assertArdexaError(error, undefined);
    return;
  }
  if (promised) assert.ok(result instanceof Promise, `${what} returns a promise`);
  await Promise.resolve(result).catch((error) => {
    if (error?.message === "mine") return; // the argument of `throw`
    assertArdexaError(error);
  });
}

async function handles(t) {
  const it = await connected(t);
  const field = "AC Power";
  const [feed, series, iterated] = [
    await it.client.feed(it.solar, noop),
    await it.client.series({ ...it.solar, field }),
    await it.client.feed({ ...it.solar, source: "inverter-02" }),
  ];
  const iterator = iterated[Symbol.asyncIterator]();
  return {
    ...it,
    all: { client: it.client, feed, series, iterator },
    calls: { client: CLIENT(it), feed: FEED, series: SERIES, iterator: ITERATOR },
  };
}

/** Asserts that the handles still work. */
async function unharmed({ all, client: made, deviceId, sim }) {
  assert.equal(made.state, "connected");
  assert.equal(sim.stats().feeds, 3);
  const [received, total] = [all.feed.received, all.series.total];
  await until(() => all.feed.received > received && all.series.total > total, "more samples");
  assert.equal((await all.iterator.next()).done, false);
  assert.equal((await made.cmd(deviceId, "true")).returnCode, 0);
}

for (const kind of ["client", "feed", "series", "iterator"]) {
  for (const [what, self] of Object.entries(OTHERS)) {
    test(`members of ${kind === "iterator" ? "an" : "a"} ${kind}, called on ${what}`, LIMIT, async (t) => {
      const it = await handles(t);
      const handle = it.all[kind];
      const names = Reflect.ownKeys(it.calls[kind]);
      assert.deepEqual(
        names.map(String).sort(),
        methodsOf(Object.getPrototypeOf(handle)),
        "this test knows every method",
      );
      for (const name of names) {
        assert.equal(typeof handle[name], "function", String(name));
        await isOurs(
          () => handle[name].call(self, ...it.calls[kind][name]),
          `${kind}.${String(name)}`,
          PROMISED.has(name),
        );
      }
      for (const name of GETTERS[kind]) {
        const getter = getterOf(handle, name);
        if (getter) await isOurs(() => getter.call(self), `${kind}.${name}`, false);
      }
      await unharmed(it);
    });
  }
}

/** The getter of a member, its own or its prototype's; undefined if it is an ordinary property. */
function getterOf(handle, name) {
  for (let holder = handle; holder; holder = Object.getPrototypeOf(holder)) {
    const found = Object.getOwnPropertyDescriptor(holder, name);
    if (found) return found.get;
  }
  return assert.fail(`there is no ${name}`);
}

test("const { cmd } = client; const { stop } = feed", LIMIT, async (t) => {
  const it = await handles(t);
  const { cmd, on, stats } = it.client;
  const { stop } = it.all.feed;
  const { last } = it.all.series;
  await isOurs(() => cmd(it.deviceId, "true"), "cmd", true);
  await isOurs(() => stop(), "stop", true);
  await isOurs(() => on("connect", noop), "on", false);
  await isOurs(() => stats(), "stats", false);
  await isOurs(() => last(), "last", false);
  assert.equal((await it.client.cmd(it.deviceId, "true")).returnCode, 0);
});

/** Ways to copy an object; they may throw if it cannot be copied. */
const COPIES = {
  structuredClone: (handle) => structuredClone(handle),
  "lodash's cloneDeep": (handle) => lodash.cloneDeep(handle),
  "lodash's clone": (handle) => lodash.clone(handle),
  "lodash's merge": (handle) => lodash.merge({}, { handle }),
  "lodash's isEqual": (handle) => lodash.isEqual(handle, lodash.cloneDeep(handle)),
  "object spread": (handle) => ({ ...handle }),
  "Object.assign onto its prototype": (handle) => Object.assign(Object.create(Object.getPrototypeOf(handle)), handle),
  "a JSON round trip": (handle) => JSON.parse(JSON.stringify(handle)),
};

for (const [way, copy] of Object.entries(COPIES)) {
  test(`${way} of a handle is harmless`, LIMIT, async (t) => {
    const it = await handles(t);
    for (const handle of Object.values(it.all)) {
      for (let n = 0; n < 50; n++) {
        try {
          copy(handle);
        } catch {
          // It cannot be copied, which is allowed.
        }
      }
    }
    // The copies are garbage now; collecting them must not release anything that the originals need.
    for (let n = 0; n < 3; n++) {
      globalThis.gc?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await unharmed(it);
  });
}

/**
 * Copies of handles that are otherwise unreferenced. An original that its copy does not keep alive is collected here.
 */
async function orphanedCopies(t, copy) {
  const sim = await simulator(t);
  const copies = await (async () => {
    const made = new ArdexaClient({ url: sim.url, workgroup: sim.workgroup, token: sim.token });
    await made.connect();
    const solar = { deviceId: sim.devices[0].id, table: "solar", source: "inverter-01", field: "AC Power" };
    const [feed, series] = [await made.feed(solar, noop), await made.series(solar)];
    const all = { client: made, feed, series };
    const copied = Object.entries(all).map(([kind, handle]) => [kind, copy(handle)]);
    await made.close();
    return copied;
  })();
  // Finalizers run in a separate task.
  for (let n = 0; n < 20; n++) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return copies;
}

for (const way of ["lodash's cloneDeep", "lodash's clone", "Object.assign onto its prototype", "valtio's snapshot()"]) {
  test(
    `copies by ${way} without their originals return results or ArdexaErrors, and harm no other client`,
    LIMIT,
    async (t) => {
      const copies = await orphanedCopies(t, COPIES[way] ?? WRAPPERS[way]);
      const second = await handles(t);
      for (const [kind, copied] of copies) {
        for (const name of GETTERS[kind]) await isOurs(() => copied[name], `${kind}.${name}`, false);
        if (kind === "client") {
          await isOurs(() => copied.stats(), "stats", false);
          await isOurs(() => copied.cmd("device", "true"), "cmd", true);
          await isOurs(() => copied.close(), "close", true);
        } else {
          if (kind === "series") await isOurs(() => copied.last(), "last", false);
          await isOurs(() => copied.stop(), "stop", true);
        }
      }
      await unharmed(second);
    },
  );
}
