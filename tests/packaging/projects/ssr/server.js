// The server's half of an app.
import * as api from "ardexa-client";
import { exercise } from "./exercise.mjs";

export const { ArdexaClient, ArdexaError, connect, init } = api;
export const run = (given) => exercise(api, given);
