/**
 * Visits everything that JavaScript can read from a value: its properties and those of its prototypes, the results of
 * getters, the contents of collections, and every way to print it.
 *
 * Not visited: closures, private fields, and the WebAssembly memory, which no property leads to.
 */
import { inspect } from "node:util";
import { serialize } from "node:v8";

/** The language's own objects, which a client cannot have put a token into. */
const builtIn = new Set();
for (const name of Object.getOwnPropertyNames(globalThis)) {
  const value = Object.getOwnPropertyDescriptor(globalThis, name)?.value;
  if (typeof value === "function") builtIn.add(value).add(value.prototype);
}
builtIn.add(globalThis).add(Object.getPrototypeOf(async function* () {}).prototype);

/** @param {unknown} root @param {(text: string, path: string) => void} visit called with each string */
export function walk(root, visit) {
  const seen = new Set();
  /** @type {[value: unknown, path: string][]} */
  const todo = [[root, ""]];
  while (todo.length > 0) {
    const [value, path] = todo.pop();
    if (typeof value === "string") visit(value, path);
    else if (typeof value === "symbol") visit(String(value.description), path);
    if (
      (typeof value !== "object" && typeof value !== "function") ||
      value === null ||
      seen.has(value) ||
      builtIn.has(value)
    )
      continue;
    seen.add(value);
    if (typeof value === "function") visit(String(value), `${path} (source)`);
    for (const [index, text] of prints(value).entries()) visit(text, `${path} (printed, way ${index})`);
    if (ArrayBuffer.isView(value)) {
      if (value.byteLength < 1e6)
        visit(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1"), path);
      continue; // elements are numbers
    }
    for (let holder = value; holder && !builtIn.has(holder); holder = Object.getPrototypeOf(holder)) {
      for (const key of Reflect.ownKeys(holder)) {
        const name = `${path}.${String(key)}`;
        visit(String(key), `${name} (key)`);
        const descriptor = Object.getOwnPropertyDescriptor(holder, key);
        todo.push([descriptor?.get, `${name} (getter)`], [descriptor?.set, `${name} (setter)`]);
        try {
          todo.push([descriptor?.get ? descriptor.get.call(value) : descriptor?.value, name]);
        } catch (error) {
          todo.push([error, `${name} (threw)`]);
        }
      }
    }
    if (value instanceof Map) for (const [key, held] of value) todo.push([key, `${path} key`], [held, `${path} value`]);
    if (value instanceof Set) for (const held of value) todo.push([held, `${path} member`]);
  }
  return seen.size;
}

/** Every way to turn an object into a string. */
function prints(value) {
  const ways = [
    () => String(value),
    () => JSON.stringify(value),
    () => JSON.stringify(value, Reflect.ownKeys(value).map(String)),
    () =>
      inspect(value, {
        depth: Infinity,
        showHidden: true,
        showProxy: true,
        getters: true,
        maxArrayLength: null,
        maxStringLength: null,
      }),
    () => serialize(value).toString("latin1"),
    () => serialize(value).toString("utf16le"),
    () => JSON.stringify(structuredClone(value)),
    () => JSON.stringify(Object.getOwnPropertyDescriptors(value)),
  ];
  return ways.flatMap((way) => {
    try {
      return [way() ?? ""];
    } catch {
      return []; // shows nothing
    }
  });
}
