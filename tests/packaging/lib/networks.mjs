/** What stands between a program and a cloud in many companies: a proxy, and TLS by a CA of the company's own. */
import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { listening, tlsServer } from "../../node/lib/refusing.mjs";

/** Joins two sockets: what ends one ends the other. */
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
 * A proxy that knows CONNECT alone, and to this machine alone.
 * @param {import("node:test").TestContext} t
 * @returns {Promise<{ url: string, asked: string[] }>} `asked`: each host and port that it was asked for
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
 * TLS before a port of this machine, with a certificate of the tests' own CA.
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
 * A proxy before a port of this machine that cuts what is silent for so long.
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
