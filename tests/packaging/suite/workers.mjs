/** The installed package, without a bundler, in each kind of worker. */
import assert from "node:assert/strict";
import { cloud, installed, project } from "../lib/consumer.mjs";
import { runSite } from "../lib/site.mjs";

const KINDS = {
  worker: "DedicatedWorkerGlobalScope",
  "shared worker": "SharedWorkerGlobalScope",
  "service worker": "ServiceWorkerGlobalScope",
};

/** @type {(string | [string, string])[]} */
const SOURCES = [
  "exercise.mjs",
  ["workers/page.js", "main.js"],
  "workers/worker.js",
  ["pages/module.html", "index.html"],
];

export function workerTests() {
  for (const [kind, scope] of Object.entries(KINDS)) {
    project(`a ${kind}`, SOURCES, async (t, folder) => {
      const { given, check } = await cloud(t);
      const { told } = await runSite(t, { "/": folder, "/package/": installed() }, given, kind);
      assert.equal(told.in, scope);
      check(told);
    });
  }
}
