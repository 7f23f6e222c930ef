/** `renew-token.mjs`: renews its token through the REST API, which has the same address as the socket. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect as tcp } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { simulator } from "../node/lib/cloud.mjs";
import { deferred, LIMIT, until } from "../node/lib/until.mjs";
import { makeToken } from "../../www/simulator/token.mjs";
import { scratch, start } from "./lib/recipe.mjs";

const HOUR = 3_600_000;
let made = 0;
/** Makes a token from its age and its remaining lifetime in hours. */
const token = (age, left) =>
  makeToken({ subject: `t${++made}`, issuedMs: Date.now() - age * HOUR, expiresMs: Date.now() + left * HOUR });

/**
 * The REST API's token renewal, and the simulator's socket at the same address.
 * @param {import("node:test").TestContext} t
 * @param {string} first the token that the simulator accepts at first
 * @param {{ answer?: (count: number) => [status: number, body: string] | undefined, sendsDate?: boolean }} [options]
 */
async function cloud(t, first, { answer, sendsDate = true } = {}) {
  const sim = await simulator(t);
  sim.setToken(first);
  const asked = [];
  const given = [];
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url !== "/api/v1/token/renew") return response.writeHead(404).end();
    asked.push(request.headers.authorization);
    const [status, body] = answer?.(asked.length) ?? [200, undefined];
    if (status === 200 && body === undefined) {
      const fresh = token(0, 24);
      sim.acceptTokens.set(fresh, "control");
      given.push(fresh);
      return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ token: fresh }));
    }
    response.writeHead(status).end(body);
  });
  server.prependListener("request", (_request, response) => (response.sendDate = sendsDate));
  const sockets = new Set();
  let refusing = false;
  server.on("upgrade", (request, socket, head) => {
    if (refusing) return socket.destroy();
    const upstream = tcp(sim.port, "127.0.0.1");
    const lines = request.rawHeaders.reduce(
      (text, word, index) => text + (index % 2 ? `${word}\r\n` : `${word}: `),
      "",
    );
    upstream.write(`GET ${request.url} HTTP/1.1\r\n${lines}\r\n`);
    upstream.write(head);
    socket.pipe(upstream).pipe(socket);
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on("error", () => {}).on("close", () => (socket.destroy(), upstream.destroy()));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
  return {
    sim,
    asked,
    given,
    url,
    refuse: (now) => (refusing = now),
    env: { ARDEXA_URL: url, ARDEXA_WORKGROUP: sim.workgroup },
  };
}

/** The tokens of the simulator's connections. */
const usedBy = (sim) => sim.sockets.map((socket) => socket.handshake.query.token);

function program(t, text, env) {
  const file = join(scratch(t), "token.txt");
  writeFileSync(file, `${text}\n`);
  return { file, ...start(t, "renew-token.mjs", [file], { env }) };
}

test("a token past half of its lifetime is renewed before use, and stored", LIMIT, async (t) => {
  const old = token(20, 4);
  const { sim, asked, given, env } = await cloud(t, old);
  const { file, child, output, ended } = program(t, old, env);
  await until(() => sim.stats().connected === 1, "the connection");
  assert.deepEqual(asked, [`bearer ${old}`]);
  assert.deepEqual(usedBy(sim), given);
  assert.equal(readFileSync(file, "utf8"), `${given[0]}\n`);
  if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);
  sim.setOnline(sim.devices[0].id, false);
  await until(() => output.stdout.includes('"online":false'), "the event");
  child.kill("SIGTERM");
  assert.deepEqual(await ended.then(({ code, stderr }) => ({ code, stderr })), { code: 0, stderr: "" });
});

test("a young token is used unchanged; after a lost connection the function is called again", LIMIT, async (t) => {
  const young = token(1, 100);
  const { sim, asked, env } = await cloud(t, young);
  program(t, young, env);
  await until(() => sim.stats().connected === 1, "the connection");
  sim.dropAll();
  await until(() => sim.stats().connections === 2 && sim.stats().connected === 1, "the second connection");
  assert.deepEqual(usedBy(sim), [young]);
  assert.deepEqual(asked, []);
});

test("a failed renewal is reported without the token, and the old token is used until it expires", LIMIT, async (t) => {
  const old = token(20, 4);
  const { sim, given, env } = await cloud(t, old, {
    answer: (n) => (n === 1 ? [403, `not renewable: ${old}`] : undefined),
  });
  const { output } = program(t, old, env);
  await until(() => sim.stats().connected === 1, "the connection");
  assert.deepEqual(usedBy(sim), [old]);
  assert.match(output.stderr, /the token was not renewed: the cloud answered 403/);
  assert.ok(!output.stderr.includes(old));
  sim.dropAll();
  await until(() => sim.stats().connections === 2 && sim.stats().connected === 1, "the second connection");
  assert.deepEqual(usedBy(sim), given);
});

test("an expired token ends the program with one sentence, once the cloud has refused it", LIMIT, async (t) => {
  const over = token(20, -1);
  const { sim, asked, env } = await cloud(t, over, { answer: () => [401, ""] });
  sim.setToken("another");
  const { ended } = program(t, over, env);
  const { code, stderr } = await ended;
  assert.equal(code, 3);
  assert.match(stderr, /the token was not renewed: the cloud answered 401/);
  assert.match(stderr, /\n[^\n]*the cloud refused the connection[^\n]*expired[^\n]*\n$/);
  assert.ok(asked.length > 0);
  assert.ok(!stderr.includes(over));
});

/** The environment of a machine whose clock is wrong by this many hours. */
function clock(t, hours) {
  const file = join(scratch(t), "clock.mjs");
  writeFileSync(file, `const now = Date.now; Date.now = () => now() + ${hours * HOUR};\n`);
  return { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` };
}

test("a fast clock neither refuses a valid token nor renews a young one", LIMIT, async (t) => {
  const young = token(1, 23);
  const { sim, asked, env } = await cloud(t, young);
  program(t, young, { ...env, ...clock(t, 30) });
  await until(() => sim.stats().connected === 1, "the connection");
  assert.deepEqual(usedBy(sim), [young]);
  assert.deepEqual(asked, []);
});

test("a fast clock, and a cloud without a Date header: the renewal fails, and the token is used", LIMIT, async (t) => {
  const young = token(1, 23);
  const { sim, asked, env } = await cloud(t, young, { answer: () => [403, ""], sendsDate: false });
  program(t, young, { ...env, ...clock(t, 30) });
  await until(() => sim.stats().connected === 1, "the connection");
  assert.deepEqual(usedBy(sim), [young]);
  assert.deepEqual(asked, [`bearer ${young}`]);
});

test("a slow clock still renews", LIMIT, async (t) => {
  const old = token(20, 4);
  const { sim, asked, given, env } = await cloud(t, old);
  program(t, old, { ...env, ...clock(t, -19) });
  await until(() => sim.stats().connected === 1, "the connection");
  assert.deepEqual(asked, [`bearer ${old}`]);
  assert.deepEqual(usedBy(sim), given);
});

test("after the server ends the connection the program reconnects; a refusal then ends it with 3", LIMIT, async (t) => {
  const young = token(1, 100);
  const { sim, env } = await cloud(t, young);
  const { output, ended } = program(t, young, env);
  for (const connections of [2, 3]) {
    await until(() => sim.stats().connected === 1, "the connection");
    sim.kick();
    await until(() => sim.stats().connections === connections, "the next connection");
  }
  await until(() => sim.stats().connected === 1, "the connection");
  assert.match(output.stderr, /^the server ended the connection \(io server disconnect\); connecting again\n/);
  sim.setOnline(sim.devices[0].id, false);
  await until(() => output.stdout.includes('"online":false'), "the event, once");
  sim.setToken("another");
  sim.kick();
  const { code, stdout } = await ended;
  assert.equal(code, 3);
  assert.equal(stdout.split("\n").length, 2);
});

test("it waits for a cloud that is down after ending the connection", LIMIT, async (t) => {
  const young = token(1, 100);
  const { sim, env, refuse } = await cloud(t, young);
  const { child, output, ended } = program(t, young, env);
  await until(() => sim.stats().connected === 1, "the connection");
  refuse(true);
  sim.kick();
  await until(() => /cannot reach/.test(output.stderr), "an attempt that failed");
  refuse(false);
  await until(() => sim.stats().connections === 2, "the next connection");
  child.kill("SIGTERM");
  assert.equal((await ended).code, 0);
});

test("SIGTERM while it reconnects after a loss ends it with 0", LIMIT, async (t) => {
  const young = token(1, 100);
  const { sim, env, refuse } = await cloud(t, young);
  const { child, output, ended } = program(t, young, env);
  await until(() => sim.stats().connected === 1, "the connection");
  refuse(true);
  sim.dropAll();
  await until(() => /cannot reach/.test(output.stderr), "an attempt that failed");
  child.kill("SIGTERM");
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
});

test("a refusal after a lost connection ends the program with 3", LIMIT, async (t) => {
  const young = token(1, 100);
  const { sim, env } = await cloud(t, young);
  const { ended } = program(t, young, env);
  await until(() => sim.stats().connected === 1, "the connection");
  sim.setToken("another");
  sim.dropAll();
  assert.equal((await ended).code, 3);
});

test("a reader that closes the pipe ends it", LIMIT, async (t) => {
  const young = token(1, 100);
  const { sim, env } = await cloud(t, young);
  const { child, ended } = program(t, young, env);
  await until(() => sim.stats().connected === 1, "the connection");
  child.stdout.destroy();
  const flip = setInterval(() => sim.setOnline(sim.devices[0].id, !sim.devices[0].online), 5);
  t.after(() => clearInterval(flip));
  const { code, stderr } = await ended;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
});

test(
  "concurrent calls share one renewal; during a long connection the token is renewed by a timer",
  LIMIT,
  async (t) => {
    const { folder } = await import("../node/lib/consumer.mjs");
    start(t, "renew-token.mjs", []); // copies it
    const { renewing } = await import(pathToFileURL(join(folder, "renew-token.mjs")).href);
    const old = token(20, 4);
    const { asked, given, url } = await cloud(t, old);
    const kept = deferred();
    const current = renewing({ url, token: old, keep: async (fresh) => kept.resolve(fresh), everyMs: 5 });
    assert.equal(await kept.promise, given[0], "renewed without a call");
    assert.deepEqual(new Set(await Promise.all([current(), current(), current()])), new Set(given));
    assert.deepEqual(asked, [`bearer ${old}`]);

    const again = renewing({ url, token: token(20, 4), everyMs: 2 ** 31 - 1 });
    const answers = await Promise.all([again(), again(), again()]);
    assert.equal(new Set(answers).size, 1);
    assert.equal(asked.length, 2);
  },
);
