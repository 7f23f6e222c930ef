// What Node's entries load only when first needed. Uses plain `require`, which bundlers follow, because a constructor
// cannot wait for an `import()`.

/** The module as a string. */
exports.wasm = () => require("./node-wasm.cjs");

/** A WebSocket for Node before 22, which lacks one. */
exports.webSocket = () => require("ws");
