/** The built package with the test on the other end of its socket: no network, and nothing said but what the test says. */
import { ArdexaClient } from "../../../../pkg/node.js";
import { CLOSED, MemorySocket } from "../../survival/lib/memory-socket.mjs";
import { until } from "../../survival/lib/support.mjs";

export const HANDSHAKE =
  '0{"sid":"engine","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';

/** @param {3 | 4} revision */
export const accepted = (revision) => (revision === 4 ? '40{"sid":"socket"}' : "40");

/**
 * A client whose server has opened the socket and said nothing.
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
    // The greeting of its base is the test's to give.
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
  await until(() => socket?.onmessage, "a socket that is listened to");
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
    /** What the client has sent, in order. */
    sent: socket.sent,
    /** Through the handshake and connected, with nothing sent that anybody looks at later. */
    async connect() {
      say(HANDSHAKE, accepted(revision));
      await connecting;
      socket.sent.length = 0;
    },
    /** Fails unless events still come through. */
    async alive() {
      const before = heard.length;
      say('42["marker"]');
      await until(() => heard.length > before, "an event, so a connection that lives");
      const last = heard.pop();
      if (last[0] !== "marker") throw new Error(`another event came: ${JSON.stringify(last)}`);
    },
  };
}

/** An attachment as it is sent by a server of this revision. @param {Buffer} data @param {3 | 4} revision */
export const attachmentFrame = (data, revision) => (revision === 4 ? data : Buffer.concat([Buffer.from([4]), data]));
