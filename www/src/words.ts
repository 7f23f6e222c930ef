/** One sentence per client error: what happened, and what to do. Also formats counts and times. */
import type { ArdexaError, DisconnectReason, ErrorCode } from "ardexa-client";

const SENTENCES: Record<ErrorCode, (error: ArdexaError) => string> = {
  aborted: () => "Stopped waiting. The device is not notified and may still act.",
  closed: () => "The connection was closed. Connect again to continue.",
  disconnected: () =>
    "The connection was lost after sending. The device may have acted: check it before you try again.",
  "invalid-argument": (error) => `${capital(error.message.replace(/^url:/, "the address"))}.`,
  "not-connected": () => "Not connected, so nothing was sent. Try again once connected.",
  protocol: (error) =>
    `Unexpected message from the server (${error.message}). Check that the address is that of an Ardexa cloud.`,
  rejected: (error) => `The cloud answered: ${spoken(error)}`,
  timeout: () =>
    "No answer in time. The device may be busy or offline, and may still act: check it before you try again.",
  "too-large": () => "Too large for the cloud, so nothing was sent. Shorten it and try again.",
  unauthorized: (error) =>
    `The cloud refused the connection (${reason(error)}). Check the workgroup, or paste a new token.`,
  unreachable: () => "Could not reach the cloud. Check the address and the network.",
};

/** For an action that was not attempted. */
export const NOT_CONNECTED = "Not connected. Try again once connected.";

/** An error raised by the page itself; its message is already a sentence. */
export class Notice extends Error {}

export function sentence(error: unknown): string {
  if (error instanceof Notice) return error.message;
  if (isArdexaError(error)) return SENTENCES[error.code](error);
  return `Something went wrong (${error instanceof Error ? error.message : String(error)}). Try again, or reload the page.`;
}

export const isArdexaError = (error: unknown): error is ArdexaError =>
  error instanceof Error && error.name === "ArdexaError" && Object.hasOwn(SENTENCES, (error as ArdexaError).code);

/** The cloud's own message in an error. */
export function spoken({ data, message }: ArdexaError): string {
  if (typeof data === "string") return data.trim();
  const text = (data as { message?: unknown } | undefined)?.message;
  return typeof text === "string" ? text.trim() : message;
}

function reason({ data, message }: ArdexaError): string {
  const { code, reason } = (data ?? {}) as { code?: unknown; reason?: unknown };
  const parts = [code, reason].filter((part) => typeof part === "string" || typeof part === "number");
  return parts.length > 0 ? parts.join(" ") : message;
}

/** Why a connection ended. */
export const LOST: Record<DisconnectReason, string> = {
  "io server disconnect": "The cloud ended the connection",
  "io client disconnect": "Disconnected",
  "ping timeout": "Connection lost: the cloud stopped responding",
  "transport close": "Connection lost",
  "transport error": "Connection lost",
  "parse error": "Connection lost: the cloud sent an unexpected message",
};

export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
export const plural = (count: number, one: string, many = `${one}s`) => `${whole(count)} ${count === 1 ? one : many}`;

const WHOLE = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
export const whole = (value: number) => WHOLE.format(value);

/** A duration in everyday units: 0.2 s, 14 s, 3 min, 2 h. */
export function span(ms: number): string {
  const s = Math.max(0, ms) / 1_000;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 90) return `${Math.round(s)} s`;
  if (s < 5_400) return `${Math.round(s / 60)} min`;
  if (s < 172_800) return `${Math.round(s / 3_600)} h`;
  return `${Math.round(s / 86_400)} days`;
}

/** Elapsed time as a clock: 00:41:07. */
export function lasted(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1_000));
  return [Math.floor(s / 3_600), Math.floor(s / 60) % 60, s % 60].map((n) => String(n).padStart(2, "0")).join(":");
}

export const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const DAY = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** A time of day in the viewer's zone; with the date if it is another day. */
export function clock(ms: number): string {
  return new Date(ms).toDateString() === new Date().toDateString() ? CLOCK.format(ms) : DAY.format(ms);
}

/** Samples per second: 0.2, 1.0, 50, 10,240. */
export const rate = (perSecond: number) => (perSecond < 10 ? perSecond.toFixed(1) : whole(perSecond));
