// What a log keeps of a connection whose handshake hangs.
import { ArdexaClient } from "ardexa-client";

const { options } = JSON.parse(process.env.GIVEN);
const client = new ArdexaClient(options);
const error = await client.connect().catch((error) => error);
console.log(JSON.stringify({ ...JSON.parse(JSON.stringify(error)), state: client.state }));
