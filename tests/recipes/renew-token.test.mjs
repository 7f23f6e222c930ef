/** `renew-token.mjs`: a token that renews itself by the REST API, on one site with the socket as a cloud has it. */
import assert from "node:assert/strict";
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
/** A token, from its age and what is left to it in hours. */
const token = (age, left) =>
  makeToken({ subject: `t${++made}`, issuedMs: Date.now() - age * HOUR, expiresMs: Date.now() + left * HOUR });

/** The REST API's renewal, and behind the same address the simulator's socket. */
async function cloud(t, first, { answer, tellsTime = true } = {}) {
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
  server.prependListener("request", (_request, response) => (response.sendDate = tellsTime));
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
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${server.address().port}`;
  return {
    sim,
    asked,
    given,
    url,
    refuse: (now) => (refusing = now),
    env: { ARDEXA_URL: url, ARDEXA_WORKGROUP: sim.workgroup },
  };
}

/** The token that the simulator's newest connection came with. */
const usedBy = (sim) => sim.sockets.map((socket) => socket.handshake.query.token);

function program(t, text, env) {
  const file = join(scratch(t), "token.txt");
  writeFileSync(file, `${text}\n`);
  return { file, ...start(t, "renew-token.mjs", [file], { env }) };
}

test("a token past half of its life is renewed before it is used, and kept", LIMIT, async (t) => {
  const old = token(20, 4);
  const { sim, asked, given, env } = await cloud(t, old);
  const { file, child, told, ended } = program(t, old, env);
  await until(() => sim.stats().connected === 1, "the connection");
  assert.deepEqual(asked, [`bearer ${old}`]);
  assert.deepEqual(usedBy(sim), given);
  assert.equal(readFileSync(file, "utf8"), `${given[0]}\n`);
  if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);
  sim.setOnline(sim.devices[0].id, false);
  await until(() => told.stdout.includes('"online":false'), "the event");
  child.kill("SIGTERM");
  assert.deepEqual(await ended.then(({ code, stderr }) => ({ code, stderr })), { code: 0, stderr: "" });
});

test("a young token is used as it is; after a lost connection the function is asked again", LIMIT, async (t) => {
  const young = token(1, 100);
  const { sim, asked, env } = await cloud(t, young);
  program(t, young, env);
  await until(() => sim.stats().connected === 1, "the connection");
  sim.dropAll();
  await until(() => sim.stats().connections === 2 && sim.stats().connected === 1, "the second connection");
  assert.deepEqual(usedBy(sim), [young]);
  assert.deepEqual(asked, []);
});

test("a renewal that fails is told without the token, and the old one serves until it ends", LIMIT, async (t) => {
  const old = token(20, 4);
  const { sim, given, env } = await cloud(t, old, {
    answer: (n) => (n === 1 ? [403, `not renewable: ${old}`] : undefined),
  });
  const { told } = program(t, old, env);
  await until(() => sim.stats().connected === 1, "the connection");
  assert.deepEqual(usedBy(sim), [old]);
  assert.match(told.stderr, /the token was not renewed: the cloud answered 403/);
  assert.ok(!told.stderr.includes(old));
  sim.dropAll();
  await until(() => sim.stats().connections === 2 && sim.stats().connected === 1, "the second connection");
  assert.deepEqual(usedBy(sim), given);
});

test("an expired token ends the program with a sentence, once the cloud has said so", LIMIT, async (t) => {
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

/** The environment of a machine whose clock is wrong by so many hours. */
function clock(t, hours) {
  const file = join(scratch(t), "clock.mjs");
  writeFileSync(file, `const now = Date.now; Date.now = () => now() + ${hours * HOUR};\n`);
  return { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` };
}

test("a clock that is ahead refuses no good token, and renews none that is young", LIMIT, async (t) => {
  const young = token(1, 23);
  const { sim, asked, env } = await cloud(t, young);
  program(t, young, { ...env, ...clock(t, 30) });
  await until(() => sim.stats().connected === 1, "the connection");
  assert.deepEqual(usedBy(sim), [young]);
  assert.deepEqual(asked, []);
});

test("nor where the cloud tells no time: it is renewed in vain, and used", LIMIT, async (t) => {
  const young = token(1, 23);
  const { sim, asked, env } = await cloud(t, young, { answer: () => [403, ""], tellsTime: false });
  program(t, young, { ...env, ...clock(t, 30) });
  await until(() => sim.stats().connected === 1, "the connection");
  assert.deepEqual(usedBy(sim), [young]);
  assert.deepEqual(asked, [`bearer ${young}`]);
});

test("a clock that is behind renews all the same", LIMIT, async (t) => {
  const old = token(20, 4);
  const { sim, asked, given, env } = await cloud(t, old);
  program(t, old, { ...env, ...clock(t, -19) });
  await until(() => sim.stats().connected === 1, "the connection");
  assert.deepEqual(asked, [`bearer ${old}`]);
  assert.deepEqual(usedBy(sim), given);
});

test(
  "a server that ends the connection is connected to again; a refusal then ends the program with 3",
  LIMIT,
  async (t) => {
    const young = token(1, 100);
    const { sim, env } = await cloud(t, young);
    const { told, ended } = program(t, young, env);
    for (const connections of [2, 3]) {
      await until(() => sim.stats().connected === 1, "the connection");
      sim.kick();
      await until(() => sim.stats().connections === connections, "the next connection");
    }
    await until(() => sim.stats().connected === 1, "the connection");
    assert.match(told.stderr, /^the server ended the connection \(io server disconnect\); connecting again\n/);
    sim.setOnline(sim.devices[0].id, false);
    await until(() => told.stdout.includes('"online":false'), "the event, once");
    sim.setToken("another");
    sim.kick();
    const { code, stdout } = await ended;
    assert.equal(code, 3);
    assert.equal(stdout.split("\n").length, 2);
  },
);

test("a cloud that is away after it has ended the connection is waited for", LIMIT, async (t) => {
  const young = token(1, 100);
  const { sim, env, refuse } = await cloud(t, young);
  const { child, told, ended } = program(t, young, env);
  await until(() => sim.stats().connected === 1, "the connection");
  refuse(true);
  sim.kick();
  await until(() => /cannot reach/.test(told.stderr), "an attempt that failed");
  refuse(false);
  await until(() => sim.stats().connections === 2, "the next connection");
  child.kill("SIGTERM");
  assert.equal((await ended).code, 0);
});

test("SIGTERM while it reconnects after a loss ends it with 0", LIMIT, async (t) => {
  const young = token(1, 100);
  const { sim, env, refuse } = await cloud(t, young);
  const { child, told, ended } = program(t, young, env);
  await until(() => sim.stats().connected === 1, "the connection");
  refuse(true);
  sim.dropAll();
  await until(() => /cannot reach/.test(told.stderr), "an attempt that failed");
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

test("a reader that goes away ends it", LIMIT, async (t) => {
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
  "those who ask at once share one renewal; in a held connection the token is renewed by the clock",
  LIMIT,
  async (t) => {
    const { folder } = await import("../node/lib/consumer.mjs");
    start(t, "renew-token.mjs", []); // copies it
    const { renewing } = await import(pathToFileURL(join(folder, "renew-token.mjs")).href);
    const old = token(20, 4);
    const { asked, given, url } = await cloud(t, old);
    const kept = deferred();
    const current = renewing({ url, token: old, keep: async (fresh) => kept.resolve(fresh), everyMs: 5 });
    assert.equal(await kept.promise, given[0], "without anyone asking");
    assert.deepEqual(new Set(await Promise.all([current(), current(), current()])), new Set(given));
    assert.deepEqual(asked, [`bearer ${old}`]);

    const again = renewing({ url, token: token(20, 4), everyMs: 2 ** 31 - 1 });
    const answers = await Promise.all([again(), again(), again()]);
    assert.equal(new Set(answers).size, 1);
    assert.equal(asked.length, 2);
  },
);
