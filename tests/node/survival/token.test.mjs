// The token: the token function, refusals, expiry, and that the token is never exposed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeToken } from "../../../www/simulator/index.mjs";
import { client, connected, deferred, FAST, isArdexaError, refused, simulator, turn, until } from "./lib/support.mjs";
import { rawServer } from "./lib/raw-server.mjs";

/**
 * A client with this token, and its simulator; `used` has the tokens that the server accepted.
 * @param {import("node:test").TestContext} t @param {any} token possibly invalid
 * @param {import("../../../www/simulator/options.mjs").SimulatorOptions
 *   & Pick<import("ardexa-client").ClientOptions, "connectTimeoutMs" | "reconnect">} [options]
 */
async function withToken(t, token, { connectTimeoutMs, reconnect, ...simOptions } = {}) {
  /** @type {string[]} */
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

/** @type {[how: string, answer: (token: string) => string | Promise<string>][]} */
const ANSWERS = [
  ["immediately", (token) => token],
  ["as a promise", async (token) => token],
  ["late", (token) => new Promise((resolve) => setTimeout(resolve, 20, token))],
];

for (const [how, answer] of ANSWERS) {
  test(`a function that returns ${how} is called before every attempt`, async (t) => {
    let calls = 0;
    const { sim, used, client: it, diary } = await withToken(t, () => answer(`token-${++calls}`));
    for (let n = 1; n <= 50; n++) sim.acceptTokens.set(`token-${n}`, "control");
    await it.connect();
    sim.dropAll();
    await diary.count("connect", 2);
    await sim.stop();
    await diary.count("connect_error", 1);
    await sim.listen();
    await diary.count("connect", 3);
    const attempts = 3 + diary.of("connect_error").length;
    assert.equal(calls, attempts, "once for each attempt, including those that found no server");
    assert.deepEqual(used, ["token-1", "token-2", `token-${attempts}`]);
  });
}

test("concurrent connect() calls call the function once and share one attempt", async (t) => {
  let calls = 0;
  const { sim, client: it } = await withToken(t, () => (calls++, sim.token));
  await Promise.all(Array.from({ length: 20 }, () => it.connect()));
  await it.connect();
  assert.equal(calls, 1);
  assert.equal(sim.stats().connections, 1);
});

test("a function may call methods of the client", async (t) => {
  const { sim, client: it } = await withToken(t, () => {
    void it.connect().catch(() => {});
    it.reconnectNow();
    return sim.token;
  });
  await it.connect();
  assert.equal(sim.stats().connections, 1);
});

/** @type {[what: string, fail: () => Promise<string>][]} */
const FAILURES = [
  [
    "throws",
    () => {
      throw new RangeError("no token today");
    },
  ],
  ["rejects", () => Promise.reject(new RangeError("no token today"))],
];

for (const [what, fail] of FAILURES) {
  test(`a function that ${what}: connect() rejects with the cause; later attempts call it again`, async (t) => {
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
    // Broken again during a reconnection: the client keeps trying.
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
  test(`a function that returns ${wrong instanceof Promise ? "a promise of 1" : JSON.stringify(wrong)}: a clear error`, async (t) => {
    const { client: it, sim } = await withToken(t, () => wrong);
    const error = await refused(it.connect(), "invalid-argument");
    assert.match(error.message, /token.*string/s);
    assert.equal(sim.stats().refused, 0, "nothing was sent to the server");
  });
}

test(
  "a function that never settles: connectTimeoutMs ends the attempt, and the next one calls it again",
  { timeout: 60_000 },
  async (t) => {
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
      { connectTimeoutMs: 1_500, reconnect: { ...FAST, firstConnect: true } },
    );
    const connecting = it.connect();
    await diary.count("connect_error", 1);
    const [{ error, willRetry }] = diary.of("connect_error");
    isArdexaError(error, "timeout");
    assert.match(error.message, /token function.*1500 ms/);
    assert.equal(willRetry, true);
    await until(() => answers.length === 2, "the second attempt to call the function");
    answers[0].resolve("stale"); // the late result of the first call
    answers[1].resolve(sim.token);
    await connecting;
    assert.deepEqual(used, [sim.token]);
    assert.equal(sim.stats().refused, 0, "the stale token was never sent");
    assert.equal(diary.of("connect_error").length, 1);
  },
);

test("a late token from an attempt before a drop or a close is dropped", async (t) => {
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
  assert.equal(sim.stats().refused, 0, "the old token opened nothing");
});

test("after a refusal, a token function gets one retry with a fresh token", async (t) => {
  let calls = 0;
  const { sim, used, client: it, diary } = await withToken(t, () => (++calls === 1 ? "revoked" : sim.token));
  await it.connect();
  assert.equal(calls, 2);
  assert.deepEqual(used, [sim.token]);
  assert.deepEqual(
    diary.entries.map(({ name, attempt, willRetry }) => [name, attempt, willRetry]),
    [
      ["connect_error", 1, true],
      ["connect", 2, undefined],
    ],
  );
});

test("two refusals are final: connect() rejects with the server's data, and the client is closed", async (t) => {
  let calls = 0;
  const { sim, client: it, diary } = await withToken(t, () => `wrong-${++calls}`);
  const error = await refused(it.connect(), "unauthorized", { data: { code: 401, reason: "token invalid" } });
  assert.match(error.message, /Authentication failed/);
  assert.equal(calls, 2);
  assert.equal(sim.stats().refused, 2);
  assert.equal(it.state, "closed");
  assert.deepEqual(
    diary.of("connect_error").map(({ willRetry }) => willRetry),
    [true, false],
  );
  await refused(it.connect(), "unauthorized");
  assert.equal(calls, 4, "a new connect() has its own retry");
});

test("a refused string is not retried", async (t) => {
  const { sim, client: it, diary } = await withToken(t, "wrong", { reconnect: { ...FAST, firstConnect: true } });
  await refused(it.connect(), "unauthorized", { data: { code: 401, reason: "token invalid" } });
  assert.equal(sim.stats().refused, 1);
  assert.deepEqual(
    diary.of("connect_error").map(({ willRetry }) => willRetry),
    [false],
  );
});

test("a token replaced while the server was down: a function returns the new one, a string is refused", async (t) => {
  const { sim, client: it, diary } = await withToken(t, () => sim.token);
  const fixed = await connected(t, sim);
  await it.connect();
  const next = makeToken({ subject: "next" });
  await Promise.all([sim.restart({ downMs: 30 }), sim.setToken(next)]);
  await diary.count("connect", 2);
  await until(() => fixed.client.state === "closed", "the client with the string to give up");
  const last = fixed.diary.entries.at(-1);
  assert.deepEqual([last.name, last.willRetry, last.error.code], ["connect_error", false, "unauthorized"]);
  await refused(fixed.client.cmd(sim.devices[0].id, "uptime"), "closed");
});

test("a refusal during a reconnection gets its retry too", async (t) => {
  let stale = false;
  const {
    sim,
    client: it,
    diary,
  } = await withToken(t, () => {
    const token = stale ? "revoked" : sim.token;
    stale = false;
    return token;
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

test("the error of an expired token says so", async (t) => {
  const token = makeToken({ issuedMs: Date.now() - 86_400_000, expiresMs: Date.now() - 3 * 3_600_000 - 5_000 });
  const { sim, client: it } = await withToken(t, token);
  sim.acceptTokens.set(token, "control");
  const error = await refused(it.connect(), "unauthorized", { data: { code: 401, reason: "token expired" } });
  assert.match(error.message, /expired 3 hours ago/);
});

for (const refusal of /** @type {const} */ (["disconnect", "http"])) {
  test(`a server that refuses by ${refusal} is recognized as far as possible`, async (t) => {
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

test("no error, event or frame contains the token, whatever fails", async (t) => {
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
  assert.ok(errors.length >= 6, `only ${errors.length} errors`);
  assert.ok(frames.length >= 2, "too few frames");
  const seen = [
    ...frames,
    ...errors.map((error) => [error.message, error.stack, JSON.stringify(error), String(error.cause)].join(" ")),
  ].join("\n");
  for (const form of [token, encodeURIComponent(token), "tok/en"])
    assert.ok(!seen.includes(form), `the token is exposed as ${form}: ${seen}`);
  assert.equal(server.links[0].query.get("token"), token, "the server receives it unchanged");
});
