/**
 * Everything that can be read from a value with the language's own means: properties of every kind, of the value and of
 * its prototypes, what getters give, what collections hold, and every way to print it.
 *
 * Not seen: what code closes over, private fields, and the WebAssembly memory, which no property leads to.
 */
import { inspect } from "node:util";
import { serialize } from "node:v8";

/** Of the language itself, which no client of ours can have put a token into. */
const builtIn = new Set();
for (const name of Object.getOwnPropertyNames(globalThis)) {
  const value = Object.getOwnPropertyDescriptor(globalThis, name)?.value;
  if (typeof value === "function") builtIn.add(value).add(value.prototype);
}
builtIn.add(globalThis).add(Object.getPrototypeOf(async function* () {}).prototype);

/** @param {unknown} root @param {(text: string, path: string) => void} visit called with each text */
export function walk(root, visit) {
  const seen = new Set();
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
      continue; // its elements are numbers
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

/** Every way to make a text of an object. */
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
      return []; // then it shows nothing
    }
  });
}
