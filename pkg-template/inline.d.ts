/**
 * The same API in one file that contains the WebAssembly module: for a page with a single script, and for bundlers that
 * do not copy the files a package refers to. In every other way it is the same client.
 *
 * `init()` and `connect()` fetch nothing. `init(source)` still loads the module from elsewhere. In browsers it is a
 * separate program: do not mix its classes with those of "ardexa-client". In Node, Deno and Bun it is the same program.
 */
export * from "./index.js";
