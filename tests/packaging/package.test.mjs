/** The packed package in small projects of each kind of consumer. One file, so that it is packed and installed once. */
import { describe } from "node:test";
import { withConsumer } from "./lib/consumer.mjs";
import { withChromium } from "./lib/site.mjs";
import { bundlerTests } from "./suite/bundlers.mjs";
import { cliTests } from "./suite/cli.mjs";
import { managerTests } from "./suite/managers.mjs";
import { networkTests } from "./suite/networks.mjs";
import { nextTests } from "./suite/next.mjs";
import { ownTests } from "./suite/own-tests.mjs";
import { reasonTests, timeoutTests } from "./suite/reasons.mjs";
import { runnerTests } from "./suite/runners.mjs";
import { runtimeTests } from "./suite/runtimes.mjs";
import { serverTests } from "./suite/servers.mjs";
import { ssrTests } from "./suite/ssr.mjs";
import { typeTests } from "./suite/types.mjs";
import { workerTests } from "./suite/workers.mjs";

// Two at once: most of these tests wait, for a build that uses one core or for a server.
describe("the packed package", { concurrency: 2 }, () => {
  withConsumer();
  describe("types", typeTests);
  describe("server-side rendering", ssrTests);
  describe("in Chromium", () => {
    withChromium();
    describe("in workers", workerTests);
    describe("bundled", bundlerTests);
    describe("in Next.js", nextTests);
  });
  // These tests mostly wait.
  describe("in runtimes", { concurrency: 3 }, runtimeTests);
  describe("in test runners", runnerTests);
  describe("installed by other package managers", managerTests);
  describe("built for a server", serverTests);
  describe("behind a proxy or a CA", { concurrency: 3 }, networkTests);
  describe("without a connection", { concurrency: 3 }, reasonTests);
  describe("with a handshake that hangs", { concurrency: 3 }, timeoutTests);
  describe("on the command line", { concurrency: 3 }, cliTests);
  describe("the repository's own tests", { concurrency: 3 }, ownTests);
});
