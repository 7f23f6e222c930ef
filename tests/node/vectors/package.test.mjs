// The built package decodes each vector, on a new connection, as the vector expects.
import assert from "node:assert/strict";
import { test } from "node:test";
import { refused, until } from "../survival/lib/support.mjs";
import { accepted, attachmentFrame, HANDSHAKE, session } from "./lib/session.mjs";
import { attachmentsOf, filled, vectors } from "./lib/vectors.mjs";

/** Binary data as a string, whatever its class. */
const hexOf = (data) => `bytes ${Buffer.from(data).toString("hex")}`;
const plain = (value) =>
  JSON.parse(JSON.stringify(value, (_, item) => (ArrayBuffer.isView(item) ? hexOf(item) : item)));
const withHex = (value, attachments) => filled(value, attachments.map(hexOf));

/** Waits for the disconnect that a frame causes. */
async function end(it, reason) {
  await until(() => it.ends.length, `the end of the connection: ${reason}`);
  assert.equal(it.ends[0].reason, reason);
  return it.ends[0];
}

/** @param {Awaited<ReturnType<typeof session>>} it @param {import("./lib/vectors.mjs").Vector} vector */
async function engine(it, { expect, frame, revision }) {
  switch (expect.engine) {
    case "open":
      it.say(frame);
      // Revision 4 sends CONNECT next; revision 3 waits for the server's.
      if (revision === 4) assert.deepEqual(it.sent, ["40"]);
      it.say(accepted(revision));
      return it.connecting;
    case "close":
      await it.connect();
      it.say(frame);
      return end(it, "transport close");
    case "ping":
      await it.connect();
      it.say(frame);
      assert.deepEqual(it.sent, revision === 4 ? [expect.payload === "probe" ? "3probe" : "3"] : []);
      return it.alive();
    case "binary":
      await it.connect();
      it.say('451-["b",{"_placeholder":true,"num":0}]', frame);
      await until(() => it.heard.length);
      return assert.deepEqual(plain(it.heard), [["b", `bytes ${expect.hex}`]]);
    case "message":
      // Any text is a valid Engine.IO message; these are not Socket.IO packets.
      await it.connect();
      it.say(frame);
      return end(it, "parse error");
    default:
      await it.connect();
      it.say(frame);
      assert.deepEqual(it.sent, []);
      return it.alive();
  }
}

async function refusal(it, socket) {
  const error = await refused(it.connecting, "unauthorized");
  const text = socket.data?.message ?? (typeof socket.data === "string" ? socket.data : "");
  assert.ok(error.message.includes(text), error.message);
}

async function opening(it, { expect: { socket }, frame, revision }) {
  it.say(HANDSHAKE, frame);
  const main = socket.namespace === "/";
  if (socket.type === "connect_error" && main) return refusal(it, socket);
  if (socket.type === "connect" && main && revision === 4 && socket.data?.sid === undefined)
    return refused(it.connecting, "protocol");
  if (!main) it.say(accepted(revision));
  await it.connecting;
  return it.alive();
}

/** Sends events with an ack until the last has this id; undefined if that would take too many. */
function question(it, id) {
  if (BigInt(id) > 500n) return undefined;
  const asked = Array.from({ length: Number(id) + 1 }, () => it.client.emitWithAck("ask", []));
  for (const answer of asked) answer.catch(() => {});
  return asked.at(-1);
}

async function packet(it, vector) {
  const { expect, frame, revision } = vector;
  const { socket } = expect;
  if (["connect", "connect_error"].includes(socket.type)) return opening(it, vector);
  await it.connect();
  const ours = socket.namespace === "/";
  const attachments = attachmentsOf(socket.attachments ?? 0);
  const answer = ours && socket.type === "ack" ? question(it, socket.ack) : undefined;
  it.say(frame, ...attachments.map((data) => attachmentFrame(data, revision)));
  if (ours && socket.type === "disconnect") return end(it, "io server disconnect");
  if (ours && socket.type === "event") {
    const [, ...args] = withHex(socket.data, attachments);
    await until(() => it.heard.length);
    const heard = it.heard.shift();
    if (socket.ack !== undefined) {
      const reply = heard.pop();
      it.sent.length = 0;
      reply("ü");
      assert.deepEqual(it.sent, [`43${socket.ack}["ü"]`]);
    }
    assert.deepEqual(plain(heard), [socket.name, ...args]);
  }
  if (answer) assert.deepEqual(plain(await answer), withHex(socket.data, attachments));
  return it.alive();
}

for (const vector of vectors()) {
  test(vector.title, async (t) => {
    const it = await session(t, vector.revision);
    if (vector.expect?.socket) return packet(it, vector);
    if (vector.expect) return engine(it, vector);
    await it.connect();
    it.say(vector.frame);
    const { error } = await end(it, "parse error");
    assert.equal(error.code, "protocol");
    assert.ok(error.message.includes(vector.error), error.message);
    assert.equal(it.client.state, "closed");
  });
}
