// The `receive` measurement in a page; browser.mjs calls `bench`.
import { measureReceive } from "/lib/receive.mjs";
import { hasSeries } from "/lib/receivers.mjs";
import { MemorySocket } from "/lib/socket.mjs";

/** @param {Parameters<typeof measureReceive>[1]} options */
globalThis.bench = async (options) => {
  Object.assign(globalThis, { WebSocket: MemorySocket });
  const ardexa = await import("/pkg/index.js");
  await ardexa.init();
  const { io } = await import("/socket.io-client/socket.io.esm.min.js");
  const libraries = { ardexa, io };
  return { hasSeries: hasSeries(libraries), cases: await measureReceive(libraries, options) };
};
document.title = "Ready";
