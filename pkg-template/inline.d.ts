/**
 * The same API from one file that holds the WebAssembly module: for a page of a single script, and for bundlers that do
 * not copy the files that a package names. It is the same client in every other way.
 *
 * `init()` and `connect()` fetch nothing. `init(source)` still takes the module from elsewhere. In browsers it is a
 * program of its own: do not mix its classes with those of "ardexa-client". In Node, Deno and Bun it is the same program.
 */
export * from "./index.js";
