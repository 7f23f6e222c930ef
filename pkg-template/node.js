// The entry for Node, Deno and Bun, from which scripts/bundle/ builds node.js for `import` and node.cjs for `require`.
// Neither reads another file at run time, so they work wherever a bundler puts them.
import { readFile } from "node:fs/promises";
import { brotliDecompressSync } from "node:zlib";
import {
  initSync,
  setDefaultWebSocket,
  ArdexaClient as Core,
  ArdexaError,
  Feed,
  FeedIterator,
  Series,
} from "./ardexa_client.js";
import { makeApi } from "./api.js";
import { makeLoader } from "./load.js";
import lazy from "./node-lazy.cjs";
import { defaultWebSocket } from "./node-socket.js";

const HINT = "pass init() the bytes or the URL of ardexa_client_bg.wasm, or nothing";

const wasm = () => brotliDecompressSync(Buffer.from(lazy.wasm(), "base64"));

let started = false;

/** @param {WebAssembly.Module} module */
function start(module) {
  if (started) return;
  initSync({ module });
  const webSocket = defaultWebSocket(lazy.webSocket);
  if (webSocket) setDefaultWebSocket(webSocket);
  started = true;
}

/** Loads the module synchronously if it is not loaded yet. */
function ready() {
  if (started) return;
  try {
    start(new WebAssembly.Module(wasm()));
  } catch (cause) {
    throw explained(cause);
  }
}

/** @param {any} [given] */
function place(given) {
  if (given === undefined) return wasm();
  // `fetch` cannot read files here.
  return /^file:/i.test(given.href ?? given) ? readFile(new URL(given)) : given;
}

const { init: load, explained } = makeLoader({ ArdexaError, start }, place, HINT);

/** A constructor may already have loaded the module. @param {unknown} [source] */
const init = async (source) => (started ? undefined : load(source));

const { ArdexaClient, connect } = makeApi({ ArdexaClient: Core, ArdexaError, Feed, FeedIterator, Series }, init, ready);

// A program may contain two copies, from `import` and from `require`. Each accepts the other's errors as ArdexaError.
const isInstance = Function.prototype[Symbol.hasInstance];
Object.defineProperty(ArdexaError, Symbol.hasInstance, {
  /** @this {unknown} @param {unknown} error */
  value(error) {
    if (isInstance.call(this, error)) return true;
    if (this !== ArdexaError || !(error instanceof Error)) return false;
    return error.name === "ArdexaError" && "code" in error && typeof error.code === "string";
  },
});

export { ArdexaClient, ArdexaError, connect, init };
