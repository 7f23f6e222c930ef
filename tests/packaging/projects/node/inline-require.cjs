const api = require("ardexa-client/inline");

import("./exercise.mjs").then(async ({ exercise }) => {
  const given = JSON.parse(process.env.GIVEN);
  given.options.webSocket = globalThis.WebSocket ?? require("ws");
  console.log(JSON.stringify(await exercise(api, given)));
});
