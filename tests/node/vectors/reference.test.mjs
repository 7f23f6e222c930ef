// The official parsers confirm the vectors: they decode, encode and reject frames as the vectors expect.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeEngine, decodeSocket, encodeEngine, encodeSocket } from "./lib/official.mjs";
import { attachmentsOf, filled, vectors } from "./lib/vectors.mjs";

const TYPES = { connect: 0, disconnect: 1, event: 2, ack: 3, connect_error: 4 };

/** A vector's packet in the form of the official parsers. */
function packetOf(socket) {
  const attachments = attachmentsOf(socket.attachments ?? 0);
  const packet = { type: TYPES[socket.type], nsp: socket.namespace };
  if (socket.ack !== undefined) packet.id = Number(socket.ack);
  if (socket.data !== undefined) packet.data = filled(socket.data, attachments);
  return { packet, attachments };
}

function meaning(vector) {
  const { frame, revision, expect } = vector;
  const engine = decodeEngine(frame, revision);
  const inside = vector.error !== undefined || expect.socket;
  if (engine.type !== "message" || typeof engine.data !== "string" || !inside) return { engine };
  const attachments = attachmentsOf(expect?.socket?.attachments ?? 0);
  return { engine, socket: decodeSocket(engine.data, attachments, revision) };
}

for (const vector of vectors()) {
  test(vector.title, async () => {
    if (vector.referenceFails) {
      assert.throws(() => meaning(vector));
      return;
    }
    const { engine, socket } = meaning(vector);
    const { expect, revision } = vector;
    // The reference accepts it; this client does not.
    if (!expect) return;

    if (expect.engine === "binary") {
      assert.equal(engine.type, "message");
      assert.equal(Buffer.from(engine.data).toString("hex"), expect.hex);
      assert.deepEqual(encodeEngine({ type: "message", data: engine.data }, revision), vector.canonical);
      return;
    }
    assert.equal(engine.type, expect.engine);
    if (expect.payload !== undefined) assert.equal(engine.data ?? "", expect.payload);
    if (!expect.socket) {
      assert.equal(encodeEngine({ type: engine.type, data: engine.data }, revision), vector.canonical);
      return;
    }

    const { packet, attachments } = packetOf(expect.socket);
    const said = { type: [0, 1, 2, 3, 4, 2, 3][socket.type], nsp: socket.nsp };
    if (socket.id !== undefined) said.id = socket.id;
    if (socket.data !== undefined && socket.data !== null) said.data = socket.data;
    assert.deepEqual(said, packet);

    // JavaScript numbers cannot hold the largest ids, and the encoder sends no attachment without a placeholder.
    if (packet.id !== undefined && !Number.isSafeInteger(packet.id)) return;
    const places = JSON.stringify(expect.socket.data ?? null).match(/"_placeholder":true/g)?.length ?? 0;
    if (attachments.length && attachments.length !== places) return;
    const [text, ...data] = await encodeSocket(packet, attachments.length > 0, revision);
    assert.equal(encodeEngine({ type: "message", data: text }, revision), vector.canonical);
    assert.deepEqual(
      data.map((part) => Buffer.from(part)),
      attachments,
    );
  });
}
