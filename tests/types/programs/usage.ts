// Programs as their authors write them. They must check against the package and against the contract.
import { ArdexaClient, ArdexaError, connect, init } from "ardexa-client";
import type {
  AgentConfig,
  ClientEvents,
  ClientOptions,
  CmdReply,
  ConnectionState,
  DeviceStateChange,
  ErrorCode,
  Feed,
  FeedGap,
  FeedSample,
  ReconnectOptions,
  RequestOptions,
  Series,
  UpgradeStep,
} from "ardexa-client";

type Identical<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <_ extends true>() => {};
type IsAny<T> = 0 extends 1 & T ? true : false;

export async function connecting() {
  const nothing: void = await init();
  await init("/ardexa_client_bg.wasm");
  await init(new URL("https://cloud.example/ardexa_client_bg.wasm"));
  await init(new Uint8Array(8));
  await init(new ArrayBuffer(8));
  await init(await fetch("/ardexa_client_bg.wasm"));
  await init(await WebAssembly.compile(new Uint8Array(8)));
  const reconnect: ReconnectOptions = {
    minDelayMs: 1,
    maxDelayMs: 2,
    maxAttempts: Infinity,
    stableAfterMs: 3,
    firstConnect: true,
  };
  const options: ClientOptions = {
    url: "https://app.ardexa.com",
    workgroup: "w",
    token: async () => "t",
    path: "/socket.io-client",
    protocol: "auto",
    connectTimeoutMs: 1,
    timeoutMs: 1,
    reconnect,
    webSocket: WebSocket,
    allowInsecure: false,
  };
  const client: ArdexaClient = await connect(options);
  new ArdexaClient({ ...options, token: "t", protocol: 4, reconnect: false });
  new ArdexaClient({ ...options, token: () => "t", protocol: 3 });
  const state: ConnectionState = client.state;
  const id: string | undefined = client.id;
  client.reconnectNow();
  await client.close();
  return { nothing, state, id };
}

export async function disposing(options: ClientOptions) {
  await using client = await connect(options);
  await using feed = await client.feed({ deviceId: "d", table: "t", source: "s" });
  await using series = await client.series({ deviceId: "d", table: "t", source: "s" });
  const disposable: AsyncDisposable = client;
  return [disposable, feed.id, series.length];
}

export class Fleet extends ArdexaClient {
  constructor(token: string) {
    super({ url: "https://app.ardexa.com", workgroup: "w", token });
  }
  uptime(deviceId: string, options?: RequestOptions): Promise<CmdReply> {
    return this.cmd(deviceId, "uptime", options);
  }
}

export function events(client: ArdexaClient) {
  const stop: () => void = client.on("connect", (event) => {
    same<Identical<typeof event, { id: string; attempt: number; reconnected: boolean }>>();
  });
  client.once("disconnect", ({ reason, willReconnect, error }) => {
    switch (reason) {
      case "io server disconnect":
      case "io client disconnect":
      case "ping timeout":
      case "transport close":
      case "transport error":
      case "parse error":
        break;
      default:
        reason satisfies never;
    }
    willReconnect satisfies boolean;
    error?.code satisfies ErrorCode | undefined;
  });
  client.on("reconnecting", ({ attempt, delayMs }) => attempt + delayMs);
  client.on("connect_error", ({ error, attempt, willRetry }) => [error.message, attempt.toFixed(), willRetry === true]);
  client.on("device:stateChange", (change) => {
    same<Identical<typeof change, DeviceStateChange>>();
    change.deviceId?.toUpperCase();
  });
  client.on("device:new", ({ id, cn, online }) => [id.length, cn.length, online === false]);
  client.on("device:metaChange", ({ id }) => id.length);
  client.on("warning", ({ error }) => error.cause);
  const listener = (event: ClientEvents["warning"]) => void event.error;
  client.on("warning", listener);
  client.off("warning", listener);
  client.onAny((event, ...args) => {
    same<Identical<typeof event, string>>();
    same<Identical<typeof args, unknown[]>>();
    const ack = args.at(-1);
    if (typeof ack === "function") ack("answer");
  });
  client.onFrame((direction, frame) => {
    same<Identical<typeof direction, "in" | "out">>();
    const size = typeof frame === "string" ? frame.length : frame.byteLength;
    return size;
  });
  const name = "warning" as keyof ClientEvents;
  client.on(name, (event) => event);
  const { framesIn, framesOut, bytesIn, bytesOut, samples, connections, openRequests, openFeeds, lastFrameMs } =
    client.stats();
  lastFrameMs satisfies number | undefined;
  stop();
  return framesIn + framesOut + bytesIn + bytesOut + samples + connections + openRequests + openFeeds;
}

export async function requests(client: ArdexaClient) {
  const options: RequestOptions = {
    timeoutMs: Infinity,
    signal: AbortSignal.timeout(1),
    requestId: "r",
    extra: { any: ["thing", 1n] },
  };
  const { stdout, stderr, returnCode, correlationId, requestId } = await client.cmd("d", "ls", options);
  requestId satisfies string | undefined;
  const config: AgentConfig = {
    my_fields: [{ name: "one", expect: "integer", meta: { units: "$" } }],
    run: [{ command: "ls", frequency: 30, table: "t", source: "s", expect: "decimal" }],
    tail: [{ file: "/tmp/x", table: "t", source: "s", expect: "something new", fields: "my_fields", anything: 1 }],
    amqp: { port: 30671 },
    debug: 1,
    stdout: true,
  };
  (await client.testConfig("d", config, options)).result satisfies "success";
  (await client.applyConfig("d", config)).result satisfies "success";
  (await client.applyYamlConfig("d", "a: 1")).requestId satisfies string;
  (await client.refreshMeta("d")).complete satisfies true;
  const steps: UpgradeStep[] = [];
  const last = await client.doUpgrade("d", { ...options, onProgress: (step) => void steps.push(step) });
  (await client.sendArdexactl("d")).complete satisfies true;
  (await client.sendArdpkg("d", {})).complete satisfies true;
  const answer = await client.request("device:later", { deviceId: "d" }, options);
  same<Identical<typeof answer, unknown>>();
  client.emit("event");
  client.emit("event", 1, "two", new Uint8Array(3), undefined);
  const acknowledged = await client.emitWithAck("event", [1, 2], options);
  same<Identical<typeof acknowledged, unknown[]>>();
  return [stdout.length, stderr.length, returnCode + 1, correlationId.length, last.status.length];
}

export async function feeds(client: ArdexaClient) {
  const request = { deviceId: "d", table: "t", source: "s", field: "f" };
  const onGap = ({ fromMs, toMs, lastMessageId }: FeedGap) => [
    fromMs?.toFixed(),
    toMs.toFixed(),
    lastMessageId?.length,
  ];
  const feed: Feed = await client.feed(request, (sample) => sample.value, { queue: 1, onGap, timeoutMs: 1, extra: {} });
  await client.feed(request, async () => {});
  for await (const sample of await client.feed(request, { queue: 10 })) {
    same<Identical<typeof sample, FeedSample<unknown>>>();
    same<Identical<IsAny<typeof sample.value>, false>>();
    if (typeof sample.value === "number") return sample.value;
  }
  const iterable: AsyncIterable<FeedSample> = await client.feed(request);
  const iterator = iterable[Symbol.asyncIterator]();
  const { done, value } = await iterator.next();
  if (!done) value.event_time.length;
  const numbers: FeedSample<number> = { ...(value as FeedSample), value: 1 };
  await feed.stop();
  await client.stopAllFeeds();
  return feed.received + feed.dropped + numbers.value + feed.request.table.length;
}

export async function charts(client: ArdexaClient) {
  const series: Series = await client.series(
    { deviceId: "d", table: "t", source: "s" },
    { capacity: 100, onUpdate: (one) => one.length },
  );
  const times: Float64Array = series.times();
  const values: Float64Array = series.values(1);
  const reduced: Float64Array = series.minMax(600, { column: 0, fromMs: 0, toMs: 1 });
  await series.stop();
  return times.length + values.length + reduced.length + series.total + series.columns + series.feed.received;
}

export function failures(error: unknown) {
  if (!(error instanceof ArdexaError)) return;
  const plain: Error = error;
  same<Identical<typeof error.name, "ArdexaError">>();
  same<Identical<typeof error.data, unknown>>();
  switch (error.code) {
    case "aborted":
    case "closed":
    case "disconnected":
    case "invalid-argument":
    case "not-connected":
    case "protocol":
    case "rejected":
    case "timeout":
    case "too-large":
    case "unauthorized":
    case "unreachable":
      return [plain.stack, error.event?.length, error.requestId?.length, error.cause];
    default:
      // The union is closed.
      return error.code satisfies never;
  }
}
