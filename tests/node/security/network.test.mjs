// The token goes only to the server that the URL names, and with https only after the TLS handshake.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { test } from "node:test";
import { client } from "../lib/cloud.mjs";
import { rejects } from "../lib/errors.mjs";
import { rawCloud } from "../lib/raw-cloud.mjs";
import { TlsWebSocket, terminator } from "../lib/tls.mjs";
import { LIMIT, until } from "../lib/until.mjs";

const TOKEN = "the-secret-token";

/**
 * A TCP server that records what it receives and responds with `reply`.
 * @param {import("node:test").TestContext} t
 * @param {(socket: import("node:net").Socket, data: Buffer) => unknown} [reply]
 */
async function listener(t, reply = () => {}) {
  const got = [];
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    got.push(Buffer.alloc(0));
    const at = got.length - 1;
    socket.on("error", () => {});
    socket.on("data", (data) => {
      got[at] = Buffer.concat([got[at], data]);
      reply(socket, data);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { got, port: portOf(server) };
}

/** @param {import("node:net").Server} server */
const portOf = (server) => /** @type {import("node:net").AddressInfo} */ (server.address()).port;

for (const status of [301, 302, 303, 307, 308]) {
  test(`a redirect (${status}) is not followed: the other server receives nothing`, LIMIT, async (t) => {
    const other = await listener(t);
    const http = createHttpServer();
    http.on("upgrade", (_request, socket) =>
      socket.end(
        `HTTP/1.1 ${status} Elsewhere\r\nLocation: http://127.0.0.1:${other.port}/socket.io-client/\r\nContent-Length: 0\r\n\r\n`,
      ),
    );
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    t.after(() => http.close());
    const made = client(
      t,
      { url: `http://127.0.0.1:${portOf(http)}`, workgroup: "w", token: TOKEN },
      { reconnect: false },
    );
    const { message } = await rejects(made.connect(), "unreachable", { status });
    assert.ok(
      message.includes(
        `the server redirects to http://127.0.0.1:${other.port}/socket.io-client/; set \`url\` to the target`,
      ),
      message,
    );
    assert.equal(other.got.length, 0);
  });
}

test(
  "with https the token is sent after the TLS handshake: a server without TLS or a trusted certificate never sees it",
  LIMIT,
  async (t) => {
    const plain = await listener(t, (socket) => socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
    await rejects(
      client(
        t,
        { url: `https://127.0.0.1:${plain.port}`, workgroup: "w", token: TOKEN },
        { reconnect: false },
      ).connect(),
      "unreachable",
    );
    await until(() => plain.got[0]?.length > 0);
    assert.equal(plain.got[0][0], 0x16, "a TLS handshake");
    assert.ok(!plain.got.some((data) => data.includes(TOKEN)));

    const behind = await rawCloud(t);
    const tls = await terminator(() => behind.port);
    t.after(() => tls.close());
    await rejects(
      client(t, { url: `https://127.0.0.1:${tls.port}`, workgroup: "w", token: TOKEN }, { reconnect: false }).connect(),
      "unreachable",
    );
    assert.deepEqual(behind.urls, [], "the platform refused it before sending the request");
    // The same server, with its certificate trusted.
    await client(
      t,
      { url: `https://127.0.0.1:${tls.port}`, workgroup: "w", token: TOKEN },
      { reconnect: false, webSocket: TlsWebSocket },
    ).connect();
    assert.equal(behind.urls.length, 1);
  },
);

test("each attempt sends the token once, only in the URL", LIMIT, async (t) => {
  const { got, port } = await listener(t, (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await rejects(
    client(t, { url: `http://127.0.0.1:${port}`, workgroup: "w", token: TOKEN }, { reconnect: false }).connect(),
    "unreachable",
  );
  assert.equal(got.length, 1);
  const lines = String(got[0]).split("\r\n");
  assert.ok(lines[0].startsWith("GET /socket.io-client/?token=the-secret-token&orgName=w&EIO=4&transport=websocket"));
  assert.ok(!lines.slice(1).join().includes("secret"));
  const headers = lines
    .slice(1)
    .map((line) => line.split(":")[0].toLowerCase())
    .filter(Boolean)
    .sort();
  assert.deepEqual(
    headers.filter((name) => !name.startsWith("sec-websocket-")),
    ["connection", "host", "upgrade"],
    "no other headers",
  );
});
