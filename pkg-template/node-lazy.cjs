// What Node's entries load when it is first needed and not before. By plain `require`, which bundlers follow: a
// constructor cannot wait for an `import()`.

/** The module's bytes. */
exports.wasm = () => require("node:zlib").brotliDecompressSync(Buffer.from(require("./node-wasm.cjs"), "base64"));

/** A WebSocket for Node before 22, which has none. */
exports.webSocket = () => require("ws");

/** The bytes of a file, which `fetch` does not give here. */
exports.file = (url) => require("node:fs/promises").readFile(new URL(url));
