// Imports a file where there is nothing of a browser: it must do nothing, and leave nothing that keeps the process.
const gone = [
  "WebSocket",
  "fetch",
  "Request",
  "Response",
  "navigator",
  "window",
  "document",
  "crypto",
  "performance",
  "setTimeout",
];
for (const name of gone) delete globalThis[name];
const before = Object.getOwnPropertyNames(globalThis).sort();
const { file } = JSON.parse(process.env.GIVEN);
const { ArdexaClient, ArdexaError, connect, init } = await import(file);
const names = Object.getOwnPropertyNames(globalThis).sort();
const early = (() => {
  try {
    return new ArdexaClient({ url: "https://cloud.example", workgroup: "w", token: "t" }).state;
  } catch (error) {
    return error instanceof ArdexaError && error.code;
  }
})();
console.log(
  JSON.stringify({
    early,
    kinds: [typeof connect, typeof init],
    added: names.filter((name) => !before.includes(name)),
  }),
);
