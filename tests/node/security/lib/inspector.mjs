/**
 * What a debugger shows of a value: properties, private fields and internal slots, read through Node's inspector.
 * Closures ([[Scopes]]) are left out: they lead to everything, including the platform's own code.
 */
import { Session } from "node:inspector/promises";

const SKIPPED = new Set(["[[Scopes]]", "[[Prototype]]", "[[FunctionLocation]]"]);
const MOST = 3_000;

/**
 * The types of Node lack the private properties.
 * @typedef {import("node:inspector").Runtime.GetPropertiesReturnType} Typed
 * @typedef {Typed & {privateProperties?: {name: string, value?: any}[]}} Properties
 */

/**
 * @param {unknown} root @param {(text: string, path: string) => void} visit
 * @returns {Promise<string[]>} the paths of the private fields
 */
export async function inspectAll(root, visit) {
  const session = new Session();
  session.connect();
  globalThis.inspected = root;
  const found = [];
  try {
    const { result } = await session.post("Runtime.evaluate", { expression: "globalThis.inspected" });
    /** @type {[value: import("node:inspector").Runtime.RemoteObject, path: string][]} */
    const todo = [[result, ""]];
    for (let n = 0; n < MOST && todo.length > 0; n++) {
      const [{ objectId, value, description }, path] = todo.shift();
      for (const text of [value, description]) if (typeof text === "string") visit(text, path);
      if (!objectId) continue;
      /** @type {Properties} */
      const properties = await session.post("Runtime.getProperties", { objectId, ownProperties: true });
      const { result: own = [], internalProperties = [], privateProperties = [] } = properties;
      found.push(...privateProperties.map(({ name }) => `${path}.${name}`));
      for (const { name, value: held } of [...own, ...internalProperties, ...privateProperties]) {
        visit(name, path);
        if (held && !SKIPPED.has(name)) todo.push([held, `${path}.${name}`]);
      }
    }
  } finally {
    delete globalThis.inspected;
    session.disconnect();
  }
  return found;
}
