const { file, given } = JSON.parse(process.env.GIVEN);
const { run } = await import(file);
given.options.webSocket = globalThis.WebSocket ?? (await import("ws")).default;
console.log(JSON.stringify(await run(given)));
