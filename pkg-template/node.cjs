// The entry for Node by `require`; `node.js` re-exports it, so that both kinds of import share one module.
// Importing the generated glue loads the module at once.
const core = require("./ardexa_client.cjs");
const { makeApi } = require("./api.js");

// Node has a WebSocket of its own from version 22. Deno and Bun, which take this entry too, always had one.
if (globalThis.WebSocket === undefined) core.setDefaultWebSocket(require("ws"));
else if (!process.versions.deno && !process.versions.bun) core.setDefaultWebSocket(require("./node-socket.cjs"));

const init = async () => {};
const { ArdexaClient, connect } = makeApi(core, init, () => {});
module.exports = { ArdexaClient, ArdexaError: core.ArdexaError, connect, init };
