/** The message and the exit code for each error of the package. */
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { folder } from "../lib/consumer.mjs";

const { EXIT, exitCodeOf, failureLine, sentenceFor, spoken } = await import(
  pathToFileURL(join(folder, "node_modules", "ardexa-client", "cli", "exit.js")).href
);
const error = (code, message, more = {}) => Object.assign(new Error(message), { code, ...more });

for (const [thrown, sentence, exitCode] of [
  [
    error(
      "unreachable",
      "cannot reach h (no answer); check the URL, the network and the token (a browser cannot tell)",
    ),
    "cannot reach h (no answer); check the URL, the network and the token",
    EXIT.unreachable,
  ],
  [
    error(
      "unreachable",
      "cannot reach h (connect ECONNREFUSED); nothing is listening there; check the host and port of `url`",
    ),
    "cannot reach h (connect ECONNREFUSED); nothing is listening there; check the host and port of --url",
    EXIT.unreachable,
  ],
  [
    error("unreachable", "cannot reach h (no endpoint); check `path` and `url`", { status: 404 }),
    "cannot reach h (no endpoint); check --path and --url",
    EXIT.unreachable,
  ],
  [
    error("unreachable", "cannot reach h (the server answered the handshake with 403); check the token", {
      status: 403,
    }),
    "cannot reach h (the server answered the handshake with 403); check the workgroup, and put a new token in ARDEXA_TOKEN",
    EXIT.refused,
  ],
  [
    error("unreachable", "cannot reach h (Unexpected server response: 401); check the URL"),
    "cannot reach h (Unexpected server response: 401); check the workgroup, and put a new token in ARDEXA_TOKEN",
    EXIT.refused,
  ],
  [
    error("timeout", "no acceptance by the server within 5 ms; connectTimeoutMs sets how long to wait"),
    "no acceptance by the server within 5 ms; --connect-timeout sets how long to wait",
    EXIT.timeout,
  ],
  [
    error("timeout", "device:cmd: no reply within 5 ms; timeoutMs sets how long to wait", { event: "device:cmd" }),
    "no reply within 5 ms; --timeout sets how long to wait",
    EXIT.timeout,
  ],
  [
    error(
      "unauthorized",
      "the server refused the connection; its answer is in `data`; check the token and the workgroup",
      { data: { why: "$&" } },
    ),
    'the server refused the connection; its answer is {"why":"$&"}; check the workgroup, and put a new token in ARDEXA_TOKEN',
    EXIT.refused,
  ],
  [
    error("invalid-argument", "request.table: must be a non-empty string"),
    "--table must be a non-empty string",
    EXIT.usage,
  ],
  [
    error("invalid-argument", "url: must not contain a path; pass it as `path`"),
    "the URL (--url, ARDEXA_URL or the profile) must not contain a path; pass it as --path",
    EXIT.usage,
  ],
  [
    error("rejected", "device:cmd: Use `url` and `path`", { event: "device:cmd", data: "x" }),
    "Use `url` and `path`",
    EXIT.failed,
  ],
]) {
  test(`${thrown.code}: ${thrown.message}`, () => {
    assert.equal(sentenceFor(thrown), sentence);
    assert.equal(exitCodeOf(thrown), exitCode);
    assert.doesNotMatch(JSON.stringify(failureLine("d", thrown)), /timeoutMs|TimeoutMs|request\.table/);
  });
}

test("an error names the proxy in use", () => {
  const at = { proxy: "p:3128" };
  assert.equal(
    sentenceFor(error("unreachable", "cannot reach h (x); check the URL, the network and the token (a browser)"), at),
    "cannot reach h (x), through the proxy p:3128; check the URL, the network and the token",
  );
  assert.equal(sentenceFor(error("unreachable", "cannot reach h"), at), "cannot reach h, through the proxy p:3128");
});

test("other errors are left unchanged or reported as bugs", () => {
  assert.equal(spoken(new Error("`url` timeoutMs")), "`url` timeoutMs");
  assert.match(sentenceFor(new TypeError("x is not a function")), /bug in ardexa-client, please report it/);
});
