// The entry for browsers, workers and bundlers: the module is fetched by `init` or by the first `connect`, and nothing
// happens before.
import start, { ArdexaClient as Core, ArdexaError, Feed, FeedIterator, Series } from "./ardexa_client.js";
import { makeApi } from "./api.js";
import { makeLoader } from "./load.js";

const core = { default: start, ArdexaClient: Core, ArdexaError, Feed, FeedIterator, Series };

const HINT = "serve ardexa_client_bg.wasm beside the package's JavaScript, or give its place to init()";

const { init, check } = makeLoader(core, () => undefined, HINT);
const { ArdexaClient, connect } = makeApi(core, init, check);
export { ArdexaClient, ArdexaError, connect, init };
