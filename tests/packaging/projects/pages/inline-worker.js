import * as api from "ardexa-client/inline";
import { exercise } from "./exercise.mjs";

addEventListener("message", async ({ data }) => postMessage(await exercise(api, data)));
