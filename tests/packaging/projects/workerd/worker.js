import module from "ardexa-client/ardexa_client_bg.wasm";
import * as api from "ardexa-client";
import { exercise } from "./exercise.mjs";

const plain = ({ name, code, message }) => ({ name, code, message });

export default {
  async fetch(request) {
    const given = await request.json();
    const bytes = await api.init(new Uint8Array(8)).catch(plain);
    await api.init(module);
    return Response.json({ weak: typeof WeakRef, bytes, told: await exercise(api, given) });
  },
};
