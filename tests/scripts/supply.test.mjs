// How npm's advisories are reported, with this test as the registry.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { packages } from "../../scripts/supply.mjs";

/**
 * A registry that knows these advisories, or refuses the request.
 * @param {import("node:test").TestContext} t
 * @param {object} [advisories] by the package's name
 * @returns {Promise<string[]>} the arguments that make npm use it
 */
async function registry(t, advisories) {
  const server = createServer((request, response) => {
    request.resume();
    response.statusCode = advisories ? 200 : 405;
    response.setHeader("content-type", "application/json");
    // npm also requests the package, to find versions without the defect.
    const name = request.method === "GET" ? (request.url ?? "").slice(1) : "";
    const about = { name, "dist-tags": { latest: "9.0.0" }, versions: { "9.0.0": { name, version: "9.0.0" } } };
    response.end(JSON.stringify(name ? about : (advisories ?? {})));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  t.after(() => server.close());
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return ["--registry", `http://127.0.0.1:${port}/`];
}

/** @param {string} range */
const advisory = (range) => [
  { id: 1, title: "a defect", url: "https://example.org/1", severity: "high", vulnerable_versions: range, cwe: [] },
];

test("an advisory for a published package is a failure that names it", async (t) => {
  const more = await registry(t, { ws: advisory(">=8.0.0") });
  await assert.rejects(packages(process.env, more), (error) => {
    assert.match(/** @type {{ details: string }} */ (error).details, /^ws \S.*: high$/);
    return true;
  });
});

test("an advisory for a development dependency is reported, but is not a failure", async (t) => {
  const told = await packages(process.env, await registry(t, { uplot: advisory("*") }));
  assert.deepEqual(told?.others, ["uplot *: high"]);
});

test("no advisories: nothing is reported", async (t) => {
  const told = await packages(process.env, await registry(t, {}));
  assert.deepEqual(told, { failures: [], others: [] });
});

test("a registry that refuses the request is not a failure", async (t) => {
  assert.equal(await packages(process.env, await registry(t)), undefined);
});
