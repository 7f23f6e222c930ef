// The entry for browsers, workers and bundlers: the module is fetched by `init` or by the first `connect`, and nothing
// happens before.
import glue, { ArdexaClient as Core, ArdexaError, Feed, FeedIterator, Series } from "./ardexa_client.js";
import { makeApi } from "./api.js";
import { makeLoader } from "./load.js";

const HINT =
  'serve ardexa_client_bg.wasm beside the package\'s JavaScript, or give its place to init(); in code for a server import "ardexa-client/inline", or leave the package out of the build (Next.js: serverExternalPackages: ["ardexa-client"])';

const start = (module) => glue({ module_or_path: module });
// As bundlers look for it, to copy the file and to put its address here.
const place = (given) => given ?? new URL("./ardexa_client_bg.wasm", import.meta.url);

const { init, check } = makeLoader({ ArdexaError, start }, place, HINT);
const { ArdexaClient, connect } = makeApi({ ArdexaClient: Core, ArdexaError, Feed, FeedIterator, Series }, init, check);
export { ArdexaClient, ArdexaError, connect, init };
