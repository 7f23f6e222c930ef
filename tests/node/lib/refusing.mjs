/**
 * Local servers to which a WebSocket cannot connect, each for a different reason. The certificates are from a test CA
 * that nothing trusts; `expired.pem` expired in 2021, `other-host.pem` is for other.example.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { connect, createServer as createTcp } from "node:net";
import { createServer as createTls } from "node:tls";
import { fileURLToPath } from "node:url";

const CERTIFICATES = new URL("certificates/", import.meta.url);
const pem = (name) => readFileSync(new URL(`${name}.pem`, CERTIFICATES));

/** For NODE_EXTRA_CA_CERTS. */
export const CA_FILE = fileURLToPath(new URL("ca.pem", CERTIFICATES));

/**
 * Makes a server listen until the test ends.
 * @param {import("node:test").TestContext} t @param {import("node:net").Server} server
 * @returns {Promise<number>} its port
 */
export async function listening(t, server) {
  const sockets = new Set();
  server.on("connection", (socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
}

/**
 * Replies to every handshake with a status.
 * @param {number} status @param {import("node:http").OutgoingHttpHeaders} [headers]
 */
const answering =
  (status, headers = {}) =>
  /** @param {import("node:test").TestContext} t */
  (t) => {
    const lines = Object.entries({ "Content-Length": 0, ...headers }).map(([name, value]) => `${name}: ${value}`);
    const server = createHttp((_request, response) => response.writeHead(status, headers).end());
    server.on("upgrade", (_request, socket) =>
      socket.end([`HTTP/1.1 ${status} Some words`, ...lines, "", ""].join("\r\n")),
    );
    return listening(t, server);
  };

/** No HTTP: the connection ends during the TLS handshake. */
const certified = (name) => (t) => listening(t, createTls({ key: pem("key"), cert: pem(name) }));

/**
 * A TLS server whose certificate is valid for clients that trust the CA.
 * @param {(socket: import("node:tls").TLSSocket) => void} taken
 */
export const tlsServer = (taken) => createTls({ key: pem("key"), cert: pem("good") }, taken);

/**
 * An address at which nothing listens. Its port is the local one of an open connection: a port that is merely free could
 * be given to another process.
 * @param {import("node:test").TestContext} t
 */
export async function closedAddress(t) {
  const socket = connect(await listening(t, createTcp()), "127.0.0.1");
  t.after(() => socket.destroy());
  await once(socket, "connect");
  const port = /** @type {number} */ (socket.localPort);
  return { port, url: `http://127.0.0.1:${port}` };
}

/**
 * @typedef {object} Refusing
 * @property {"ws" | "wss"} scheme
 * @property {string} [host]
 * @property {boolean} [trusted] whether the client must trust the CA
 * @property {(t: import("node:test").TestContext) => Promise<number>} make starts the server; resolves with its port
 * @property {RegExp} [code] the platform's error code
 * @property {number} [status] the HTTP status
 * @property {RegExp} hint the advice in the error message
 */

/** @type {Record<string, Refusing>} */
export const REFUSING = {
  "an unknown CA": {
    scheme: "wss",
    make: certified("good"),
    code: /^UNABLE_TO_VERIFY_LEAF_SIGNATURE$/,
    hint: /NODE_EXTRA_CA_CERTS/,
  },
  "another host's certificate": {
    scheme: "wss",
    make: certified("other-host"),
    trusted: true,
    code: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    hint: /another host; .*`url`/,
  },
  "an expired certificate": {
    scheme: "wss",
    make: certified("expired"),
    trusted: true,
    code: /^CERT_HAS_EXPIRED$/,
    hint: /renew.*clock/,
  },
  "a closed port": {
    scheme: "ws",
    make: async (t) => (await closedAddress(t)).port,
    code: /^ECONNREFUSED$/,
    hint: /host and port of `url`/,
  },
  "a host that is not there": {
    scheme: "ws",
    host: "no-such-host.invalid",
    make: async () => 8080,
    code: /^(ENOTFOUND|EAI_AGAIN)$/,
    hint: /host in `url`|name service/,
  },
  "TLS to a plain port": {
    scheme: "wss",
    make: answering(400),
    code: /^(ERR_SSL_WRONG_VERSION_NUMBER|EPROTO)$/,
    hint: /scheme of `url`/,
  },
  "no TLS to a TLS port": {
    scheme: "ws",
    make: certified("good"),
    code: /^(ECONNRESET|UND_ERR_SOCKET)$/,
    hint: /scheme of `url`/,
  },
  "a proxy that passes no upgrade": {
    scheme: "ws",
    make: answering(400),
    status: 400,
    hint: /does not pass the WebSocket upgrade/,
  },
  "a page in place of the upgrade": {
    scheme: "ws",
    make: answering(200),
    status: 200,
    hint: /does not pass the WebSocket upgrade/,
  },
  "a redirect": {
    scheme: "ws",
    make: answering(301, { Location: "https://elsewhere.example/path/?token=the-token" }),
    status: 301,
    hint: /set `url` to the target/,
  },
  401: { scheme: "ws", make: answering(401), status: 401, hint: /token/ },
  403: { scheme: "ws", make: answering(403), status: 403, hint: /token/ },
  404: { scheme: "ws", make: answering(404), status: 404, hint: /`path`/ },
  502: { scheme: "ws", make: answering(502), status: 502, hint: /behind it/ },
};
