import * as api from "ardexa-client/inline";
import { exercise } from "./exercise.mjs";

console.log(JSON.stringify(await exercise(api, JSON.parse(process.env.GIVEN))));
