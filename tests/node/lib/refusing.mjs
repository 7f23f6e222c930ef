/**
 * Servers on this machine that a WebSocket cannot connect to, each for one reason. The certificates are of a CA of the
 * tests' own, which nothing trusts; `expired.pem` ended in 2021, `other-host.pem` is for other.example.
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

/** Makes a server listen; it goes with the test. @returns {Promise<number>} its port */
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
  return server.address().port;
}

/** Answers every handshake with a status. */
const answering =
  (status, headers = {}) =>
  (t) => {
    const lines = Object.entries({ "Content-Length": 0, ...headers }).map(([name, value]) => `${name}: ${value}`);
    const server = createHttp((_request, response) => response.writeHead(status, headers).end());
    server.on("upgrade", (_request, socket) =>
      socket.end([`HTTP/1.1 ${status} Some words`, ...lines, "", ""].join("\r\n")),
    );
    return listening(t, server);
  };

/** No HTTP: the connection ends before that. */
const certified = (name) => (t) => listening(t, createTls({ key: pem("key"), cert: pem(name) }));

/** A TLS server with a certificate that is good for who trusts the CA. @param {(socket: import("node:tls").TLSSocket) => void} taken */
export const tlsServer = (taken) => createTls({ key: pem("key"), cert: pem("good") }, taken);

/**
 * A port where nothing listens and nothing will: it is this side's end of a connection. One that was only closed may be
 * another server's a moment later.
 */
async function closedPort(t) {
  const socket = connect(await listening(t, createTcp()), "127.0.0.1");
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket.localPort;
}

/**
 * Each: the scheme of a URL to it, and how it is made, which gives its port. `trusted`: only for who trusts the CA; `tells`:
 * what is said of it where the platform tells, by the code of its error or the status, and of the advice.
 * @type {Record<string, { scheme: "ws" | "wss", host?: string, trusted?: boolean, make: (t: import("node:test").TestContext) => Promise<number>, code?: RegExp, status?: number, hint: RegExp }>}
 */
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
    hint: /renewed.*clock/,
  },
  "a closed port": { scheme: "ws", make: closedPort, code: /^ECONNREFUSED$/, hint: /host and port of `url`/ },
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
    hint: /give that as `url`/,
  },
  401: { scheme: "ws", make: answering(401), status: 401, hint: /token/ },
  403: { scheme: "ws", make: answering(403), status: 403, hint: /token/ },
  404: { scheme: "ws", make: answering(404), status: 404, hint: /`path`/ },
  502: { scheme: "ws", make: answering(502), status: 502, hint: /behind it/ },
};
