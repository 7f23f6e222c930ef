// The entry for Node, Deno and Bun, of which scripts/bundle/ makes node.js for `import` and node.cjs for `require`.
// Neither asks for a file at run time: wherever a bundler puts them, they work.
import { readFile } from "node:fs/promises";
import { brotliDecompressSync } from "node:zlib";
import { initSync, setDefaultWebSocket, ArdexaClient as Core, ArdexaError, Feed, FeedIterator, Series } from "./ardexa_client.js";
import { makeApi } from "./api.js";
import { makeLoader } from "./load.js";
import lazy from "./node-lazy.cjs";
import { defaultWebSocket } from "./node-socket.js";

const HINT = "give init() the bytes of ardexa_client_bg.wasm, or where it is, or nothing";

const wasm = () => brotliDecompressSync(Buffer.from(lazy.wasm(), "base64"));

let started = false;

function start(module) {
  if (started) return;
  initSync({ module });
  setDefaultWebSocket(defaultWebSocket(lazy.webSocket));
  started = true;
}

/** The module, at once where nobody has loaded it. */
function ready() {
  if (started) return;
  try {
    start(new WebAssembly.Module(wasm()));
  } catch (cause) {
    throw explained(cause);
  }
}

function place(given) {
  if (given === undefined) return wasm();
  // `fetch` reads no files here.
  return /^file:/i.test(given.href ?? given) ? readFile(new URL(given)) : given;
}

const { init: load, explained } = makeLoader({ ArdexaError, start }, place, HINT);

/** A constructor may have loaded the module before. */
const init = async (source) => (started ? undefined : load(source));

const { ArdexaClient, connect } = makeApi({ ArdexaClient: Core, ArdexaError, Feed, FeedIterator, Series }, init, ready);

// Two copies may be in one program, by `import` and by `require`. An error of either is an ArdexaError to both.
const isInstance = Function.prototype[Symbol.hasInstance];
Object.defineProperty(ArdexaError, Symbol.hasInstance, {
  value(error) {
    if (isInstance.call(this, error)) return true;
    return this === ArdexaError && error instanceof Error && error.name === "ArdexaError" && typeof error.code === "string";
  },
});

export { ArdexaClient, ArdexaError, connect, init };
