import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { serve } from "../../scripts/lib/serve.mjs";

/** @type {Awaited<ReturnType<typeof serve>>} */
let site;
/** @type {string} */
let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "ardexa-serve-"));
  await mkdir(join(folder, "www"));
  await mkdir(join(folder, "pkg"));
  await writeFile(join(folder, "secret.txt"), "secret");
  await writeFile(join(folder, "www", "index.html"), "<title>page</title>");
  await writeFile(join(folder, "www", ".hidden"), "secret");
  await writeFile(join(folder, "pkg", "a.wasm"), "wasm");
  await symlink(join(folder, "secret.txt"), join(folder, "www", "link.txt"));
  site = await serve({
    port: 0,
    folders: { "/": join(folder, "www"), "/pkg/": join(folder, "pkg") },
    json: { "/config.json": { a: 1 } },
  });
});

after(async () => {
  await site.close();
  await rm(folder, { recursive: true });
});

/**
 * Without the path normalisation of `fetch`.
 * @param {string} path
 * @param {{ method?: string, headers?: Record<string, string> }} [options]
 */
async function get(path, options = {}) {
  const outgoing = request({ host: "127.0.0.1", port: site.port, path, ...options }).end();
  const [response] = await once(outgoing, "response");
  let body = "";
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

test("the page is served with its content security policy", async () => {
  const { status, headers, body } = await get("/");
  assert.equal(status, 200);
  assert.equal(body, "<title>page</title>");
  assert.match(headers["content-security-policy"], /script-src 'self' 'wasm-unsafe-eval';/);
  assert.equal(headers["cache-control"], "no-store");
});

test("a module is served as application/wasm", async () => {
  const { headers, body } = await get("/pkg/a.wasm?v=1");
  assert.equal(headers["content-type"], "application/wasm");
  assert.equal(body, "wasm");
});

for (const path of [
  "/../secret.txt",
  "/%2e%2e/secret.txt",
  "/pkg/..%2f..%2fsecret.txt",
  "/..%5csecret.txt",
  "//secret.txt",
  "/link.txt",
  "/.hidden",
  "/pkg",
  "/%00",
  "/%zz",
]) {
  test(`refuses ${path}`, async () => {
    const { status, body } = await get(path);
    assert.ok(status === 404 || status === 400, `status ${status}`);
    assert.doesNotMatch(body, /secret/);
  });
}

test("the configuration is served only to this page", async () => {
  assert.equal((await get("/config.json")).body, '{"a":1}');
  assert.equal((await get("/config.json", { headers: { "sec-fetch-site": "cross-site" } })).status, 403);
  assert.equal((await get("/config.json", { headers: { host: "rebound.example" } })).status, 403);
});

test("writing is refused", async () => {
  assert.equal((await get("/", { method: "PUT" })).status, 405);
});

test("an error names the port that is taken", async () => {
  await assert.rejects(serve({ port: site.port, folders: {} }), /taken; name another/);
});
