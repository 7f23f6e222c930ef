/** The official parsers of both generations behind one interface, as used by the servers in these tests. */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const beside = (name) => createRequire(require.resolve(name));
const [now, then] = [beside("socket.io"), beside("socket.io-2")];
const engineNow = beside("engine.io")("engine.io-parser");
const socketNow = now("socket.io-parser");
const engineThen = then("engine.io-parser");
const socketThen = then("socket.io-parser");

/** Binary data of any class as a Buffer. */
const bytes = (data) => Buffer.from(data instanceof ArrayBuffer ? new Uint8Array(data) : data);

/** @param {string | Buffer} frame @param {3 | 4} revision @returns {{ type: string, data?: any }} or throws */
export function decodeEngine(frame, revision) {
  const packet =
    revision === 4 ? engineNow.decodePacket(frame, "nodebuffer") : engineThen.decodePacket(frame, "nodebuffer");
  if (packet.type === "error") throw new Error(packet.data);
  return packet;
}

/** @returns {string | Buffer} */
export function encodeEngine(packet, revision) {
  let encoded;
  const take = (data) => (encoded = data);
  if (revision === 4) engineNow.encodePacket(packet, true, take);
  else engineThen.encodePacket(packet, true, false, take);
  return typeof encoded === "string" ? encoded : bytes(encoded);
}

/**
 * @param {string} text the payload of an Engine.IO message
 * @param {Buffer[]} attachments the attachments that follow
 * @returns {{ type: number, nsp: string, id?: number, data?: any }} or throws
 */
export function decodeSocket(text, attachments, revision) {
  const decoder = revision === 4 ? new socketNow.Decoder() : new socketThen.Decoder();
  let packet;
  decoder.on("decoded", (decoded) => (packet = decoded));
  decoder.add(text);
  for (const data of attachments) if (!packet) decoder.add(data);
  if (!packet) throw new Error("no packet was decoded");
  // How the old parser reports an error.
  if (revision === 3 && packet.type === 4 && String(packet.data).startsWith("parser error"))
    throw new Error(packet.data);
  return packet;
}

/**
 * @param {boolean} binary whether the packet has binary data; the old parser needs it in the type
 * @returns {Promise<(string | Buffer)[]>} the frames, without Engine.IO's `4`
 */
export function encodeSocket(packet, binary, revision) {
  if (revision === 4) return Promise.resolve(new socketNow.Encoder().encode(packet));
  const type = packet.type + (binary ? 3 : 0);
  return new Promise((resolve) => new socketThen.Encoder().encode({ ...packet, type }, resolve));
}
