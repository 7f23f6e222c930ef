/** `listDevices`: every failure is one error with a code and advice, and never contains the token. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import { ArdexaError } from "../lib/consumer.mjs";
import { simulator } from "../lib/cloud.mjs";
import { closedAddress } from "../lib/refusing.mjs";
import { LIMIT, until } from "../lib/until.mjs";
import { answering, GIVEN, listDevices, read, server, TOKEN } from "./lib/catalog.mjs";

/** @typedef {NonNullable<Parameters<typeof simulator>[1]>["directory"]} DirectoryAnswer */

/** @param {Promise<unknown>} promise @param {string} code @param {RegExp} message */
async function fails(promise, code, message) {
  const error = await promise.then(
    (value) => assert.fail(`it resolved: ${inspect(value)}`),
    (thrown) => thrown,
  );
  assert.ok(error instanceof ArdexaError, inspect(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
  const shown = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error) + error.stack;
  assert.ok(!shown.includes(TOKEN), "the token is in the error");
  return error;
}

for (const [directory, code, message, status] of /** @type {[DirectoryAnswer, string, RegExp, number?][]} */ ([
  ["none", "rejected", /status 404: no such list; check `url` and `workgroup`/, 404],
  ["html", "protocol", /returned HTML instead of JSON/],
  ["unauthorized", "unauthorized", /status 401 \(Unauthorized\): the token was refused/, 401],
  ["forbidden", "unauthorized", /status 403 \(Forbidden\): the token is not permitted to list the devices/, 403],
  ["not-found", "rejected", /status 404 \(Not found\)/, 404],
  ["error", "rejected", /status 500: the request failed; try again later/, 500],
  ["hang", "timeout", /no response within 50 ms; timeoutMs sets/],
])) {
  test(`a simulated cloud: ${directory}`, LIMIT, async (t) => {
    const sim = await simulator(t, { directory, token: TOKEN });
    const timeoutMs = directory === "hang" ? 50 : undefined;
    const error = await fails(listDevices({ ...GIVEN, url: sim.url, workgroup: "demo", timeoutMs }), code, message);
    assert.equal(/** @type {any} */ (error.data)?.status, status);
  });
}

test("no server", LIMIT, async (t) => {
  const { url } = await closedAddress(t);
  const error = await fails(
    listDevices({ ...GIVEN, url }),
    "unreachable",
    /could not be fetched: connect ECONNREFUSED .*; check the network and `url`$/,
  );
  assert.ok(error.cause);
});

test("a server that cuts the response off, or never finishes it", LIMIT, async (t) => {
  const url = await server(t, (_request, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("[{");
    setImmediate(() => response.destroy());
  });
  await fails(listDevices({ ...GIVEN, url }), "unreachable", /could not be fetched/);
  const slow = await server(t, (_request, response) => void response.writeHead(200).write("["));
  await fails(listDevices({ ...GIVEN, url: slow, timeoutMs: 50 }), "timeout", /no response within 50 ms/);
});

for (const [name, body, message] of /** @type {[string, string, RegExp][]} */ ([
  ["an empty body", "", /returned an empty body instead of JSON/],
  ["a word", "hello", /returned text instead of JSON/],
  ["half of a list", '[{"id": "a"', /returned text instead/],
  ["a number", "5", /unexpected format/],
  ["null", "null", /unexpected format/],
  ["another object", '{"message":"hello"}', /unexpected format/],
  ["an empty object", "{}", /unexpected format/],
  ["HTML after a space", " \n<html>", /HTML/],
])) {
  test(`not a list: ${name}`, LIMIT, async () => void (await fails(read(body), "protocol", message)));
}

test("a byte-order mark before the JSON is accepted", LIMIT, async () => {
  assert.deepEqual(await read("\ufeff[]"), { devices: [], issues: [] });
});

test("the server's message is in the error's message and data, without the token", LIMIT, async () => {
  for (const body of [
    { message: `no ${TOKEN}\n\u001b[31m!` },
    { error: { message: `no ${TOKEN}` } },
    { error: `no ${TOKEN}` },
  ]) {
    const error = await fails(read(body, { status: 418 }), "rejected", /status 418 \(no \[token\]/);
    assert.doesNotMatch(error.message, /[\u0000-\u001f]/);
    assert.equal(/** @type {any} */ (error.data).status, 418);
  }
  await fails(read(`<p>${TOKEN}`, { status: 500 }), "rejected", /status 500: the request failed/);
});

test("an error thrown by a custom fetch is the cause, unless it contains the token", LIMIT, async () => {
  const plain = new TypeError("Failed to fetch");
  const failing = (thrown) => listDevices({ ...GIVEN, fetch: () => Promise.reject(thrown) });
  assert.equal((await fails(failing(plain), "unreachable", /could not be fetched: Failed to fetch; /)).cause, plain);
  const circular = Object.assign(new Error("x"), { config: {} });
  circular.config = circular;
  for (const leaking of [
    new Error(TOKEN),
    new Error("a", { cause: new Error(TOKEN) }),
    Object.assign(new Error("b"), { config: { headers: [TOKEN] } }),
    TOKEN,
    circular,
  ]) {
    assert.equal((await fails(failing(leaking), "unreachable", /could not be fetched/)).cause, undefined);
  }
  await fails(listDevices({ ...GIVEN, fetch: () => undefined }), "unreachable", /could not be fetched/);
});

test("in a page of another origin, the message mentions CORS, which the browser hides", LIMIT, async (t) => {
  Object.defineProperty(globalThis, "location", { value: { origin: "https://page.example" }, configurable: true });
  t.after(() => Reflect.deleteProperty(globalThis, "location"));
  const refused = (url) =>
    listDevices({ ...GIVEN, url, fetch: () => Promise.reject(new TypeError("Failed to fetch")) });
  await fails(
    refused("https://cloud.example"),
    "unreachable",
    /also check that the cloud allows this page's origin \(CORS\), and that the page's .*connect-src\)$/,
  );
  const own = await fails(refused("https://page.example"), "unreachable", /check the network/);
  assert.doesNotMatch(own.message, /CORS/);
});

test("a signal aborts the call before and during the request; nothing is sent before", LIMIT, async (t) => {
  const fetch = answering([]);
  const reason = new Error("enough");
  const early = await fails(
    listDevices({ ...GIVEN, fetch, signal: AbortSignal.abort(reason) }),
    "aborted",
    /aborted by its signal/,
  );
  assert.deepEqual([early.cause, fetch.calls.length], [reason, 0]);
  const open = [];
  const url = await server(t, (request) => {
    open.push(request);
    request.on("close", () => open.pop());
  });
  const controller = new AbortController();
  const pending = fails(
    listDevices({ ...GIVEN, url, signal: controller.signal, timeoutMs: Infinity }),
    "aborted",
    /aborted by its signal/,
  );
  await until(() => open.length === 1, "the request to arrive");
  controller.abort(reason);
  assert.equal((await pending).cause, reason);
  await until(() => open.length === 0, "the request to be cut");
});

test("a fetch or token function that never settles times out", LIMIT, async () => {
  const never = () => new Promise(() => {});
  await fails(listDevices({ ...GIVEN, fetch: never, timeoutMs: 10 }), "timeout", /within 10 ms/);
  await fails(listDevices({ ...GIVEN, token: never, timeoutMs: 10 }), "timeout", /within 10 ms/);
});

test("the token function: its error is the cause, and its result is checked", LIMIT, async () => {
  const cause = new Error("the vault is locked");
  const thrown = await fails(
    listDevices({ ...GIVEN, token: () => Promise.reject(cause) }),
    "unauthorized",
    /the token function failed/,
  );
  assert.equal(thrown.cause, cause);
  await fails(
    listDevices({ ...GIVEN, token: () => /** @type {any} */ (5) }),
    "invalid-argument",
    /^token: must be a non-empty string/,
  );
});

for (const [name, wrong, message] of /** @type {[string, unknown, RegExp][]} */ ([
  ["no options", undefined, /^url: /],
  ["options that are a string", "x", /^options: must be an object/],
  ["no url", { url: undefined }, /^url: must be the cloud's base URL/],
  ["an invalid url", { url: "cloud" }, /^url: must be the cloud's base URL/],
  ["a path in the url", { url: "https://h/x" }, /^url: must have no path, query or credentials/],
  ["a query", { url: "https://h/?a" }, /^url: must have no path, query or credentials/],
  ["a password in the url", { url: `https://u:${TOKEN}@h` }, /^url: must have no path, query or credentials/],
  ["ftp", { url: "ftp://h" }, /^url: must begin with https:/],
  ["http to another machine", { url: "http://cloud.example" }, /^url: http: would send the token unencrypted/],
  ["ws to another machine", { url: "ws://127.evil.example" }, /unencrypted/],
  ["no workgroup", { workgroup: " " }, /^workgroup: /],
  ["a workgroup of ..", { workgroup: ".." }, /^workgroup: /],
  ["no token", { token: "" }, /^token: must be a non-empty string/],
  ["a token with a line break", { token: `${TOKEN}\n` }, /^token: must contain only printable ASCII/],
  [
    "a token with a character that headers do not allow",
    { token: `${TOKEN}é` },
    /^token: must contain only printable ASCII/,
  ],
  ["a time limit of 0", { timeoutMs: 0 }, /^timeoutMs: must be a number greater than 0/],
  ["a time limit that is a string", { timeoutMs: "5" }, /^timeoutMs: /],
  ["an invalid signal", { signal: {} }, /^signal: must be an AbortSignal/],
  ["an invalid fetch", { fetch: 5 }, /^fetch: must be a function/],
])) {
  test(`invalid argument: ${name}`, LIMIT, async () => {
    const fetch = answering([]);
    const options = typeof wrong === "object" ? { ...GIVEN, fetch, ...wrong } : wrong;
    await fails(listDevices(/** @type {any} */ (options)), "invalid-argument", message);
    assert.equal(fetch.calls.length, 0);
  });
}

test("http to another machine, if permitted", LIMIT, async () => {
  const fetch = answering([]);
  await listDevices({ ...GIVEN, url: "http://cloud.example", allowInsecure: true, fetch });
  assert.equal(fetch.calls[0].url, "http://cloud.example/api/v1/devices/w");
});

test("the token is not sent along with a redirect to another origin", LIMIT, async (t) => {
  const headers = [];
  const other = await server(t, (request, response) => {
    headers.push(request.headers.authorization);
    response.end("<html>sign in</html>");
  });
  const url = await server(t, (_request, response) => response.writeHead(302, { location: other }).end());
  await fails(listDevices({ ...GIVEN, url }), "protocol", /returned HTML/);
  assert.deepEqual(headers, [undefined]);
});
