// Without a top-level `await`, which a CommonJS bundle cannot have.
import * as api from "ardexa-client";
import { exercise } from "./exercise.mjs";

exercise(api, JSON.parse(process.env.GIVEN)).then((told) => console.log(JSON.stringify(told)));
