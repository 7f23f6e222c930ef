// The token: asked for before each attempt, whatever the function does; refusals; and that it is never shown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeToken } from "../../../www/simulator/index.mjs";
import { client, connected, deferred, FAST, isArdexaError, refused, simulator, turn, until } from "./lib/support.mjs";
import { rawServer } from "./lib/raw-server.mjs";

/** A client of a simulator whose token comes from `token`; `used` are the tokens that the server accepted. */
async function withToken(t, token, { connectTimeoutMs, reconnect, ...simOptions } = {}) {
  const used = [];
  const sim = await simulator(t, { ...simOptions, onConnection: (socket) => used.push(socket.handshake.query.token) });
  return {
    sim,
    used,
    ...client(t, {
      url: sim.url,
      token,
      ...(connectTimeoutMs && { connectTimeoutMs }),
      ...(reconnect !== undefined && { reconnect }),
    }),
  };
}

for (const [how, answer] of [
  ["at once", (token) => token],
  ["as a promise", async (token) => token],
  ["late", (token) => new Promise((resolve) => setTimeout(resolve, 20, token))],
]) {
  test(`a function that answers ${how} is asked before every attempt`, async (t) => {
    let asked = 0;
    const { sim, used, client: it, diary } = await withToken(t, () => answer(`token-${++asked}`));
    for (let n = 1; n <= 50; n++) sim.acceptTokens.set(`token-${n}`, "control");
    await it.connect();
    sim.dropAll();
    await diary.count("connect", 2);
    const restarted = sim.restart({ downMs: 60 });
    await diary.count("connect", 3);
    await restarted;
    const attempts = 3 + diary.of("connect_error").length;
    assert.equal(asked, attempts, "once for each attempt, those that found no server too");
    assert.deepEqual(used, ["token-1", "token-2", `token-${attempts}`]);
  });
}

test("concurrent connect() calls ask once and share one attempt", async (t) => {
  let asked = 0;
  const { sim, client: it } = await withToken(t, () => (asked++, sim.token));
  await Promise.all(Array.from({ length: 20 }, () => it.connect()));
  await it.connect();
  assert.equal(asked, 1);
  assert.equal(sim.stats().connections, 1);
});

test("a function that calls the client back is no trouble", async (t) => {
  const { sim, client: it } = await withToken(t, () => {
    void it.connect().catch(() => {});
    it.reconnectNow();
    return sim.token;
  });
  await it.connect();
  assert.equal(sim.stats().connections, 1);
});

for (const [what, fail] of [
  [
    "throws",
    () => {
      throw new RangeError("no token today");
    },
  ],
  ["rejects", () => Promise.reject(new RangeError("no token today"))],
]) {
  test(`a function that ${what}: connect rejects and names the cause; later attempts ask again`, async (t) => {
    let broken = true;
    const { sim, client: it, diary } = await withToken(t, () => (broken ? fail() : sim.token));
    const error = await refused(it.connect(), "unauthorized");
    assert.ok(error.cause instanceof RangeError);
    assert.match(error.message, /token function/);
    assert.deepEqual(
      diary.entries.map(({ name, willRetry }) => [name, willRetry]),
      [["connect_error", false]],
    );
    assert.ok(diary.entries[0].error.cause instanceof RangeError);
    broken = false;
    await it.connect();
    // Broken again during a reconnection: it is tried on.
    broken = true;
    sim.dropAll();
    await diary.count("connect_error", 4);
    assert.ok(
      diary
        .of("connect_error")
        .slice(1)
        .every(({ willRetry }) => willRetry),
    );
    broken = false;
    await diary.count("connect", 2);
  });
}

for (const wrong of [undefined, null, 7, "", {}, ["a"], Promise.resolve(1)]) {
  test(`a function that gives ${wrong instanceof Promise ? "a promise of 1" : JSON.stringify(wrong)}: a clear error`, async (t) => {
    const { client: it, sim } = await withToken(t, () => wrong);
    const error = await refused(it.connect(), "invalid-argument");
    assert.match(error.message, /token.*string/s);
    assert.equal(sim.stats().refused, 0, "nothing went to the server");
  });
}

test("a function that never settles: connectTimeoutMs ends the attempt, and the next one asks anew", async (t) => {
  const answers = [];
  const {
    sim,
    used,
    client: it,
    diary,
  } = await withToken(
    t,
    () => {
      const answer = deferred();
      answers.push(answer);
      return answer.promise;
    },
    { connectTimeoutMs: 60, reconnect: { ...FAST, firstConnect: true } },
  );
  const connecting = it.connect();
  await diary.count("connect_error", 1);
  const [{ error, willRetry }] = diary.of("connect_error");
  isArdexaError(error, "timeout");
  assert.match(error.message, /token function.*60 ms/);
  assert.equal(willRetry, true);
  await until(() => answers.length === 2, "the second attempt asks");
  answers[0].resolve("stale"); // the late answer of the first
  answers[1].resolve(sim.token);
  await connecting;
  assert.deepEqual(used, [sim.token]);
  assert.equal(sim.stats().refused, 0, "the stale token was not even tried");
  assert.equal(diary.of("connect_error").length, 1);
});

test("a late answer from an attempt before a drop or a close is dropped", async (t) => {
  const answers = [];
  const {
    sim,
    used,
    client: it,
  } = await withToken(t, () => {
    const answer = deferred();
    answers.push(answer);
    return answer.promise;
  });
  const first = it.connect();
  await it.close();
  await refused(first, "closed");
  const second = it.connect();
  await until(() => answers.length === 2);
  answers[0].resolve("stale");
  await turn();
  assert.equal(it.state, "connecting");
  answers[1].resolve(sim.token);
  await second;
  assert.deepEqual(used, [sim.token]);
  assert.equal(sim.stats().refused, 0, "the old answer opened nothing");
});

test("a refusal gets one fresh try with a new token where it is a function", async (t) => {
  let asked = 0;
  const { sim, used, client: it, diary } = await withToken(t, () => (++asked === 1 ? "revoked" : sim.token));
  await it.connect();
  assert.equal(asked, 2);
  assert.deepEqual(used, [sim.token]);
  assert.deepEqual(
    diary.entries.map(({ name, attempt, willRetry }) => [name, attempt, willRetry]),
    [
      ["connect_error", 1, true],
      ["connect", 2, undefined],
    ],
  );
});

test("two refusals are enough: connect rejects with the server's data, and nothing goes on", async (t) => {
  let asked = 0;
  const { sim, client: it, diary } = await withToken(t, () => `wrong-${++asked}`);
  const error = await refused(it.connect(), "unauthorized", { data: { code: 401, reason: "token invalid" } });
  assert.match(error.message, /Authentication failed/);
  assert.equal(asked, 2);
  assert.equal(sim.stats().refused, 2);
  assert.equal(it.state, "closed");
  assert.deepEqual(
    diary.of("connect_error").map(({ willRetry }) => willRetry),
    [true, false],
  );
  await refused(it.connect(), "unauthorized");
  assert.equal(asked, 4, "a new connect() has its own fresh try");
});

test("a string is not tried twice", async (t) => {
  const { sim, client: it, diary } = await withToken(t, "wrong", { reconnect: { ...FAST, firstConnect: true } });
  await refused(it.connect(), "unauthorized", { data: { code: 401, reason: "token invalid" } });
  assert.equal(sim.stats().refused, 1);
  assert.deepEqual(
    diary.of("connect_error").map(({ willRetry }) => willRetry),
    [false],
  );
});

test("a token replaced while the server was down: the function brings the new one, the string ends", async (t) => {
  const { sim, client: it, diary } = await withToken(t, () => sim.token);
  const fixed = await connected(t, sim);
  await it.connect();
  const next = makeToken({ subject: "next" });
  await Promise.all([sim.restart({ downMs: 30 }), sim.setToken(next)]);
  await diary.count("connect", 2);
  await until(() => fixed.client.state === "closed", "the string's client gives up");
  const last = fixed.diary.entries.at(-1);
  assert.deepEqual([last.name, last.willRetry, last.error.code], ["connect_error", false, "unauthorized"]);
  await refused(fixed.client.cmd(sim.devices[0].id, "uptime"), "closed");
});

test("a refusal in the middle of a reconnection gets its fresh try too", async (t) => {
  let stale = false;
  const {
    sim,
    client: it,
    diary,
  } = await withToken(t, () => {
    const given = stale ? "revoked" : sim.token;
    stale = false;
    return given;
  });
  await it.connect();
  for (let round = 2; round <= 4; round++) {
    stale = true;
    sim.dropAll();
    await diary.count("connect", round);
  }
  assert.equal(sim.stats().refused, 3);
  assert.deepEqual(
    diary.of("connect_error").map(({ willRetry }) => willRetry),
    [true, true, true],
  );
});

test("an expired token says so", async (t) => {
  const token = makeToken({ issuedMs: Date.now() - 86_400_000, expiresMs: Date.now() - 3 * 3_600_000 - 5_000 });
  const { sim, client: it } = await withToken(t, token);
  sim.acceptTokens.set(token, "control");
  const error = await refused(it.connect(), "unauthorized", { data: { code: 401, reason: "token expired" } });
  assert.match(error.message, /expired 3 hours ago/);
});

for (const refusal of ["disconnect", "http"]) {
  test(`a server that refuses by ${refusal} is told apart as far as it can be`, async (t) => {
    const { client: it, diary } = await withToken(t, "wrong", { refusal });
    if (refusal === "http") {
      await refused(it.connect(), "unreachable");
    } else {
      await it.connect();
      await diary.count("disconnect", 1);
      const [{ reason, willReconnect, error }] = diary.of("disconnect");
      assert.deepEqual([reason, willReconnect], ["io server disconnect", false]);
      assert.match(error.message, /token/);
    }
    assert.equal(it.state, "closed");
  });
}

test("the token is in no error, no event and no frame, whatever fails", async (t) => {
  const token = "tok/en+with%odd&chars=é";
  const server = await rawServer(t, (link) => {
    const steps = [
      () => link.send(`44{"message":"bad token ${token}","data":{"token":"${token}"}}`),
      () => link.send(`rubbish ${token}`),
      () => link.send('0{"sid":"a"}'),
      () => link.cut(),
      () => link.garbage(),
    ];
    (steps[link.number] ?? (() => link.cut()))();
    if (link.number === 0) link.socket.removeAllListeners("message");
  });
  server.script = ((inner) => (link) =>
    link.number === 0
      ? (link.send('0{"sid":"a","pingInterval":1000,"pingTimeout":1000,"maxPayload":100}'), inner(link))
      : inner(link))(server.script);
  const { client: it, diary } = client(t, {
    url: server.url,
    token: () => token,
    reconnect: { ...FAST, firstConnect: true, maxAttempts: 8 },
  });
  const frames = [];
  it.onFrame((_direction, frame) => frames.push(String(frame)));
  const errors = [await it.connect().catch((error) => error)];
  errors.push(...diary.entries.map(({ error }) => error).filter(Boolean));
  assert.ok(errors.length >= 6, `${errors.length} errors`);
  assert.ok(frames.length >= 2, "frames were seen");
  const seen = [
    ...frames,
    ...errors.map((error) => [error.message, error.stack, JSON.stringify(error), String(error.cause)].join(" ")),
  ].join("\n");
  for (const form of [token, encodeURIComponent(token), "tok/en"])
    assert.ok(!seen.includes(form), `the token shows as ${form}: ${seen}`);
  assert.equal(server.links[0].query.get("token"), token, "the server gets it whole");
});
