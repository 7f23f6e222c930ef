/** Servers that a Rust test scripts frame by frame, for what a socket.io server never does. */
import { eventOf, OPEN, rawCloud } from "../node/lib/raw-cloud.mjs";
import { until } from "../node/lib/until.mjs";

/** @typedef {string | number[]} Frame text, or the bytes of a binary frame */
/**
 * What a server does by itself. Of a list of lists, each connection or event uses the next entry, and then the last one
 * again and again.
 * @typedef {object} RawScript
 * @property {string | null} [open] the Engine.IO handshake; null for silence
 * @property {(string | null)[]} [accept] the answers to CONNECT; null for silence
 * @property {Frame[]} [greet] sent after the handshake
 * @property {number} [refuse] the HTTP status that refuses every handshake
 * @property {string} [close] closes every socket when it opens, with this reason
 * @property {Record<string, Frame[][]>} [replies] what follows each event: `$id` stands for its requestId as JSON, `$ack`
 *   for the number of the acknowledgement that it asks for
 */

/** @param {RawScript} script */
export async function startRaw({
  open = OPEN,
  accept = ['40{"sid":"socket"}'],
  greet = [],
  refuse,
  close,
  replies = {},
}) {
  /** @type {(() => unknown)[]} */
  const endings = [];
  /** @type {number[]} */
  const closeCodes = [];
  /** @type {Map<string, number>} */
  const counts = new Map();
  /** @template T @param {string} name @param {T[]} list */
  const next = (name, list) => {
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return list[Math.min(count, list.length - 1)];
  };
  /** @param {import("ws").WebSocket} ws @param {Frame[]} frames */
  const send = (ws, frames) =>
    frames.forEach((frame) => ws.send(typeof frame === "string" ? frame : Buffer.from(frame)));

  const cloud = await rawCloud(
    /** @type {any} */ ({ after: (/** @type {() => unknown} */ end) => endings.push(end) }),
    {
      open,
      accept: null,
      refuse: () => refuse,
      onOpen: ({ ws }) => {
        ws.on("close", (code) => closeCodes.push(code));
        send(ws, greet);
        if (close !== undefined) return ws.close(4000, close);
        const answer = next("", accept);
        ws.on("message", (data) => String(data) === "40" && answer !== null && ws.send(answer));
      },
      onFrame: (frame, { ws }) => {
        const event = eventOf(frame);
        const answers = event && replies[event.name];
        if (!answers) return;
        const id = JSON.stringify(event.args[0]?.requestId ?? null);
        const fill = (/** @type {Frame} */ text) =>
          typeof text === "string" ? text.replaceAll("$id", () => id).replaceAll("$ack", String(event.ack)) : text;
        send(ws, next(event.name, answers).map(fill));
      },
    },
  );
  const texts = () => cloud.frames.filter((frame) => typeof frame === "string");
  return {
    url: cloud.url,
    frames: texts,
    urls: () => cloud.urls,
    send: (/** @type {Frame[]} */ ...frames) => cloud.links.forEach((ws) => send(ws, frames)),
    /** Reads nothing from now on, not even the closing handshake. */
    pause: () => cloud.links.forEach((ws) => ws.pause()),
    resume: () => cloud.links.forEach((ws) => ws.resume()),
    cut: () => cloud.links.forEach((ws) => ws.terminate()),
    /** Waits until this many events of a name have come. @param {string} name @param {number} count */
    got: (name, count) =>
      until(() => texts().filter((frame) => eventOf(frame)?.name === name).length >= count, `${count} × ${name}`).then(
        () => null,
      ),
    /** The code with which the first socket to end was closed, once one has. */
    closeCode: () => until(() => closeCodes.length > 0, "a closed socket").then(() => closeCodes[0]),
    close: () => Promise.all(endings.map((end) => end())),
  };
}
