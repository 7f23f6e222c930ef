/** A complete session of a client, recorded frame by frame on the socket. */
import { WebSocket } from "ws";
import * as built from "../../lib/package.mjs";
import { until } from "../../lib/until.mjs";
import { TOKEN, WORKGROUP } from "./cloud.mjs";

const { ArdexaClient } = /** @type {typeof import("ardexa-client")} */ (/** @type {unknown} */ (built));

/**
 * `joinsUnasked` is for Socket.IO 2. Its acceptance follows the open packet; if a busy machine takes longer than the
 * client waits for it, the client sends a CONNECT. So the two are delivered together.
 * @param {number} port @param {{joinsUnasked?: boolean}} [server]
 * @returns {Promise<{lines: string[], shown: string[], heartbeats: string[]}>}
 */
export async function session(port, { joinsUnasked = false } = {}) {
  const lines = [];
  /** The frames that onFrame sees. */
  const shown = [];
  const heartbeats = [];

  const note = (direction, frame) => {
    if (frame === "2" || frame === "3") heartbeats.push(`${direction} ${frame}`);
    else lines.push(`${direction} ${typeof frame === "string" ? frame : `<${Buffer.from(frame).toString("hex")}>`}`);
  };

  /** Records sent and received frames below the client. */
  class Recorder extends WebSocket {
    /** @param {string} url */
    constructor(url) {
      super(url);
      lines.push(`open ${url}`);
      this.on("message", (data, isBinary) => note("<", isBinary ? data : String(data)));
      /** The frames held until there are two. @type {unknown[][] | undefined} */
      this.held = joinsUnasked ? [] : undefined;
    }

    /** @param {string} event @param {unknown[]} args */
    emit(event, ...args) {
      if (event !== "message" || !this.held) return super.emit(event, ...args);
      if (this.held.push(args) < 2) return true;
      const both = this.held;
      this.held = undefined;
      for (const frame of both) super.emit("message", ...frame);
      return true;
    }

    send(frame) {
      note(">", frame);
      super.send(frame);
    }
  }

  const options = {
    url: `http://127.0.0.1:${port}`,
    workgroup: WORKGROUP,
    token: TOKEN,
    webSocket: Recorder,
    reconnect: { minDelayMs: 0, maxDelayMs: 1, stableAfterMs: 0 },
  };
  const client = new ArdexaClient(options);
  const begin = (title) => lines.push("", `# ${title}`);
  const log = (text) => lines.push(`  ${text}`);
  const listen = (it) => {
    it.on("connect", ({ attempt, reconnected }) => log(`connect, attempt ${attempt}${reconnected ? ", again" : ""}`));
    it.on("disconnect", ({ reason, willReconnect }) =>
      log(`disconnect: ${reason}${willReconnect ? "" : ", for good"}`),
    );
    it.on("connect_error", ({ error }) =>
      log(`connect_error: ${error.code}: ${error.message} ${JSON.stringify(error.data)}`),
    );
    it.on("warning", ({ error }) => log(`warning: ${error.message}`));
    for (const name of ["device:stateChange", "device:metaChange"])
      it.on(name, (event) => log(`${name} ${JSON.stringify(event)}`));
  };
  listen(client);
  client.onFrame((direction, frame) => {
    if (frame !== "2" && frame !== "3")
      shown.push(
        `${direction === "in" ? "<" : ">"} ${typeof frame === "string" ? frame : `<${Buffer.from(frame).toString("hex")}>`}`,
      );
  });
  let ids = 0;
  const requestId = () => ({ requestId: `request-${++ids}` });
  const request = { deviceId: "device-1", table: "solar", source: "ünverter" };
  const heard = (wanted) =>
    new Promise((resolve) => {
      const stop = client.onAny((name, ...args) => {
        if (name !== wanted) return;
        stop();
        resolve(args);
      });
    });
  /** JSON with binary data in hexadecimal. */
  const text = (value) =>
    JSON.stringify(value, (_key, given) =>
      given instanceof Uint8Array || given?.type === "Buffer"
        ? `<${Buffer.from(given.data ?? given).toString("hex")}>`
        : given,
    );

  try {
    begin("connect");
    await client.connect();

    begin("a command");
    log(text(await client.cmd("device-1", 'echo "é日本🌞"', requestId())));

    begin("a command that is refused");
    log(
      await client
        .cmd("device-1", "fail", requestId())
        .then(text, ({ code, message, data }) => `${code}: ${message} ${JSON.stringify(data)}`),
    );

    begin("a feed, its samples, its end");
    const samples = [];
    const feed = await client.feed(request, (sample) => samples.push(sample), requestId());
    await until(() => samples.length === 3, "three samples");
    for (const sample of samples) log(text(sample));
    const stopped = heard("stopped");
    await feed.stop();
    await stopped;

    begin("an acknowledgement with text and binary data");
    log(text(await client.emitWithAck("echo", ["é", { n: 1.5, none: null }, Uint8Array.of(1, 2, 255)])));

    begin("binary data both ways");
    const back = heard("blob:back");
    client.emit("blob", { deep: [Uint8Array.of(0, 4, 0x1e, 255)] });
    log(text(await back));

    begin("a question of the server's");
    const stop = client.onAny((name, ...args) => {
      const ack = /** @type {(...answer: unknown[]) => void} */ (args.at(-1));
      if (name === "ask") ack("the answer", Uint8Array.of(7));
    });
    const answered = heard("answered");
    client.emit("question", "é?");
    log(text(await answered));
    stop();

    begin("broadcasts");
    const broadcast = heard("device:metaChange");
    client.emit("broadcast", null);
    await broadcast;

    begin("the connection is closed by the server: the feed comes back");
    let gaps = 0;
    const kept = await client.feed(request, () => {}, {
      ...requestId(),
      onGap: ({ lastMessageId }) => log(`gap ${++gaps}, after sample ${lastMessageId}`),
    });
    await until(() => kept.received === 3, "the samples before");
    for (const how of ["close", "cut"]) {
      const before = gaps;
      client.emit("bye", how);
      await until(() => gaps === before + 1 && kept.received === 3 * (gaps + 1), "the samples after");
    }

    begin("heartbeats");
    heartbeats.length = 0;
    const whole = () => heartbeats.slice(heartbeats.findIndex((beat) => beat.endsWith("2"))); // not from its pong on
    await until(() => whole().length >= 4, "two heartbeats");
    log(whole().slice(0, 4).join(", "));

    begin("disconnected by the server: for good");
    client.emit("bye", "disconnect");
    await until(() => client.state === "closed");

    begin("connect and close by the client");
    await client.connect();
    await client.close();

    begin("a token that is refused");
    const refused = new ArdexaClient({ ...options, token: "wrong" });
    listen(refused);
    await refused.connect().catch(() => {});
  } finally {
    await client.close();
  }
  return {
    lines: lines.map((line) => normalised(line, port)),
    shown: shown.map((line) => normalised(line, port)),
    heartbeats,
  };
}

const SESSION_ID = /"sid":"[^"]+"/g;
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Replaces what differs from run to run. @param {string} line @param {number} port */
const normalised = (line, port) =>
  line.replace(SESSION_ID, '"sid":"…"').replace(UUID, "<uuid>").replaceAll(String(port), "PORT");
