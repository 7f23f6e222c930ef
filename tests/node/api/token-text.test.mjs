// A badly copied token, with white space, a byte-order mark or quotes: an `invalid-argument` that says which, before
// anything is opened, and never shows the token.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { AT_ONCE, client, simulator } from "../lib/cloud.mjs";
import { ArdexaClient, connect, required } from "../lib/consumer.mjs";
import { rejects, throws } from "../lib/errors.mjs";
import { collect, LIMIT, next } from "../lib/until.mjs";

const TOKEN = "s3cretTokenOfTheTest.abc-123_xyz";
const GOOD = Object.freeze({ url: "http://127.0.0.1:9", workgroup: "w" });

const SPACE = /white ?space|space/i;
const AT_THE_START = /\b(begin|start|lead|first|front)/i;
const AT_THE_END = /\b(end|trail|last)/i;
const INSIDE = /\b(inside|within|middle|between|in it|contain)/i;
const NEWLINE = /newline|line break|line feed/i;

/** The defect, the token, and what the message must say. @type {[string, string, RegExp[]][]} */
const MANGLED = [
  ["a space before it", ` ${TOKEN}`, [SPACE, AT_THE_START]],
  ["a tab before it", `\t${TOKEN}`, [/space|tab/i, AT_THE_START]],
  ["a line before it", `\n${TOKEN}`, [/space|newline|line/i, AT_THE_START]],
  ["a space after it", `${TOKEN} `, [SPACE, AT_THE_END]],
  ["a no-break space after it", `${TOKEN}\u00a0`, [SPACE, AT_THE_END]],
  ["an ideographic space after it", `${TOKEN}\u3000`, [SPACE, AT_THE_END]],
  ["a file's final newline", `${TOKEN}\n`, [NEWLINE, AT_THE_END, /\bfile/i]],
  ["a Windows line ending", `${TOKEN}\r\n`, [NEWLINE, AT_THE_END, /\bfile/i]],
  ["two of them", `${TOKEN}\n\n`, [/space|newline|line/i, AT_THE_END]],
  ["space at either end", ` ${TOKEN} `, [SPACE]],
  ["a space inside", `${TOKEN} ${TOKEN}`, [SPACE, INSIDE]],
  ["a line break inside", `${TOKEN}\n${TOKEN}`, [/space|newline|line/i, INSIDE]],
  ["a tab inside", `Bearer\t${TOKEN}`, [/space|tab/i, INSIDE]],
  ["a scheme before it", `Bearer ${TOKEN}`, [SPACE, INSIDE]],
  ["a byte-order mark", `\ufeff${TOKEN}`, [/byte[- ]order mark/i]],
  ["a byte-order mark and a final newline", `\ufeff${TOKEN}\n`, [/byte[- ]order mark|newline|line break/i]],
  ["double quotes", `"${TOKEN}"`, [/quot/i]],
  ["single quotes", `'${TOKEN}'`, [/quot/i]],
  ["quotes and a final newline", `"${TOKEN}"\n`, [/quot|newline|line break/i]],
  ["only white space", " \n\t", [/space|empty/i]],
];

/** Asserts that an error names the defect and shows no part of the token. */
function assertSays(error, what, wanted) {
  assert.match(error.message, /^token: /, what);
  for (const part of wanted) assert.match(error.message, part, what);
  assertSecret(error, what);
}

function assertSecret(error, what) {
  for (const text of [
    error.message,
    String(error.stack),
    inspect(error, { depth: Infinity, showHidden: true }),
    JSON.stringify(error),
  ]) {
    // Not even a part of it.
    for (let at = 0; at + 6 <= TOKEN.length; at++)
      assert.ok(!text.includes(TOKEN.slice(at, at + 6)), `${what}: the error shows the token: ${text}`);
  }
}

for (const [what, token, wanted] of MANGLED) {
  test(`${what}: the constructor reports it`, LIMIT, async () => {
    assertSays(
      throws(() => new ArdexaClient({ ...GOOD, token }), "invalid-argument"),
      what,
      wanted,
    );
    assertSays(
      throws(() => new required.ArdexaClient({ ...GOOD, token }), "invalid-argument"),
      what,
      wanted,
    );
    assertSays(await rejects(connect({ ...GOOD, token }), "invalid-argument"), what, wanted);
  });

  for (const [kind, make] of Object.entries({
    "a function": (text) => () => text,
    "an async function": (text) => async () => text,
  })) {
    test(`${what}, from ${kind}: connect() and connect_error report it, nothing is opened`, LIMIT, async (t) => {
      const sim = await simulator(t);
      const made = client(t, sim, { token: make(token) });
      const failures = collect(made, "connect_error");
      assertSays(await rejects(made.connect(), "invalid-argument"), what, wanted);
      assert.equal(failures.length, 1);
      assertSays(failures[0].error, what, wanted);
      assert.equal(failures[0].willRetry, false);
      assert.equal(made.state, "closed");
      assert.equal(sim.io.engine.clientsCount, 0);
      assert.equal(sim.stats().connections, 0);
    });
  }
}

test("a function that returns it at a reconnection: like any other invalid token", LIMIT, async (t) => {
  const outcomes = [];
  for (const bad of /** @type {any[]} */ ([7, `${TOKEN}\n`])) {
    const sim = await simulator(t);
    let asked = 0;
    const made = client(t, sim, {
      token: () => (asked++ === 0 ? sim.token : bad),
      reconnect: { ...AT_ONCE, maxAttempts: 1 },
    });
    await made.connect();
    const failed = next(made, "connect_error");
    sim.dropAll();
    const { error, willRetry } = await failed;
    outcomes.push({ code: error.code, willRetry, state: made.state, asked });
    assertSecret(error, "the error");
    if (bad !== 7) assertSays(error, "a final newline", [NEWLINE]);
  }
  assert.deepEqual(outcomes[1], outcomes[0]);
  assert.equal(outcomes[0].code, "invalid-argument");
});

test("unusual but valid tokens", LIMIT, async (t) => {
  for (const token of ["a", "ü€☀", `a"b'c`, "a=b+c/d==", "a.b.c", "%20", "\u{1F600}", "\\n", "&token=x#y?z"]) {
    const sim = await simulator(t);
    sim.setToken(token);
    for (const given of [token, () => token, async () => token]) {
      const made = client(t, sim, { token: given });
      await made.connect();
      assert.equal(made.state, "connected", token);
      await made.close();
    }
  }
});
