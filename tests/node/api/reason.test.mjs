// The reason why a WebSocket could not connect, read from its error event. Tests with real servers: tests/packaging.
import assert from "node:assert/strict";
import { test } from "node:test";
import { explain } from "../../../pkg-template/node-reason.js";

const error = (message, fields = {}) => Object.assign(new Error(message), fields);
const refused = error("connect ECONNREFUSED ::1:8080", { code: "ECONNREFUSED" });

test("an event without details has no reason, and does not throw", () => {
  for (const event of [
    undefined,
    null,
    {},
    new Event("error"),
    { message: "", error: null },
    { message: 3, error: "x" },
  ]) {
    assert.deepEqual(explain(event), { reason: undefined, hint: undefined, status: undefined, cause: undefined });
  }
});

test("the error of the first of several addresses counts, and the cause of a wrapper", () => {
  for (const wrapped of [
    new AggregateError([refused, error("other")], ""),
    new TypeError("fetch failed", { cause: refused }),
  ]) {
    const { reason, hint, cause } = explain({ error: wrapped });
    assert.equal(cause, refused);
    assert.equal(reason, refused.message);
    assert.match(hint, /host and port of `url`/);
  }
});

test("an OpenSSL dump is reduced to one line", () => {
  const dump =
    "80ECA269817F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/openssl/ssl/record/ssl3_record.c:354:\n";
  const { reason, hint } = explain({ error: error(dump, { code: "ERR_SSL_WRONG_VERSION_NUMBER" }) });
  assert.equal(reason, "TLS: wrong version number (ERR_SSL_WRONG_VERSION_NUMBER)");
  assert.match(hint, /scheme/);
});

test("a long reason is truncated, and one with several lines is reduced to the first", () => {
  assert.equal(explain({ message: `${"x".repeat(500)}\nsecond` }).reason.length, 200);
  assert.equal(explain({ message: "first\r\nsecond" }).reason, "first");
});

test("a redirect names its target, without the query, which contains the token", () => {
  const known = {
    status: 308,
    statusText: "Permanent Redirect",
    location: "https://elsewhere.example:8443/a/?token=secret#b",
  };
  const { reason, hint, status, cause } = explain({ error: error("Unexpected server response: 308") }, known);
  assert.equal(reason, "the server answered the handshake with 308 Permanent Redirect");
  assert.match(hint, /https:\/\/elsewhere\.example:8443\/a\/; /);
  assert.doesNotMatch(hint, /secret/);
  assert.equal(status, 308);
  assert.equal(/** @type {any} */ (cause).status, 308);
  for (const location of ["/relative?token=secret", "", undefined])
    assert.match(explain({}, { status: 301, location }).hint, /^the server redirects; /);
});

for (const [maker, message] of [
  ["ws", "Unexpected server response: 401"],
  ["Bun", "WebSocket connection to 'wss://a.example/?token=secret' failed: Expected 101 status code: 401"],
  ["Deno", "NetworkError: failed to connect to WebSocket: Invalid status code: 401"],
]) {
  test(`the status is read from the message of ${maker} if the event has nothing else; the token never appears`, () => {
    const explained = explain({ message, error: error(message) });
    assert.equal(explained.status, 401);
    assert.match(explained.hint, /token/);
    assert.doesNotMatch(JSON.stringify([explained, String(/** @type {any} */ (explained.cause).stack)]), /secret/);
  });
}

test("a number in another message is not a status", () => {
  assert.equal(explain({ message: "connect ETIMEDOUT 10.0.0.1:401" }).status, undefined);
});

test("if a host or port other than the URL's refuses, the proxy is to blame", () => {
  const lost = error("getaddrinfo ENOTFOUND proxy.example", { code: "ENOTFOUND", hostname: "proxy.example" });
  const dead = error("connect ECONNREFUSED 10.0.0.1:3128", { code: "ECONNREFUSED", address: "10.0.0.1", port: 3128 });
  const denied = error("Proxy response (407) !== 200 when HTTP Tunneling", { code: "UND_ERR_ABORTED" });
  const hintOf = (given, url) => explain({ error: given, target: { url } }).hint;
  for (const given of [lost, dead, denied]) assert.match(hintOf(given, "wss://cloud.example/"), /the proxy's address/);
  assert.match(hintOf(dead, "ws://cloud.example:3128/"), /host and port of `url`/);
  assert.match(hintOf(lost, "ws://proxy.example/"), /host in `url`/);
  for (const port of [443, undefined])
    assert.match(
      hintOf(error("connect ECONNREFUSED", { code: "ECONNREFUSED", port }), "wss://cloud.example/"),
      /host and port of `url`/,
    );
  for (const url of [undefined, "", "no URL", 3]) assert.match(hintOf(dead, url), /host and port of `url`/);
});
