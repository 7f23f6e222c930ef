// The entry for browsers, workers and bundlers. The module is fetched by `init` or the first `connect`, not on import.
import glue, { ArdexaClient as Core, ArdexaError, Feed, FeedIterator, Series } from "./ardexa_client.js";
import { makeApi } from "./api.js";
import { makeLoader } from "./load.js";

const HINT =
  'serve ardexa_client_bg.wasm beside the package\'s JavaScript, or give its place to init(); in code for a server import "ardexa-client/inline", or leave the package out of the build (Next.js: serverExternalPackages: ["ardexa-client"])';

const start = (module) => glue({ module_or_path: module });
// Bundlers recognise this form: they copy the file and insert its URL here.
const place = (given) => given ?? new URL("./ardexa_client_bg.wasm", import.meta.url);

const { init, check } = makeLoader({ ArdexaError, start }, place, HINT);
const { ArdexaClient, connect } = makeApi({ ArdexaClient: Core, ArdexaError, Feed, FeedIterator, Series }, init, check);
export { ArdexaClient, ArdexaError, connect, init };
