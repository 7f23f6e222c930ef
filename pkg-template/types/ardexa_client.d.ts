// The glue that wasm-bindgen generates, as far as the package's sources use it.
import type * as api from "../index.js";

export class ArdexaClient extends api.ArdexaClient {
  handOverCallbacks(): unknown;
}

/** As in src/bindings/js/error.js. */
export class ArdexaError extends api.ArdexaError {
  constructor(message: string, details: { code: api.ErrorCode; cause?: unknown; data?: unknown });
}

export const Feed: Function;
export const FeedIterator: Function;
export const Series: Function;

export function initSync(options: { module: WebAssembly.Module }): unknown;
export function setDefaultWebSocket(webSocket: unknown): void;
export default function init(options: { module_or_path: unknown }): Promise<unknown>;
