// The entry for browsers, workers and bundlers: the module is fetched by `init` or by the first `connect`.
import * as core from "./ardexa_client.js";
import { makeApi } from "./api.js";

const { ArdexaError } = core;
let loading;
let loaded = false;

async function load(source) {
  try {
    await core.default(source === undefined ? undefined : { module_or_path: source });
    loaded = true;
  } catch (cause) {
    loading = undefined;
    const message = "the WebAssembly module could not be loaded; serve ardexa_client_bg.wasm beside the package's JavaScript, or give its place to init()";
    throw new ArdexaError(message, { code: "unreachable", cause });
  }
}

function init(source) {
  loading ??= load(source);
  return loading;
}

function check() {
  if (!loaded) {
    throw new ArdexaError("the WebAssembly module is not loaded yet: await init() before new ArdexaClient(), or use connect()", { code: "not-connected" });
  }
}

const { ArdexaClient, connect } = makeApi(core, init, check);
export { ArdexaClient, ArdexaError, connect, init };
