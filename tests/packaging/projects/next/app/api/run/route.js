import * as api from "ardexa-client";
import { exercise } from "../../../exercise.mjs";

export const POST = async (request) => Response.json(await exercise(api, await request.json()));
