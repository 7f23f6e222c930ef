// What a client tells of a proxy on the way that cuts silent connections.
import { ArdexaClient } from "ardexa-client";

const { options } = JSON.parse(process.env.GIVEN);
const client = new ArdexaClient({ ...options, reconnect: { minDelayMs: 1, maxDelayMs: 10 } });
const warnings = [];
const cuts = [];
client.on("warning", ({ error: { name, code, message } }) => warnings.push({ name, code, message }));
client.on("disconnect", ({ reason, willReconnect }) => cuts.push({ reason, willReconnect }));
/** How many warnings there were at each connection. */
const counts = [];
await new Promise((resolve, reject) => {
  client.on("connect", () => {
    counts.push(warnings.length);
    if (warnings.length > 0) resolve();
  });
  client.connect().catch(reject);
});
await client.close();
console.log(JSON.stringify({ warnings, cuts, counts, state: client.state }));
