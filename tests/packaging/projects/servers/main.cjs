const api = require("ardexa-client");
const { exercise } = require("./exercise.mjs");

exercise(api, JSON.parse(process.env.GIVEN)).then((told) => console.log(JSON.stringify(told)));
