// A CommonJS program finds the types too, and those of CommonJS: under node16 it fails where it finds an ES module's.
import ardexa = require("ardexa-client");
import catalog = require("ardexa-client/catalog");
import { ArdexaClient, type CmdReply, connect } from "ardexa-client";

export async function uptime(options: ardexa.ClientOptions): Promise<CmdReply> {
  const client: ArdexaClient = await connect(options);
  try {
    return await client.cmd("d", "uptime");
  } catch (error) {
    if (error instanceof ardexa.ArdexaError && error.code === "timeout") await client.close();
    throw error;
  }
}
export const devices = (options: catalog.ListDevicesOptions): Promise<catalog.DeviceDirectory> =>
  catalog.listDevices(options);
// @ts-expect-error: there is no default export
export const none = ardexa.default;
