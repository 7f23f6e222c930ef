/** The package as npm packs and installs it, in small projects of each kind of consumer. One file, so that it is packed and installed once. */
import { describe } from "node:test";
import { withConsumer } from "./lib/consumer.mjs";
import { runtimeTests } from "./suite/runtimes.mjs";
import { typeTests } from "./suite/types.mjs";

describe("the packed package", () => {
  withConsumer();
  describe("to those who look at its types", typeTests);
  // Each waits more than it works.
  describe("in runtimes", { concurrency: 3 }, runtimeTests);
});
