// What the test pages, and the tests themselves, put on `globalThis` of a page, for functions that run there.

/** An error as plain data: see `plain` in pages/helpers.js. */
interface PlainError {
  isError: boolean;
  name?: string;
  message: string;
  code?: string;
  data?: any;
  event?: string;
  requestId?: string;
  cause?: string;
}
/** How a promise ended; one of the two is set. */
interface Settled<T = unknown> {
  value?: T;
  error?: PlainError;
}

// pages/helpers.js
declare var violations: string[];
declare var plain: (error: any) => PlainError;
declare var settled: <T>(promise: Promise<T>) => Promise<Settled<T>>;
declare var until: (condition: () => unknown) => Promise<void>;
declare var pkg: () => Promise<typeof import("ardexa-client")>;

// dashboard/search.mjs: axe-core
declare var axe: any;

// What several tests keep in their page.
declare var client: import("ardexa-client").ArdexaClient;
declare var feed: import("ardexa-client").Feed;
declare var series: import("ardexa-client").Series;
declare var samples: import("ardexa-client").FeedSample[];
declare var gaps: import("ardexa-client").FeedGap[];
declare var worker: Worker;
declare var slow: Promise<Settled>;

// suite/connection.mjs
interface PageEvent {
  name: string;
  error?: PlainError;
  reason?: string;
  willReconnect?: boolean;
  willRetry?: boolean;
  reconnected?: boolean;
}
declare var events: PageEvent[];
declare var disconnectReason: Promise<string>;
declare var connectedAgain: Promise<unknown>;
declare var disconnected: Promise<{ reason: string; willReconnect: boolean; code?: string }>;
declare var brokenLoop: Promise<Settled>;
declare var typed: [event: string, payload: any][];
declare var anyEvents: unknown[][];
declare var frameLog: [direction: "in" | "out", frame: string][];

// suite/feeds.mjs
declare var counts: { one: number; two: number; other: number; loop: number };
declare var feeds: import("ardexa-client").Feed[];
declare var loop: Promise<string>;
declare var values: unknown[];
declare var warnings: PlainError[];

// suite/loading.mjs
type InitInput = Parameters<typeof import("ardexa-client").init>[0];
declare var source: (path: string) => [] | [InitInput] | Promise<[InitInput]>;
declare var wrong: () => InitInput;

// page-life.test.mjs, misbehaviour.test.mjs
declare var eventNames: string[];
declare var sampleCount: number;
declare var shows: boolean[];
declare var connecting: Promise<string>;
declare var ask: (act: string, given: unknown) => Promise<Settled & { violations: string[] }>;
declare var start: (...asked: [act: string, given: unknown][]) => Promise<unknown>;

// dashboard-agents.test.mjs
declare var longTasks: number[];

// recipes/
declare var tab: typeof import("./recipes/shared.js").tab;
declare var page: import("./recipes/page.js").RecipePage;
declare module "*.vue" {
  const component: import("vue").Component;
  export default component;
}
