/** Networks of companies: a proxy, TLS with a private CA, and an idle timeout. */
import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { listening, tlsServer } from "../../node/lib/refusing.mjs";

/** Joins two sockets, which then end together. */
function join(near, far) {
  for (const [one, other] of [
    [near, far],
    [far, near],
  ]) {
    one.on("error", () => other.destroy());
    one.once("close", () => other.destroy());
    one.pipe(other);
  }
}

/**
 * A proxy that supports only CONNECT, and connects only to this machine.
 * @param {import("node:test").TestContext} t
 * @returns {Promise<{ url: string, asked: string[] }>} `asked`: the host and port of each request
 */
export async function proxy(t) {
  /** @type {string[]} */
  const asked = [];
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on("connect", (request, near, head) => {
    asked.push(String(request.url));
    const far = connect(Number(String(request.url).split(":")[1]), "127.0.0.1", () => {
      near.write("HTTP/1.1 200 Connection established\r\n\r\n");
      far.write(head);
      join(near, far);
    });
    t.after(() => far.destroy());
    far.on("error", () => near.destroy());
  });
  return { url: `http://127.0.0.1:${await listening(t, server)}`, asked };
}

/**
 * TLS in front of a port of this machine, with a certificate of the tests' CA.
 * @param {import("node:test").TestContext} t
 * @param {number} port
 * @returns {Promise<number>}
 */
export function behindTls(t, port) {
  return listening(
    t,
    tlsServer((near) => {
      const far = connect(port, "127.0.0.1");
      t.after(() => far.destroy());
      join(near, far);
    }),
  );
}

/**
 * A proxy in front of a port of this machine that closes connections after a period of silence.
 * @param {import("node:test").TestContext} t
 * @param {number} port
 * @param {number} silenceMs
 * @returns {Promise<number>}
 */
export function behindIdleTimeout(t, port, silenceMs) {
  return listening(
    t,
    createTcpServer((near) => {
      const far = connect(port, "127.0.0.1");
      t.after(() => far.destroy());
      join(near, far);
      near.setTimeout(silenceMs, () => near.destroy());
    }),
  );
}
