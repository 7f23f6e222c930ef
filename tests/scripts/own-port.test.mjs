// The port that a test's server gets for itself.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, Server } from "node:net";
import { test } from "node:test";
import { ownPort } from "../node/lib/own-port.mjs";

test(
  "a client of another test that connects meanwhile does not keep it from resolving",
  { timeout: 10_000 },
  async (t) => {
    const { listen } = Server.prototype;
    /** @type {import("node:net").Socket[]} */
    const strangers = [];
    t.mock.method(
      Server.prototype,
      "listen",
      /** @this {Server} @param {any[]} args */ function (...args) {
        this.once("listening", () => {
          const { port } = /** @type {import("node:net").AddressInfo} */ (this.address());
          const stranger = connect({ port, host: "127.0.0.1", allowHalfOpen: true }).on("error", () => {});
          stranger.write("GET / HTTP/1.1\r\n\r\n");
          strangers.push(stranger);
        });
        return Reflect.apply(listen, this, args);
      },
    );
    t.after(() => strangers.forEach((stranger) => stranger.destroy()));
    const port = await ownPort();
    t.mock.restoreAll();
    assert.equal(strangers.length, 1);
    const server = createServer().listen(port, "127.0.0.1"); // it is free for this process
    await once(server, "listening");
    server.close();
  },
);
