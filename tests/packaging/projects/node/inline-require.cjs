const api = require("ardexa-client/inline");

import("./exercise.mjs").then(async ({ exercise }) => {
  console.log(JSON.stringify(await exercise(api, JSON.parse(process.env.GIVEN))));
});
