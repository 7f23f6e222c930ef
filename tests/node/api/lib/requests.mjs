/** For the tests of wrong arguments and options: the requests, and the check that a wrong one sends nothing. */
import assert from "node:assert/strict";
import { connected, flushed } from "../../lib/cloud.mjs";

/**
 * The methods that take RequestOptions, each with a call.
 * @type {Record<string, (client: any, options: any) => Promise<unknown>>}
 */
export const REQUESTS = {
  cmd: (c, o) => c.cmd("d", "ls", o),
  testConfig: (c, o) => c.testConfig("d", {}, o),
  applyConfig: (c, o) => c.applyConfig("d", {}, o),
  applyYamlConfig: (c, o) => c.applyYamlConfig("d", "a: 1", o),
  refreshMeta: (c, o) => c.refreshMeta("d", o),
  sendArdexactl: (c, o) => c.sendArdexactl("d", o),
  sendArdpkg: (c, o) => c.sendArdpkg("d", o),
  request: (c, o) => c.request("x", {}, o),
  emitWithAck: (c, o) => c.emitWithAck("x", [], o),
};

/**
 * Runs `body` with a connected client and asserts that it sent nothing.
 * @param {import("node:test").TestContext} t
 * @param {(client: import("ardexa-client").ArdexaClient) => Promise<void>} body
 */
export async function sendsNothing(t, body) {
  const { sim, client } = await connected(t);
  const { framesOut, bytesOut } = client.stats();
  await body(client);
  const stats = client.stats();
  assert.deepEqual([stats.framesOut, stats.bytesOut, stats.openRequests, stats.openFeeds], [framesOut, bytesOut, 0, 0]);
  await flushed(client, sim);
  assert.deepEqual(
    sim.received.map(({ event }) => event),
    ["test:flush"],
  );
  assert.equal(client.state, "connected");
}
