/** `listDevices`: every way to fail is one error with a code, says what to do, and never has the token in it. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import { ArdexaError } from "../lib/consumer.mjs";
import { simulator } from "../lib/cloud.mjs";
import { LIMIT, until } from "../lib/until.mjs";
import { answering, GIVEN, listDevices, read, server, TOKEN } from "./lib/catalog.mjs";

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

for (const [directory, code, message, status] of [
  ["none", "rejected", /status 404: there is no such list; check `url` and `workgroup`/, 404],
  ["html", "protocol", /answered HTML, a page for people, in place of JSON/],
  ["unauthorized", "unauthorized", /status 401 \(Unauthorized\): the token was refused/, 401],
  ["forbidden", "unauthorized", /status 403 \(Forbidden\): the token may not list the devices/, 403],
  ["not-found", "rejected", /status 404 \(Not found\)/, 404],
  ["error", "rejected", /status 500: the cloud failed; try again later/, 500],
  ["hang", "timeout", /no answer within 50 ms; timeoutMs sets/],
]) {
  test(`a simulated cloud: ${directory}`, LIMIT, async (t) => {
    const sim = await simulator(t, { directory, token: TOKEN });
    const timeoutMs = directory === "hang" ? 50 : undefined;
    const error = await fails(listDevices({ ...GIVEN, url: sim.url, workgroup: "demo", timeoutMs }), code, message);
    assert.equal(error.data?.status, status);
  });
}

test("no server", LIMIT, async (t) => {
  const sim = await simulator(t);
  await sim.close();
  const error = await fails(
    listDevices({ ...GIVEN, url: sim.url }),
    "unreachable",
    /could not be read: connect ECONNREFUSED .*; check the network and `url`$/,
  );
  assert.ok(error.cause);
});

test("a server that cuts the answer off, or sends none of it", LIMIT, async (t) => {
  const url = await server(t, (_request, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("[{");
    setImmediate(() => response.destroy());
  });
  await fails(listDevices({ ...GIVEN, url }), "unreachable", /could not be read/);
  const slow = await server(t, (_request, response) => void response.writeHead(200).write("["));
  await fails(listDevices({ ...GIVEN, url: slow, timeoutMs: 50 }), "timeout", /no answer within 50 ms/);
});

for (const [name, body, message] of [
  ["nothing", "", /answered nothing in place of JSON/],
  ["a text", "hello", /answered something else in place of JSON/],
  ["half of it", '[{"id": "a"', /something else/],
  ["a number", "5", /another form/],
  ["null", "null", /another form/],
  ["an object of something else", '{"message":"hello"}', /another form/],
  ["an empty object", "{}", /another form/],
  ["HTML with a space before it", " \n<html>", /HTML/],
]) {
  test(`not a list: ${name}`, LIMIT, () => fails(read(body), "protocol", message));
}

test("a mark of the byte order before the JSON is no failure", LIMIT, async () => {
  assert.deepEqual(await read("\ufeff[]"), { devices: [], issues: [] });
});

test("the server's own words are in the message and in data, without the token", LIMIT, async () => {
  for (const body of [
    { message: `no ${TOKEN}\n\u001b[31m!` },
    { error: { message: `no ${TOKEN}` } },
    { error: `no ${TOKEN}` },
  ]) {
    const error = await fails(read(body, { status: 418 }), "rejected", /status 418 \(no \[token\]/);
    assert.doesNotMatch(error.message, /[\u0000-\u001f]/);
    assert.equal(error.data.status, 418);
  }
  await fails(read(`<p>${TOKEN}`, { status: 500 }), "rejected", /status 500: the cloud failed/);
});

test("what a fetch of one's own throws is the cause, unless it has the token in it", LIMIT, async () => {
  const plain = new TypeError("Failed to fetch");
  const failing = (thrown) => listDevices({ ...GIVEN, fetch: () => Promise.reject(thrown) });
  assert.equal((await fails(failing(plain), "unreachable", /could not be read: Failed to fetch; /)).cause, plain);
  const circular = Object.assign(new Error("x"), { config: {} });
  circular.config = circular;
  for (const leaking of [
    new Error(TOKEN),
    new Error("a", { cause: new Error(TOKEN) }),
    Object.assign(new Error("b"), { config: { headers: [TOKEN] } }),
    TOKEN,
    circular,
  ]) {
    assert.equal((await fails(failing(leaking), "unreachable", /could not be read/)).cause, undefined);
  }
  await fails(listDevices({ ...GIVEN, fetch: () => undefined }), "unreachable", /could not be read/);
});

test("in a page of another origin, the message names CORS, which the browser hides", LIMIT, async (t) => {
  Object.defineProperty(globalThis, "location", { value: { origin: "https://page.example" }, configurable: true });
  t.after(() => Reflect.deleteProperty(globalThis, "location"));
  const refused = (url) =>
    listDevices({ ...GIVEN, url, fetch: () => Promise.reject(new TypeError("Failed to fetch")) });
  await fails(
    refused("https://cloud.example"),
    "unreachable",
    /does not permit pages of this origin to read the list \(CORS\), or the page's own .*connect-src\)$/,
  );
  const own = await fails(refused("https://page.example"), "unreachable", /check the network/);
  assert.doesNotMatch(own.message, /CORS/);
});

test("a signal gives up, before and while; nothing is sent before", LIMIT, async (t) => {
  const fetch = answering([]);
  const reason = new Error("enough");
  const early = await fails(listDevices({ ...GIVEN, fetch, signal: AbortSignal.abort(reason) }), "aborted", /given up/);
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
    /given up/,
  );
  await until(() => open.length === 1, "the request to arrive");
  controller.abort(reason);
  assert.equal((await pending).cause, reason);
  await until(() => open.length === 0, "the request to be cut");
});

test("a fetch or a token function that never settles ends in time", LIMIT, async () => {
  const never = () => new Promise(() => {});
  await fails(listDevices({ ...GIVEN, fetch: never, timeoutMs: 10 }), "timeout", /within 10 ms/);
  await fails(listDevices({ ...GIVEN, token: never, timeoutMs: 10 }), "timeout", /within 10 ms/);
});

test("the token function: what it throws is the cause, what it gives is checked", LIMIT, async () => {
  const cause = new Error("the vault is shut");
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

for (const [name, wrong, message] of [
  ["no options", undefined, /^url: /],
  ["options that are a text", "x", /^options: must be an object/],
  ["no url", { url: undefined }, /^url: must be the cloud's base URL/],
  ["a url that is none", { url: "cloud" }, /^url: must be the cloud's base URL/],
  ["a path in the url", { url: "https://h/x" }, /^url: must be host and port alone/],
  ["a query", { url: "https://h/?a" }, /^url: must be host and port alone/],
  ["a password in the url", { url: `https://u:${TOKEN}@h` }, /^url: must be host and port alone/],
  ["ftp", { url: "ftp://h" }, /^url: must begin with https:/],
  ["http to another machine", { url: "http://cloud.example" }, /^url: the token would cross the network in the clear/],
  ["ws to another machine", { url: "ws://127.evil.example" }, /in the clear/],
  ["no workgroup", { workgroup: " " }, /^workgroup: /],
  ["a workgroup that climbs", { workgroup: ".." }, /^workgroup: /],
  ["no token", { token: "" }, /^token: must be a non-empty string/],
  ["a token with a line's end", { token: `${TOKEN}\n` }, /^token: must be one word/],
  ["a token that is no header", { token: `${TOKEN}é` }, /^token: must be one word/],
  ["a time limit of 0", { timeoutMs: 0 }, /^timeoutMs: must be a number above 0/],
  ["a time limit that is a text", { timeoutMs: "5" }, /^timeoutMs: /],
  ["a signal that is none", { signal: {} }, /^signal: must be an AbortSignal/],
  ["a fetch that is none", { fetch: 5 }, /^fetch: must be a function/],
]) {
  test(`wrong: ${name}`, LIMIT, async () => {
    const fetch = answering([]);
    const options = typeof wrong === "object" ? { ...GIVEN, fetch, ...wrong } : wrong;
    await fails(listDevices(/** @type {any} */ (options)), "invalid-argument", message);
    assert.equal(fetch.calls.length, 0);
  });
}

test("http to another machine, where that is permitted", LIMIT, async () => {
  const fetch = answering([]);
  await listDevices({ ...GIVEN, url: "http://cloud.example", allowInsecure: true, fetch });
  assert.equal(fetch.calls[0].url, "http://cloud.example/api/v1/devices/w");
});

test("a redirect to another origin does not take the token along", LIMIT, async (t) => {
  const headers = [];
  const other = await server(t, (request, response) => {
    headers.push(request.headers.authorization);
    response.end("<html>sign in</html>");
  });
  const url = await server(t, (_request, response) => response.writeHead(302, { location: other }).end());
  await fails(listDevices({ ...GIVEN, url }), "protocol", /answered HTML/);
  assert.deepEqual(headers, [undefined]);
});
