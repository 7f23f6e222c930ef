// The same program as a worker, a shared worker and a service worker.
import * as api from "/package/index.js";
import { exercise } from "./exercise.mjs";

function listen(event) {
  const [port] = event.ports;
  const work = exercise(api, event.data).then(
    (told) => port.postMessage({ told: { ...told, in: globalThis.constructor.name } }),
    (error) => port.postMessage({ error: String(error?.stack ?? error) }),
  );
  event.waitUntil?.(work);
}

addEventListener("message", listen);
addEventListener("connect", ({ ports: [port] }) => (port.onmessage = listen));
