// The server's one connection to the cloud. ARDEXA_URL, ARDEXA_WORKGROUP and ARDEXA_TOKEN select it; the token never
// leaves the server.
import { connect } from "ardexa-client";

/** Kept on `globalThis`, because `next dev` reloads modules after each change. */
const held = /** @type {{ ardexa?: Promise<import("ardexa-client").ArdexaClient> }} */ (globalThis);

/** Returns the connected client. After a failed or ended connection, the next caller makes a new one. */
export async function cloud() {
  held.ardexa ??= open();
  const client = await held.ardexa;
  if (client.state !== "closed") return client;
  held.ardexa = open();
  return held.ardexa;
}

function open() {
  const { ARDEXA_URL: url = "", ARDEXA_WORKGROUP: workgroup = "", ARDEXA_TOKEN: token = "" } = process.env;
  const opening = connect({ url, workgroup, token });
  opening.catch(() => held.ardexa === opening && (held.ardexa = undefined));
  return opening;
}
