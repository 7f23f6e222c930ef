// The same module by `require`, under the name that tells TypeScript so.
module.exports = require("./inline.js");
