import ardexa = require("ardexa-client");
import inline = require("ardexa-client/inline");

declare const process: { env: Record<string, string | undefined> };
declare const console: { log(text: string): void };

interface Given {
  options: ardexa.ClientOptions;
  deviceId: string;
  request: ardexa.FeedRequest;
  samples: number;
}

interface Told {
  returnCode: number;
  values: unknown[];
}

const { options, deviceId, request, samples }: Given = JSON.parse(process.env.GIVEN ?? "");

async function main(): Promise<Told> {
  await inline.init();
  const client: ardexa.ArdexaClient = await ardexa.connect(options);
  const { returnCode } = await client.cmd(deviceId, "uptime");
  const values: unknown[] = [];
  for await (const { value } of await client.feed(request)) {
    values.push(value);
    if (values.length === samples) break;
  }
  await client.close();
  return { returnCode, values };
}

void main().then((told) => console.log(JSON.stringify(told)));
