import * as api from "ardexa-client";
import { exercise } from "./exercise.mjs";

addEventListener("message", async ({ data }) => postMessage(await exercise(api, data)));
