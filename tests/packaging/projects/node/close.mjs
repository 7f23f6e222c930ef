import { connect } from "ardexa-client";
import ws from "ws";

const { options, withPackage } = JSON.parse(process.env.GIVEN);
const client = await connect({ ...options, ...(withPackage ? { webSocket: ws } : {}) });
await client.close();
console.log(JSON.stringify({ state: client.state }));
