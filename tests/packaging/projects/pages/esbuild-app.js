// For a bundler that makes an address of an import, and nothing of `new URL`.
import * as api from "ardexa-client";
import address from "ardexa-client/ardexa_client_bg.wasm";
import { exercise } from "./exercise.mjs";

const loading = api.init(new URL(address, document.baseURI));
globalThis.run = async (given) => (await loading, exercise(api, given));
