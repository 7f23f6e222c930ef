// Asks each kind of worker that a page can have.
const answer = (target, given) =>
  new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.told));
    target.onerror = (event) => reject(new Error(event.message ?? "the worker could not be loaded"));
    (target.port ?? target).postMessage(given, [port2]);
  });

const kinds = {
  worker: () => new Worker("./worker.js", { type: "module" }),
  "shared worker": () => new SharedWorker("./worker.js", { type: "module" }),
  "service worker": async () => {
    await navigator.serviceWorker.register("./worker.js", { type: "module" });
    return (await navigator.serviceWorker.ready).active;
  },
};

globalThis.run = async (given, kind) => answer(await kinds[kind](), given);
