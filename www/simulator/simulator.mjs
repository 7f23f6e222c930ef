/** The running simulator: the handle for a test or a demonstration. */
import { setTimeout as sleep } from "node:timers/promises";
import { answerDirectory } from "./directory.mjs";
import { commonName, makeDevice } from "./fleet.mjs";
import { Feeds, MAX_RATE } from "./feeds.mjs";
import { plantOffsetMs } from "./options.mjs";
import { chance } from "./random.mjs";
import { handle } from "./requests.mjs";
import { CloudServer } from "./server.mjs";
import { Tally } from "./tally.mjs";
import { judge } from "./token.mjs";

/** @typedef {import("./fleet.mjs").Device} Device */
/** @typedef {{socket: any, privilege: import("./token.mjs").Privilege, timers: Set<NodeJS.Timeout>}} Session */
/** @typedef {{at: number, socketId: string, event: string, args: any[]}} Received */
/**
 * @typedef {object} Cloud  the interface that requests.mjs uses
 * @property {import("./options.mjs").Settings} settings
 * @property {Map<string, Device>} devices
 * @property {Feeds} feeds
 * @property {(socket: any, event: string, payload: unknown) => void} emit
 * @property {(ms: number, then: () => void, session?: Session) => void} later  cancelled when the session or
 *   simulator ends
 * @property {(device: Device, online: boolean) => void} setOnline
 * @property {(device: Device) => void} restartAgent
 * @property {(device: Device) => void} metaChange
 * @property {(event: string, error: unknown) => void} failed
 */

export class Simulator {
  /** @type {import("./options.mjs").Settings} */
  #settings;
  /** @type {CloudServer | undefined} */
  #server;
  /** @type {Map<string, Device>} */
  #devices = new Map();
  #feeds;
  /** @type {Set<NodeJS.Timeout>} */
  #timers = new Set();
  /** @type {Cloud} */
  #cloud;
  #closed = false;
  #ending = new AbortController();
  #counts = { connections: 0, listed: 0, refused: 0, handlerErrors: 0, emits: new Tally(), received: new Tally() };

  /** The port, the same after `restart`. */
  port = 0;
  /** Accepted tokens and their privileges; mutable. @type {Map<string, import("./token.mjs").Privilege>} */
  acceptTokens = new Map();
  /** The newest events received, oldest first. @type {Received[]} */
  received = [];
  /** Called with the server's socket of each accepted connection. @type {((socket: any) => void) | undefined} */
  onConnection;

  /** @param {import("./options.mjs").Settings} settings */
  constructor(settings) {
    this.#settings = settings;
    this.workgroup = settings.workgroup;
    this.token = settings.token;
    this.readOnlyToken = settings.readOnlyToken;
    this.acceptTokens.set(settings.readOnlyToken, "read-only").set(settings.token, "control");
    this.onConnection = settings.onConnection;
    for (let n = 0; n < settings.devices; n++) this.#add(makeDevice(settings.seed, n, settings.now()));
    const emit = (/** @type {any} */ socket, /** @type {string} */ event, /** @type {unknown} */ payload) => {
      if (!socket.connected) return;
      socket.emit(event, payload);
      this.#counts.emits.add(event);
    };
    this.#feeds = new Feeds({
      now: settings.now,
      plantOffsetMs: plantOffsetMs(settings),
      emit: (socket, sample) => emit(socket, settings.feedEvent, sample),
    });
    this.#cloud = {
      settings,
      devices: this.#devices,
      feeds: this.#feeds,
      emit,
      later: (ms, then, session) => this.#later(ms, then, session),
      setOnline: (device, online) => this.setOnline(device.id, online),
      restartAgent: (device) => this.#restartAgent(device),
      metaChange: (device) => this.metaChange(device.id),
      failed: (event, error) => {
        this.#counts.handlerErrors++;
        this.#log(`${event} failed: ${error}`);
      },
    };
    if (settings.flapEveryMs > 0) this.#flap(0);
  }

  /** Base URL, for the client's `url`. */
  get url() {
    const { host } = this.#settings;
    return `http://${host.includes(":") ? `[${host}]` : host}:${this.port}`;
  }

  /** The fleet: the live objects, not copies. @returns {Device[]} */
  get devices() {
    return [...this.#devices.values()];
  }

  /** The current socket.io server; replaced by `restart`. */
  get io() {
    return this.#server?.io;
  }

  /** Connected sockets, as server-side objects. @returns {any[]} */
  get sockets() {
    return [...(this.#server?.sockets ?? [])];
  }

  async listen() {
    this.#server = await CloudServer.listen(this.#settings, this.port || this.#settings.port, {
      judge: (query) => judge(query, { accepted: this.acceptTokens, workgroup: this.workgroup, nowMs: Date.now() }),
      refused: (reason) => {
        this.#counts.refused++;
        this.#log(`refused: ${reason}`);
      },
      accepted: (socket, privilege) => this.#accepted(socket, privilege),
      rest: (request, response) => this.#answer(request, response),
    });
    this.port = this.#server.port;
  }

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  #answer(request, response) {
    const answers = answerDirectory(request, response, {
      settings: this.#settings,
      devices: this.devices,
      judge: (token, workgroup) =>
        judge(
          { token, orgName: workgroup },
          { accepted: this.acceptTokens, workgroup: this.workgroup, nowMs: Date.now() },
        ),
    });
    if (answers) this.#counts.listed++;
    return answers;
  }

  stats() {
    const { emits, received, ...counts } = this.#counts;
    return {
      ...counts,
      /** Connected now; `connections` counts all since the start. */
      connected: this.#server?.sockets.size ?? 0,
      feeds: this.#feeds.size,
      samples: this.#feeds.sent,
      samplesSkipped: this.#feeds.skipped,
      emits: emits.counts(),
      received: received.counts(),
    };
  }

  /** Every open feed. */
  feeds() {
    return this.#feeds
      .list()
      .map(({ feedId, socket, device, table, source, field, requestId, samplesPerSecond, sent }) => ({
        socketId: /** @type {string} */ (socket.id),
        feedId,
        deviceId: device.id,
        table,
        source,
        field,
        requestId,
        samplesPerSecond,
        sent,
      }));
  }

  /** @param {string} deviceId @param {boolean} online broadcast only if it changes the state */
  setOnline(deviceId, online) {
    const device = this.#device(deviceId);
    if (device.online === online) return;
    device.online = online;
    if (!online) device.outages++;
    this.broadcast("device:stateChange", { cn: commonName(device, this.workgroup), vhost: this.workgroup, online });
  }

  /** Adds a device, offline at first, as in the API. @returns {Device} */
  addDevice() {
    const device = makeDevice(this.#settings.seed, this.#devices.size, this.#settings.now());
    device.online = false;
    this.#add(device);
    this.broadcast("device:new", { id: device.id, cn: commonName(device, this.workgroup), online: false });
    return device;
  }

  /** @param {string} deviceId */
  metaChange(deviceId) {
    this.broadcast("device:metaChange", { id: this.#device(deviceId).id });
  }

  /** Sends any event to all connected sockets. @param {string} event @param {...unknown} args */
  broadcast(event, ...args) {
    if (this.#settings.quietCloud) return;
    for (const socket of this.sockets) {
      socket.emit(event, ...args);
      this.#counts.emits.add(event);
    }
  }

  /** Makes this the only token with every privilege. Existing connections stay open. @param {string} token */
  setToken(token) {
    for (const [known, privilege] of this.acceptTokens) if (privilege === "control") this.acceptTokens.delete(known);
    this.acceptTokens.set(token, "control");
    this.token = token;
  }

  /** Sets the rate of every open feed, and the default for later ones. @param {number} samplesPerSecond */
  setRate(samplesPerSecond) {
    if (!(samplesPerSecond >= 0 && samplesPerSecond <= MAX_RATE))
      throw new TypeError(`the rate must be 0 to ${MAX_RATE}`);
    this.#settings.samplesPerSecond = samplesPerSecond;
    this.#feeds.setRate(samplesPerSecond);
  }

  /** Disconnects every socket from the server (`41`). */
  kick() {
    this.#server?.kick();
  }

  /** Cuts every TCP connection without a closing packet. */
  dropAll() {
    this.#server?.dropAll();
  }

  /** Crashes. `listen()` brings it back on the same port; the fleet keeps its state. */
  async stop() {
    await this.#server?.close();
  }

  /** Crashes and comes back, as by `stop()` and `listen()`. @param {{downMs?: number}} [options] */
  async restart({ downMs = 0 } = {}) {
    await this.stop();
    if (downMs > 0) await sleep(downMs, undefined, { signal: this.#ending.signal }).catch(() => undefined);
    if (!this.#closed) await this.listen();
  }

  /** Closes everything. Idempotent. */
  async close() {
    this.#closed = true;
    this.#ending.abort();
    this.#feeds.stopAll();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    await this.stop();
  }

  /** @param {Device} device */
  #add(device) {
    device.agentFiles = this.#settings.agentFiles;
    this.#devices.set(device.id, device);
  }

  /** @param {string} deviceId @returns {Device} */
  #device(deviceId) {
    const device = this.#devices.get(deviceId);
    if (!device) throw new TypeError(`the simulator has no device ${deviceId}`);
    return device;
  }

  /** @param {any} socket @param {import("./token.mjs").Privilege} privilege */
  #accepted(socket, privilege) {
    /** @type {Session} */
    const session = { socket, privilege, timers: new Set() };
    this.#counts.connections++;
    this.#log(`connected: ${socket.id} (${privilege})`);
    socket.use((/** @type {unknown[]} */ [event, ...args], /** @type {() => void} */ next) => {
      this.#note(socket, String(event), args);
      next();
      const { latencyMs } = this.#settings;
      const go = () => void handle(this.#cloud, session, String(event), args[0]);
      if (latencyMs > 0) this.#later(latencyMs, go, session);
      else go();
    });
    socket.once("disconnect", (/** @type {string} */ reason) => {
      this.#log(`disconnected: ${socket.id} (${reason})`);
      this.#feeds.stopAll(socket);
      for (const timer of session.timers) {
        clearTimeout(timer);
        this.#timers.delete(timer);
      }
    });
    this.onConnection?.(socket);
  }

  /** @param {any} socket @param {string} event @param {unknown[]} args */
  #note(socket, event, args) {
    this.#counts.received.add(event);
    const { maxReceived, now } = this.#settings;
    this.received.push({ at: now(), socketId: socket.id, event, args: args.filter((a) => typeof a !== "function") });
    if (this.received.length > maxReceived) this.received.splice(0, this.received.length - maxReceived);
  }

  /** @param {Device} device */
  #restartAgent(device) {
    this.setOnline(device.id, false);
    const { outages } = device;
    this.#later(this.#settings.restartMs, () => {
      if (device.outages !== outages) return; // another outage has begun
      this.setOnline(device.id, true);
      this.metaChange(device.id);
    });
  }

  /** @param {number} n */
  #flap(n) {
    this.#later(this.#settings.flapEveryMs, () => {
      const devices = this.devices;
      const device = devices[Math.floor(chance(this.#settings.seed, 1_000 + n) * devices.length)];
      if (device) this.setOnline(device.id, !device.online);
      this.#flap(n + 1);
    });
  }

  /** @param {number} ms @param {() => void} then @param {Session} [session] */
  #later(ms, then, session) {
    if (this.#closed || session?.socket.connected === false) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      session?.timers.delete(timer);
      then();
    }, ms);
    this.#timers.add(timer);
    session?.timers.add(timer);
  }

  /** @param {string} line */
  #log(line) {
    if (!this.#settings.quiet) process.stderr.write(`simulator: ${line}\n`);
  }
}
