/** Tests that run in every browser. */
import { describe } from "node:test";
import { withBrowser } from "../support.mjs";
import { connectionTests } from "./connection.mjs";
import { feedTests } from "./feeds.mjs";
import { loadingTests } from "./loading.mjs";
import { requestTests } from "./requests.mjs";

/** @param {"chromium" | "firefox"} name */
export function packageTests(name) {
  describe(name, () => {
    const web = withBrowser(name);
    describe("loading", () => loadingTests(web));
    describe("requests", () => requestTests(web));
    describe("feeds", () => feedTests(web));
    describe("the connection", () => connectionTests(web));
  });
}
