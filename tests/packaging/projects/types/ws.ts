// The class of the package `ws`, and one made from it, which goes through a proxy.
import { connect, type ArdexaClient, type ClientOptions, type Series, type WebSocketConstructor } from "ardexa-client";
import WebSocket from "ws";

class Proxied extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols, { rejectUnauthorized: true });
  }
}

/** With less than `ws` asks for. */
class Plain extends WebSocket {
  constructor(url: string) {
    super(url);
  }
}

export const classes: WebSocketConstructor[] = [WebSocket, Proxied, Plain];

export const connected = (options: Omit<ClientOptions, "webSocket">): Promise<ArdexaClient>[] => [
  connect({ ...options, webSocket: WebSocket }),
  connect({ ...options, webSocket: Proxied }),
];

export const newest = (series: Series): Float64Array | undefined => series.last();
