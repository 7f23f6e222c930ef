import ardexa = require("ardexa-client");
import inline = require("ardexa-client/inline");

declare const process: { env: Record<string, string | undefined> };
declare const console: { log(text: string): void };

const { options, deviceId }: { options: ardexa.ClientOptions; deviceId: string } = JSON.parse(process.env.GIVEN ?? "");

async function main(): Promise<number> {
  await inline.init();
  const client: ardexa.ArdexaClient = await ardexa.connect(options);
  const { returnCode } = await client.cmd(deviceId, "uptime");
  await client.close();
  return returnCode;
}

void main().then((returnCode) => console.log(JSON.stringify({ returnCode })));
