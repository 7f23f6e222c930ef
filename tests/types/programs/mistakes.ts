// What must not check, against the package or against the contract.
import { ArdexaClient, connect, type AgentConfig, type ErrorCode, type FeedSample } from "ardexa-client";

declare const client: ArdexaClient;
declare const sample: FeedSample;
const good = { url: "u", workgroup: "w", token: "t" };
const request = { deviceId: "d", table: "t", source: "s" };

export function options() {
  // @ts-expect-error: no options
  new ArdexaClient();
  // @ts-expect-error: the token is missing
  new ArdexaClient({ url: "u", workgroup: "w" });
  // @ts-expect-error: the workgroup is missing
  void connect({ url: "u", token: "t" });
  // @ts-expect-error: the url is missing
  void connect({ workgroup: "w", token: "t" });
  // @ts-expect-error: another name
  void connect({ ...good, tokens: "t" });
  // @ts-expect-error: another name
  void connect({ ...good, timeout: 1 });
  // @ts-expect-error: a number is wanted
  void connect({ ...good, timeoutMs: "1" });
  // @ts-expect-error: a token function gives a text
  void connect({ ...good, token: () => 1 });
  // @ts-expect-error: 3, 4 or auto
  void connect({ ...good, protocol: 5 });
  // @ts-expect-error: false or options
  void connect({ ...good, reconnect: true });
  // @ts-expect-error: another name
  void connect({ ...good, reconnect: { minDelay: 1 } });
  // @ts-expect-error: no null
  void connect({ ...good, path: null });
  // @ts-expect-error: an instance is no constructor
  void connect({ ...good, webSocket: new WebSocket("wss://a.b") });
}

export function events() {
  // @ts-expect-error: no such event
  client.on("connected", () => {});
  // @ts-expect-error: a wire event is for onAny
  client.on("device:cmd:rpc", () => {});
  // @ts-expect-error: no such field
  client.on("connect", ({ sid }) => sid);
  // @ts-expect-error: another event's payload
  client.on("warning", (event: { attempt: number }) => event);
  // @ts-expect-error: a listener is a function
  client.once("warning", null);
  // @ts-expect-error: no listener
  client.off("warning");
  // @ts-expect-error: arguments are unknown
  client.onAny((_event, first: string) => first);
  // @ts-expect-error: in or out
  client.onFrame((direction) => direction === "both");
}

export function properties() {
  // @ts-expect-error: no such state
  void (client.state === "open");
  // @ts-expect-error: it may be undefined
  client.id.length;
  // @ts-expect-error: it may be undefined
  client.stats().lastFrameMs.toFixed();
  // @ts-expect-error: no such code
  "unknown" satisfies ErrorCode;
  // @ts-expect-error: read only
  client.state = "connected";
  // @ts-expect-error: read only
  client.id = "x";
}

export async function requests() {
  // @ts-expect-error: the command is missing
  await client.cmd("d");
  // @ts-expect-error: a device's id is a text
  await client.cmd(7, "ls");
  // @ts-expect-error: another name
  await client.cmd("d", "ls", { timeout: 1 });
  // @ts-expect-error: a signal, not a controller
  await client.cmd("d", "ls", { signal: new AbortController() });
  // @ts-expect-error: only doUpgrade has steps
  await client.cmd("d", "ls", { onProgress: () => {} });
  // @ts-expect-error: no such field
  (await client.cmd("d", "ls")).output;
  // @ts-expect-error: a configuration is an object
  await client.testConfig("d", "a: 1");
  // @ts-expect-error: YAML is a text
  await client.applyYamlConfig("d", { debug: 1 });
  // @ts-expect-error: the payload is missing
  await client.request("x");
  // @ts-expect-error: unknown wants to be looked at
  (await client.request("x", {})).length;
  // @ts-expect-error: arguments come as an array
  await client.emitWithAck("x", 1);
  // @ts-expect-error: frequency is missing
  ({ run: [{ command: "ls", table: "t", source: "s", expect: "log" }] }) satisfies AgentConfig;
  // @ts-expect-error: a level is a number
  ({ debug: "1" }) satisfies AgentConfig;
}

export async function feeds() {
  // @ts-expect-error: the source is missing
  await client.feed({ deviceId: "d", table: "t" });
  // @ts-expect-error: another name
  await client.feed({ ...request, fields: "f" });
  // @ts-expect-error: another name
  await client.feed(request, () => {}, { buffer: 1 });
  // @ts-expect-error: the value is unknown
  await client.feed(request, ({ value }) => value + 1);
  // @ts-expect-error: the value is unknown
  sample.value.toFixed();
  // @ts-expect-error: a feed is not iterable in step
  for (const _ of await client.feed(request)) break;
  // @ts-expect-error: read only
  (await client.feed(request)).id = "x";
  // @ts-expect-error: capacity is a number
  await client.series(request, { capacity: "1" });
  // @ts-expect-error: the number of buckets is missing
  (await client.series(request)).minMax();
}
