/**
 * A cloud within the process: a WebSocket class without a network, and a server at its other end that a test leads frame
 * by frame. Nothing happens by itself but what a script says, so an order of events is the same in every run.
 */
const HANDSHAKE = '0{"sid":"engine","upgrades":[],"pingInterval":3600000,"pingTimeout":3600000,"maxPayload":1000000}';

/** The text frame of an event. */
export const eventFrame = (name, ...args) => `42${JSON.stringify([name, ...args])}`;

/**
 * @typedef {object} Script
 * @property {(socket: Socket, number: number) => string | undefined} [accept] the answer to CONNECT; default: acceptance
 * @property {(socket: Socket, name: string, payload: any) => void} [onEvent] what the client sends; default: answered at once
 *
 * @typedef {InstanceType<ReturnType<typeof scriptedCloud>["webSocket"]>} Socket
 */

/** @param {Script} [script] */
export function scriptedCloud({ accept = (_, number) => `40{"sid":"socket-${number}"}`, onEvent } = {}) {
  const cloud = {
    url: "http://localhost:1",
    workgroup: "demo",
    token: "scripted-token",
    /** Every socket that was made, oldest first. @type {Socket[]} */
    sockets: [],
    feeds: 0,
    samples: 0,
    /** The socket that is open; the newest. */
    get socket() {
      return cloud.sockets.at(-1);
    },
    /** How a server answers that has nothing to hide. */
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
    /** A sample's frame. @param {string} feedId @param {unknown} [value] */
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
    /** @type {new (url: string) => any} */
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
    /** Frames of the client. @type {string[]} */
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
      // Never from within `send`, as no network does.
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

    /** To the client, within this call. @param {...string} frames */
    give(...frames) {
      for (const data of frames) if (this.readyState === 1) this.onmessage?.({ type: "message", data });
    }

    event(name, ...args) {
      this.give(eventFrame(name, ...args));
    }

    /** The requests of this name that came, as their payloads. */
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
