// The entry for browsers, workers and bundlers: the module is fetched by `init` or by the first `connect`, and nothing
// happens before.
import * as core from "./ardexa_client.js";
import { makeApi } from "./api.js";
import { makeLoader } from "./load.js";

const HINT = "serve ardexa_client_bg.wasm beside the package's JavaScript, or give its place to init()";

const { init, check } = makeLoader(core, () => undefined, HINT);
export const { ArdexaError } = core;
export const { ArdexaClient, connect } = makeApi(core, init, check);
export { init };
