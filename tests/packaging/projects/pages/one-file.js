// Without a bundler, and with one file of the package's.
import * as api from "./inline.js";
import { exercise } from "./exercise.mjs";

globalThis.run = (given) => exercise(api, given);
