// What is made of npm's advisories, from a registry that this test is.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { packages } from "../../scripts/supply.mjs";

/**
 * A registry that knows of these defects, or refuses to tell.
 * @param {import("node:test").TestContext} t
 * @param {object} [advisories] by the package's name
 * @returns {Promise<string[]>} the words that make npm ask it
 */
async function registry(t, advisories) {
  const server = createServer((request, response) => {
    request.resume();
    response.statusCode = advisories ? 200 : 405;
    response.setHeader("content-type", "application/json");
    // npm asks for the package too, to see which of its versions do without the defect.
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

test("a defect of a published package is a failure that names it", async (t) => {
  const more = await registry(t, { ws: advisory(">=8.0.0") });
  await assert.rejects(packages(process.env, more), (error) => {
    assert.match(/** @type {{ details: string }} */ (error).details, /^ws \S.*: high$/);
    return true;
  });
});

test("a defect of what serves development alone is told, and is none", async (t) => {
  const told = await packages(process.env, await registry(t, { uplot: advisory("*") }));
  assert.deepEqual(told?.others, ["uplot *: high"]);
});

test("nothing is known: nothing is found", async (t) => {
  const told = await packages(process.env, await registry(t, {}));
  assert.deepEqual(told, { failures: [], others: [] });
});

test("a registry that does not tell is no failure", async (t) => {
  assert.equal(await packages(process.env, await registry(t)), undefined);
});
