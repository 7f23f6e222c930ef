import * as api from "ardexa-client/inline";
import { exercise } from "./exercise.mjs";

const given = JSON.parse(process.env.GIVEN);
// The file for everywhere knows of no package: Node before 22 must be told of one.
given.options.webSocket = globalThis.WebSocket ?? (await import("ws")).default;
console.log(JSON.stringify(await exercise(api, given)));
