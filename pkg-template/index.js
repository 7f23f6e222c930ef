// The entry for browsers, workers and bundlers. The module is fetched by `init` or the first `connect`, not on import.
import glue, { ArdexaClient as Core, ArdexaError, Feed, FeedIterator, Series } from "./ardexa_client.js";
import { makeApi } from "./api.js";
import { makeLoader } from "./load.js";

const HINT =
  'serve ardexa_client_bg.wasm next to the package\'s JavaScript, or pass its URL to init(); on a server, import "ardexa-client/inline" or exclude the package from the bundle (Next.js: serverExternalPackages: ["ardexa-client"])';

/** @param {WebAssembly.Module} module */
const start = (module) => glue({ module_or_path: module });
/**
 * Bundlers recognise this form: they copy the file and insert its URL here.
 * @param {unknown} [given]
 */
const place = (given) => given ?? new URL("./ardexa_client_bg.wasm", import.meta.url);

const { init, check } = makeLoader({ ArdexaError, start }, place, HINT);
const { ArdexaClient, connect } = makeApi({ ArdexaClient: Core, ArdexaError, Feed, FeedIterator, Series }, init, check);
export { ArdexaClient, ArdexaError, connect, init };
