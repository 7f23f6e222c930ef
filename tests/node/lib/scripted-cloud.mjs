/**
 * An in-process cloud: a WebSocket class without a network, with a server behind it that the test scripts frame by
 * frame. Nothing else happens, so the order of events is the same in every run.
 */
const HANDSHAKE = '0{"sid":"engine","upgrades":[],"pingInterval":3600000,"pingTimeout":3600000,"maxPayload":1000000}';

/** The text frame of an event. */
export const eventFrame = (name, ...args) => `42${JSON.stringify([name, ...args])}`;

/**
 * @typedef {object} Script
 * @property {(socket: Socket, number: number) => string | undefined} [accept] the reply to CONNECT; default: acceptance
 * @property {(socket: Socket, name: string, payload: any) => void} [onEvent] on each event; default: `cloud.answer`
 */

/**
 * The server's view of a socket.
 * @typedef {object} Server
 * @property {number} number 1 for the first socket
 * @property {number} readyState
 * @property {string} url
 * @property {string[]} sent
 * @property {(...frames: string[]) => void} give
 * @property {(name: string, ...args: unknown[]) => void} event
 * @property {(name: string) => any[]} requests
 * @property {() => void} drop
 *
 * @typedef {import("ardexa-client").WebSocketLike & Server} Socket
 */

/** @param {Script} [script] */
export function scriptedCloud({ accept = (_, number) => `40{"sid":"socket-${number}"}`, onEvent } = {}) {
  const cloud = {
    url: "http://localhost:1",
    workgroup: "demo",
    token: "scripted-token",
    /** All sockets, oldest first. @type {Socket[]} */
    sockets: [],
    feeds: 0,
    samples: 0,
    /** The newest socket. @returns {Socket | undefined} */
    get socket() {
      return cloud.sockets.at(-1);
    },
    /** Replies as a normal server does. @param {Socket} socket @param {string} name @param {any} payload */
    answer(socket, name, payload) {
      if (name === "device:feed")
        return socket.event("device:feed:rpc", { requestId: payload.requestId, feedId: `feed-${++cloud.feeds}` });
      if (name === "device:cmd")
        return socket.event("device:cmd:reply", {
          requestId: payload.requestId,
          correlationId: "c",
          stdout: "",
          stderr: "",
          returnCode: 0,
        });
      if (payload?.requestId !== undefined)
        socket.event(`${name}:rpc`, { requestId: payload.requestId, complete: true });
    },
    /** The frame of a sample. @param {string} feedId @param {unknown} [value] @param {string} [requestId] */
    sample(feedId, value = 1, requestId) {
      const number = ++cloud.samples;
      const time = new Date(1_700_000_000_000 + number * 1000).toISOString();
      return eventFrame("device:feed:reply", {
        feedId,
        event_time: time,
        table: "t",
        source: "s",
        device: "d",
        messageId: String(number),
        value,
        requestId,
      });
    },
    /** @type {new (url: string) => Socket} */
    webSocket: undefined,
  };

  cloud.webSocket = class ScriptedSocket {
    binaryType = "blob";
    bufferedAmount = 0;
    readyState = 0;
    onopen = null;
    onmessage = null;
    onerror = null;
    onclose = null;
    /** Frames from the client. @type {string[]} */
    sent = [];

    constructor(url) {
      this.url = url;
      cloud.sockets.push(this);
      const number = cloud.sockets.length;
      queueMicrotask(() => {
        if (this.readyState !== 0) return;
        this.readyState = 1;
        this.onopen?.({ type: "open" });
        this.give(HANDSHAKE);
      });
      this.number = number;
    }

    send(frame) {
      this.sent.push(frame);
      // Not synchronously: no network replies from within `send`.
      queueMicrotask(() => this.#receive(frame));
    }

    #receive(frame) {
      if (this.readyState !== 1) return;
      if (frame === "40") {
        const answer = accept(this, this.number);
        if (answer !== undefined) this.give(answer);
        return;
      }
      const found = typeof frame === "string" ? /^42\d*(\[.*)$/s.exec(frame) : null;
      if (!found) return;
      const [name, payload] = JSON.parse(found[1]);
      (onEvent ?? cloud.answer)(this, name, payload);
    }

    /** Delivers frames to the client synchronously. @param {...string} frames */
    give(...frames) {
      for (const data of frames) if (this.readyState === 1) this.onmessage?.({ type: "message", data });
    }

    event(name, ...args) {
      this.give(eventFrame(name, ...args));
    }

    /** The payloads of the received events of this name. */
    requests(name) {
      return this.sent.flatMap((frame) => {
        const found = /^42\d*(\[.*)$/s.exec(frame);
        const [event, payload] = found ? JSON.parse(found[1]) : [];
        return event === name ? [payload] : [];
      });
    }

    /** The connection is lost. */
    drop() {
      if (this.readyState === 3) return;
      this.readyState = 3;
      this.onclose?.({ type: "close", code: 1006, reason: "", wasClean: false });
    }

    close() {
      if (this.readyState === 3) return;
      this.readyState = 3;
      queueMicrotask(() => this.onclose?.({ type: "close", code: 1005, reason: "", wasClean: true }));
    }
  };
  return cloud;
}
