/** Finds an element by role and name: in Chromium with its own accessibility tree, in Firefox with axe-core. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** The script to run in a page before `globalThis.axe` is used. */
export const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** @param {string | undefined} role @param {string} name */
const selector = (role, name) =>
  `::-p-aria([name="${name.replaceAll('"', '\\"')}"]${role === undefined ? "" : `[role="${role}"]`})`;

/**
 * The first element of this role and name that a screen reader would come to, or `null`.
 * @typedef {(page: import("../support.mjs").Page, role: string | undefined, name: string, within?: any) => Promise<any>}
 *   Search without a role it finds any element, in Firefox a box: a password box has no role. `within` is an element;
 *   default: the whole page
 */

/** @type {Search} */
const searchTree = (page, role, name, within) => (within ?? page).$(selector(role, name));

/**
 * Firefox's own search computes every node's role and name in turn: one to five seconds of processor time.
 * @type {Search}
 */
async function searchWithAxe(page, role, name, within) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(AXE);
  const found = await page.evaluateHandle(
    (role, name, within) => {
      const { axe } = globalThis;
      axe.setup(document.documentElement);
      try {
        const { aria, dom, text } = axe.commons;
        const isNamed = (node) =>
          // To axe-core a box's placeholder belongs to the name that the label around it gives; to browsers it does not.
          [name, `${name} ${node.placeholder}`].includes(text.accessibleText(node));
        return [...(within ?? document).querySelectorAll("*")].find(
          (node) =>
            (role === undefined ? node.matches("input, textarea, select") : aria.getRole(node) === role) &&
            isNamed(node) &&
            dom.isVisibleToScreenReaders(node),
        );
      } finally {
        axe.teardown();
      }
    },
    role,
    name,
    within ?? null,
  );
  return found.asElement();
}

/** @type {Record<import("../../../scripts/lib/browsers.mjs").BrowserName, Search>} */
export const SEARCH = { chromium: searchTree, "headless-shell": searchTree, firefox: searchWithAxe };
