// A program that finds devices and sources, as its author writes it, and what must not check.
import { connect, type ArdexaClient, type ErrorCode } from "ardexa-client";
import { askDevice, listDevices, mergeSources, readLog } from "ardexa-client/catalog";
import type {
  AskDeviceOptions,
  CatalogDevice,
  CatalogField,
  CatalogIssue,
  CatalogSource,
  DeviceAnswer,
  DeviceDirectory,
  FetchLike,
  ListDevicesOptions,
  LogRows,
  ReadLogOptions,
} from "ardexa-client/catalog";

const given = { url: "https://app.ardexa.com", workgroup: "w", token: "t" };

export async function listing(signal: AbortSignal) {
  const options: ListDevicesOptions = {
    ...given,
    token: async () => "t",
    signal,
    timeoutMs: Infinity,
    fetch,
    allowInsecure: false,
  };
  const { devices, issues }: DeviceDirectory = await listDevices(options);
  const mine: FetchLike = async (url, { headers }) => ({
    ok: url === headers["authorization"],
    status: 200,
    text: async () => "[]",
  });
  await listDevices({ ...given, fetch: mine });
  const [device] = devices;
  const online: boolean | undefined = device?.online;
  const first: CatalogDevice | undefined = device;
  const raw: unknown = first?.raw["meta"];
  const codes: (ErrorCode | undefined)[] = issues.map(({ code }: CatalogIssue) => code);
  return { online, raw, codes };
}

export async function asking() {
  const client: ArdexaClient = await connect(given);
  const options: AskDeviceOptions = { rows: 100, name: false, configFile: "/a", parseYaml: (text) => text.length };
  const answer: DeviceAnswer = await askDevice(client, "d", options);
  const shell: "posix" | "windows" | undefined = answer.shell;
  const all: CatalogSource[] = mergeSources(answer.sources, []);
  const requests = all.flatMap(({ table, source, fields }) =>
    fields.map(({ name }: CatalogField) => ({ deviceId: answer.deviceId, table, source, field: name })),
  );
  for (const request of requests) await client.feed(request);
  const log: ReadLogOptions = { maxRows: 10, logFolder: "/b" };
  const { rows }: { rows?: LogRows } = await readLog(client, "d", all[0]!, log);
  const value: number | boolean | string | null | undefined = rows?.values[0]?.[0];
  // Anything that can run a command will do.
  await askDevice({ cmd: client.cmd.bind(client) }, "d");
  return { shell, value };
}

export async function mistakes(client: ArdexaClient) {
  // @ts-expect-error: the token is missing
  await listDevices({ url: "u", workgroup: "w" });
  // @ts-expect-error: another name
  await listDevices({ ...given, timeout: 1 });
  // @ts-expect-error: a fetch answers with a promise
  await listDevices({ ...given, fetch: () => 5 });
  // @ts-expect-error: the client comes first
  await askDevice("d", client);
  // @ts-expect-error: no text
  await askDevice(client, "d", { rows: "5" });
  // @ts-expect-error: a log is of a table and a source
  await readLog(client, "d", { table: "t" });
  // @ts-expect-error: `raw` is anything
  const name: string = (await listDevices(given)).devices[0]!.raw["name"];
  return name;
}
