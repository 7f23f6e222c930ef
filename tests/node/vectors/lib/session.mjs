/** The built package with the test as its server, on a socket without a network. */
import * as built from "../../lib/package.mjs";
import { CLOSED, MemorySocket } from "../../survival/lib/memory-socket.mjs";
import { until } from "../../survival/lib/support.mjs";

const { ArdexaClient } = /** @type {typeof import("ardexa-client")} */ (/** @type {unknown} */ (built));

export const HANDSHAKE =
  '0{"sid":"engine","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';

/** @param {3 | 4} revision */
export const accepted = (revision) => (revision === 4 ? '40{"sid":"socket"}' : "40");

/**
 * A client whose socket is open, before the server's first frame.
 * @param {import("node:test").TestContext} t
 * @param {3 | 4} revision
 */
export async function session(t, revision) {
  let socket;
  class Scripted extends MemorySocket {
    sent = [];
    constructor(url) {
      super(url);
      socket = this;
    }
    // Suppresses the base class's handshake: the test sends its own.
    give() {}
    send(frame) {
      this.sent.push(typeof frame === "string" ? frame : Buffer.from(frame));
    }
  }
  const client = new ArdexaClient({
    url: "https://cloud.example",
    workgroup: "demo",
    token: "secret-token",
    protocol: revision,
    reconnect: false,
    webSocket: Scripted,
  });
  t.after(() => client.close());
  const heard = [];
  const ends = [];
  client.onAny((...args) => heard.push(args));
  client.on("disconnect", (event) => ends.push(event));
  const connecting = client.connect();
  connecting.catch(() => {});
  await until(() => socket?.onmessage, "a socket with a listener");
  await until(() => socket.readyState !== 0, "an open socket");

  const say = (...frames) => {
    for (const frame of frames) {
      if (socket.readyState === CLOSED) return;
      const binary = typeof frame !== "string";
      socket.onmessage?.({ data: binary ? new Uint8Array(frame).buffer : frame });
    }
  };
  return {
    client,
    connecting,
    heard,
    ends,
    say,
    /** Frames sent by the client, in order. */
    sent: socket.sent,
    /** Completes the handshake and clears `sent`. */
    async connect() {
      say(HANDSHAKE, accepted(revision));
      await connecting;
      socket.sent.length = 0;
    },
    /** Fails unless events still arrive. */
    async alive() {
      const before = heard.length;
      say('42["marker"]');
      await until(() => heard.length > before, "an event on the live connection");
      const last = heard.pop();
      if (last[0] !== "marker") throw new Error(`another event arrived: ${JSON.stringify(last)}`);
    },
  };
}

/** The frame of an attachment, as a server of this revision sends it. @param {Buffer} data @param {3 | 4} revision */
export const attachmentFrame = (data, revision) => (revision === 4 ? data : Buffer.concat([Buffer.from([4]), data]));
