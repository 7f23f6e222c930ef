// A program whose platform has no types but these; its WebSocket is that of the package `ws`.
import { ArdexaClient, type WebSocketConstructor } from "ardexa-client";

declare global {
  interface AbortSignal {
    readonly aborted: boolean;
  }
  interface URL {
    href: string;
  }
}

/** As `ws` declares it, in short. */
declare class Socket {
  constructor(url: string | URL, protocols?: string | string[]);
  binaryType: "nodebuffer" | "arraybuffer" | "fragments";
  readonly readyState: 0 | 1 | 2 | 3;
  onopen: ((event: { type: string }) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: { message: string }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  send(data: string | Uint8Array, callback?: (error?: Error) => void): void;
  close(code?: number, reason?: string): void;
}

const webSocket: WebSocketConstructor = Socket;
export const client = new ArdexaClient({ url: "https://app.ardexa.com", workgroup: "w", token: "t", webSocket });
