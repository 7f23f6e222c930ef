import * as api from "ardexa-client";
import { exercise } from "./exercise.mjs";

globalThis.run = (given) => exercise(api, given);
