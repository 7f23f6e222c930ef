// What Node's entries load when it is first needed and not before. By plain `require`, which bundlers follow: a
// constructor cannot wait for an `import()`.

/** The module as text. */
exports.wasm = () => require("./node-wasm.cjs");

/** A WebSocket for Node before 22, which has none. */
exports.webSocket = () => require("ws");
