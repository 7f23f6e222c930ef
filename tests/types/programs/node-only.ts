// A program for Node without the types of the DOM.
import { connect, init } from "ardexa-client";
import { listDevices } from "ardexa-client/catalog";

await init();
const client = await connect({
  url: "https://app.ardexa.com",
  workgroup: "w",
  token: process.env["TOKEN"] ?? "",
  callerStacks: true,
});
const { signal } = new AbortController();
for await (const { value } of await client.feed({ deviceId: "d", table: "t", source: "s" }, { signal })) {
  console.log(value);
}
await client.close();
await listDevices({ url: "https://app.ardexa.com", workgroup: "w", token: "t", fetch, signal });
