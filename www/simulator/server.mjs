/** The socket.io server of generation 2, 3 or 4, its connections, and the ways to drop them. */
import { createServer } from "node:http";

/** @param {number} generation @returns {Promise<new (...args: any[]) => any>} */
async function loadServer(generation) {
  const name = generation === 4 ? "socket.io" : `socket.io-${generation}`;
  const module = await import(name);
  return module.Server ?? module.default?.Server ?? module.default;
}

/**
 * @typedef {object} Link  callbacks from the server to the cloud
 * @property {(query: Record<string, unknown>) => import("./token.mjs").Verdict} judge
 * @property {(socket: any, privilege: import("./token.mjs").Privilege) => void} accepted
 * @property {(reason: string) => void} refused
 * @property {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => boolean} rest
 *   whether it handled the request
 */

export class CloudServer {
  /** @type {Set<any>} */
  sockets = new Set();
  /** @type {Set<import("node:net").Socket>} */
  #tcp = new Set();
  /** @type {Promise<void> | undefined} */
  #closed;

  /**
   * @param {import("./options.mjs").Settings} settings @param {number} port @param {Link} link
   * @returns {Promise<CloudServer>}
   */
  static async listen(settings, port, link) {
    const Server = settings.Server ?? (await loadServer(settings.generation));
    const server = new CloudServer(settings, Server, link);
    await new Promise((resolve, reject) => {
      server.http.once("error", reject);
      server.http.listen(port, settings.host, () => resolve(undefined));
    });
    return server;
  }

  /**
   * @param {import("./options.mjs").Settings} settings @param {new (...args: any[]) => any} Server @param {Link} link
   */
  constructor(settings, Server, link) {
    this.http = createServer((request, response) => {
      if (link.rest(request, response)) return;
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" });
      response.end("This is the Ardexa simulator: a socket.io server with a list of devices.\n");
    });
    this.http.on("connection", (tcp) => {
      this.#tcp.add(tcp);
      tcp.once("close", () => this.#tcp.delete(tcp));
      tcp.on("error", () => tcp.destroy());
    });
    this.io = new Server(this.http, {
      path: settings.path,
      serveClient: false,
      transports: ["websocket"],
      pingInterval: settings.pingIntervalMs,
      pingTimeout: settings.pingTimeoutMs,
      maxHttpBufferSize: settings.maxPayload,
      cookie: false,
      ...(settings.refusal === "http" && { allowRequest: allowRequest(link) }),
      ...settings.serverOptions,
    });
    this.io.use((/** @type {any} */ socket, /** @type {(error?: Error) => void} */ next) => {
      const verdict = link.judge(socket.handshake.query);
      if ("privilege" in verdict) socket.simulatorPrivilege = verdict.privilege;
      else {
        link.refused(verdict.refused.data.reason);
        if (settings.refusal === "connect_error") {
          next(Object.assign(new Error(verdict.refused.message), { data: verdict.refused.data }));
          return;
        }
      }
      next();
    });
    this.io.on("connection", (/** @type {any} */ socket) => {
      if (!socket.simulatorPrivilege) {
        socket.disconnect();
        return;
      }
      gather(socket.conn);
      this.sockets.add(socket);
      socket.once("disconnect", () => this.sockets.delete(socket));
      link.accepted(socket, socket.simulatorPrivilege);
    });
  }

  get port() {
    const address = this.http.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  /** Disconnects every socket (`41`); the transport stays open, as with `socket.disconnect()`. */
  kick() {
    for (const socket of [...this.sockets]) socket.disconnect();
  }

  /** Cuts every TCP connection without a closing packet. */
  dropAll() {
    for (const tcp of [...this.#tcp]) tcp.destroy();
  }

  /** Closes everything. Idempotent. @returns {Promise<void>} */
  close() {
    this.#closed ??= new Promise((resolve) => {
      this.http.close(() => resolve()); // first, so that no new connection is accepted
      this.dropAll();
      Promise.resolve(this.io.close(() => {})).catch(() => {}); // it rejects if the HTTP server is already closed
    });
    return this.#closed;
  }
}

/** @param {Link} link */
function allowRequest(link) {
  return (/** @type {any} */ request, /** @type {(error: unknown, ok: boolean) => void} */ done) => {
    const query = Object.fromEntries(new URL(request.url, "http://localhost").searchParams);
    const verdict = link.judge(query);
    if ("refused" in verdict) link.refused(verdict.refused.data.reason);
    done("refused" in verdict ? verdict.refused.data.reason : null, "privilege" in verdict);
  };
}

/**
 * Sends everything of one turn in one write: the transport writes once per frame, which costs more than generating
 * the samples.
 * @param {any} conn
 */
function gather(conn) {
  const tcp = conn.request?.socket;
  if (!tcp?.cork) return;
  conn.on("flush", () => tcp.cork());
  conn.on("drain", () => tcp.uncork());
}
