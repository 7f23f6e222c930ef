/**
 * Result types of the module's exports. Node 20 (V8 11.3) inlines a call of an export into a hot function, and crashes
 * ("unreachable code") if the export's only result is a JavaScript value and that function is deoptimised during the
 * call. Two results are safe, as are numbers and no result.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folder } from "../lib/consumer.mjs";

const REFERENCES = new Set([0x6f, 0x70, 0x63, 0x64]);
const FUNCTION = 0x60;

/** The results of each exported function, by name. See "Binary Format, Modules" in the WebAssembly specification. */
function exportedResults(bytes) {
  let at = 8;
  const number = () => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const text = () => {
    const length = number();
    return bytes.toString("utf8", at, (at += length));
  };
  const types = [];
  const functions = [];
  const results = new Map();
  const skipLimits = () => (number() & 1 ? [number(), number()] : [number()]);
  while (at < bytes.length) {
    const section = bytes[at++];
    const end = number() + at;
    for (let count = [1, 2, 3, 7].includes(section) ? number() : 0; count > 0; count--) {
      if (section === 1) {
        assert.equal(bytes[at++], FUNCTION, "only function types are supported here");
        const valueTypes = () => Array.from({ length: number() }, () => bytes[at++]);
        valueTypes();
        types.push(valueTypes());
      } else if (section === 2) {
        (text(), text());
        const kind = bytes[at++];
        if (kind === 0) functions.push(number());
        else if (kind === 1) (at++, skipLimits());
        else if (kind === 2) skipLimits();
        else at += 2;
      } else if (section === 3) {
        functions.push(number());
      } else {
        const name = text();
        const kind = bytes[at++];
        const index = number();
        if (kind === 0) results.set(name, types[functions[index]]);
      }
    }
    at = end;
  }
  return results;
}

test("no export has a JavaScript value as its only result", () => {
  const wasm = readFileSync(join(folder, "node_modules", "ardexa-client", "ardexa_client_bg.wasm"));
  const results = exportedResults(wasm);
  // A promise and an error, each as an index into a table, and a flag for which of the two it is.
  const methods = [...results].filter(([, types]) => types.length === 3);
  assert.ok(methods.length > 30, "the exports were read");
  const unsafe = [...results].filter(([, types]) => types.length === 1 && REFERENCES.has(types[0]));
  assert.deepEqual(unsafe, []);
});
