/** A sentence for each of the client's errors: what happened, and what can be done. Also formats counts and times. */
import type { ArdexaError, DisconnectReason, ErrorCode } from "ardexa-client";

const SENTENCES: Record<ErrorCode, (error: ArdexaError) => string> = {
  aborted: () => "No longer waiting. The device is not notified and may still act.",
  closed: () => "The connection was closed. Connect again to go on.",
  disconnected: () =>
    "The connection was lost after this was sent: whether the device acted is not known. Check before trying again.",
  "invalid-argument": (error) => `${capital(error.message.replace(/^url:/, "the address"))}.`,
  "not-connected": () => "Not connected, so nothing was sent. Try again once the connection is back.",
  protocol: (error) =>
    `The server said something that is not understood (${error.message}). Is the address that of an Ardexa cloud?`,
  rejected: (error) => `The cloud answered: ${spoken(error)}`,
  timeout: () => "No answer in time. The device may be busy or gone; whether it acted is not known.",
  "too-large": () => "This is larger than the cloud takes. Nothing was sent.",
  unauthorized: (error) =>
    `The cloud refused the connection (${reason(error)}). Check the workgroup, or paste a new token.`,
  unreachable: () => "The cloud did not answer. Check the address and the network.",
};

/** An action that the page did not even attempt. */
export const NOT_CONNECTED = "Not connected. Try again once the connection is back.";

/** An error of the page itself, whose message is already a sentence. */
export class Notice extends Error {}

export function sentence(error: unknown): string {
  if (error instanceof Notice) return error.message;
  if (isArdexaError(error)) return SENTENCES[error.code](error);
  return `Something went wrong: ${error instanceof Error ? error.message : String(error)}`;
}

export const isArdexaError = (error: unknown): error is ArdexaError =>
  error instanceof Error && error.name === "ArdexaError" && Object.hasOwn(SENTENCES, (error as ArdexaError).code);

/** The cloud's own words in an error. */
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

/** Why a connection ended, in words. */
export const LOST: Record<DisconnectReason, string> = {
  "io server disconnect": "The cloud ended the connection",
  "io client disconnect": "Disconnected",
  "ping timeout": "Connection lost: the cloud went silent",
  "transport close": "Connection lost",
  "transport error": "Connection lost",
  "parse error": "Connection lost: the cloud sent something that is not understood",
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
