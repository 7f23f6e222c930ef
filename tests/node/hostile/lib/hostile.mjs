/**
 * A hostile server, and the invariants after each attack: one clear error or none, bounded memory, and a client that
 * connects again and works. Import this first so that `wasmBytes` sees the module.
 */
import { wasmBytes } from "../../lib/wasm-memory.mjs";
import assert from "node:assert/strict";
import { client, diaryOf, isArdexaError, until } from "../../survival/lib/support.mjs";
import { event, open, rawServer } from "../../survival/lib/raw-server.mjs";

export { client, diaryOf, event, isArdexaError, open, rawServer, until, wasmBytes };

const REQUEST = { deviceId: "d", table: "t", source: "s" };
let feeds = 0;

/** A well-behaved server: it accepts, and answers commands and feeds. */
export async function behave(link) {
  link.onFrame = (frame) => {
    if (typeof frame !== "string" || !frame.startsWith("42[")) return;
    const [name, payload] = JSON.parse(frame.slice(2));
    const { requestId } = payload ?? {};
    if (name === "device:cmd") {
      link.send(
        event("device:cmd:rpc", { requestId, correlationId: "c" }),
        event("device:cmd:reply", { requestId, correlationId: "c", stdout: payload.cmd, stderr: "", returnCode: 0 }),
      );
    }
    if (name === "device:feed") {
      const feedId = `good-${++feeds}`;
      link.send(
        event("device:feed:rpc", { requestId, feedId }),
        event("device:feed:reply", { feedId, messageId: "1", value: 1 }),
      );
    }
  };
  await link.accept();
}

/**
 * A client and a server that follows `script` until `server.good` is set, and is well-behaved from then on.
 * @typedef {import("../../survival/lib/raw-server.mjs").Link} Link
 * @param {import("node:test").TestContext} t
 * @param {(link: Link) => unknown} [script]
 * @param {Partial<import("ardexa-client").ClientOptions>} [options]
 */
export async function pair(t, script = (link) => link.accept(), options = {}) {
  const server = await rawServer(t, (link) => (server.good ? behave(link) : script(link)));
  server.good = false;
  const made = client(t, { url: server.url, reconnect: false, ...options });
  return {
    server,
    it: made.client,
    diary: made.diary,
    get link() {
      return server.links.at(-1);
    },
  };
}

/** Asserts that the client connects again to the server, now well-behaved, runs a command and receives a sample. */
export async function assertUsable(it, server) {
  const before = server.good;
  server.good = true;
  await it.close();
  assert.deepEqual([it.state, it.stats().openRequests, it.stats().openFeeds], ["closed", 0, 0]);
  await it.connect();
  assert.equal((await it.cmd("d", "still there?")).stdout, "still there?");
  let samples = 0;
  const feed = await it.feed(REQUEST, () => samples++);
  await until(() => samples === 1, "a sample");
  await feed.stop();
  await it.close();
  server.good = before;
}

/** Resolves once the client has handled everything sent before, or the connection has ended. */
export async function handled(it, link, diary) {
  const losses = diary.of("disconnect").length;
  const frames = it.stats().framesIn;
  let seen = false;
  const stop = it.onAny((name) => name === "handled" && (seen = true));
  link.send(event("handled"));
  await until(
    () => seen || diary.of("disconnect").length > losses,
    `the marker (${it.stats().framesIn - frames} frames arrived)`,
  );
  stop();
}

/** Bytes held by both heaps after a garbage collection. */
export async function held() {
  for (let n = 0; n < 3; n++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return { heap: process.memoryUsage().heapUsed, wasm: wasmBytes() };
}
