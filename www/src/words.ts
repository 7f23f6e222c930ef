/** What happened, and what can be done: a sentence for each of the client's errors; numbers and times as text. */
import type { ArdexaError, DisconnectReason, ErrorCode } from "ardexa-client";

const SENTENCES: Record<ErrorCode, (error: ArdexaError) => string> = {
  aborted: () => "No longer waiting. The device was not told: it may still act.",
  closed: () => "The connection was closed. Connect again to go on.",
  disconnected: () => "The connection was lost after this was sent: whether the device acted is not known. Check before trying again.",
  "invalid-argument": (error) => `${capital(error.message.replace(/^url:/, "the address"))}.`,
  "not-connected": () => "Not connected, so nothing was sent. Try again once the connection is back.",
  protocol: (error) => `The server said something that is not understood (${error.message}). Is the address that of an Ardexa cloud?`,
  rejected: (error) => `The cloud answered: ${spoken(error)}`,
  timeout: () => "No answer in time. The device may be busy or gone; whether it acted is not known.",
  "too-large": () => "This is larger than the cloud takes. Nothing was sent.",
  unauthorized: (error) => `The cloud refused the connection (${reason(error)}). Check the workgroup, or paste a new token.`,
  unreachable: () => "The cloud did not answer. Check the address and the network.",
};

/** Of what the page does not even try. */
export const NOT_CONNECTED = "Not connected. Try again once the connection is back.";

/** An error of the page itself, whose message is a sentence already. */
export class Notice extends Error {}

export function sentence(error: unknown): string {
  if (error instanceof Notice) return error.message;
  if (isArdexaError(error)) return SENTENCES[error.code](error);
  return `Something went wrong: ${error instanceof Error ? error.message : String(error)}`;
}

export const isArdexaError = (error: unknown): error is ArdexaError =>
  error instanceof Error && error.name === "ArdexaError" && Object.hasOwn(SENTENCES, (error as ArdexaError).code);

/** What the cloud itself wrote in an error. */
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

/** A span as a person says it: 0.2 s, 14 s, 3 min, 2 h. */
export function span(ms: number): string {
  const s = Math.max(0, ms) / 1_000;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 90) return `${Math.round(s)} s`;
  if (s < 5_400) return `${Math.round(s / 60)} min`;
  if (s < 172_800) return `${Math.round(s / 3_600)} h`;
  return `${Math.round(s / 86_400)} days`;
}

/** How long an act took: 12 ms, 3.4 s. */
export const took = (ms: number) => (ms < 1_000 ? `${Math.round(ms)} ms` : span(ms));

/** How long a thing has lasted, as a clock: 00:41:07. */
export function lasted(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1_000));
  return [Math.floor(s / 3_600), Math.floor(s / 60) % 60, s % 60].map((n) => String(n).padStart(2, "0")).join(":");
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const UTC = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: "UTC" });

/** A time of day in the viewer's zone; with the day where it is another. */
export function clock(ms: number): string {
  return new Date(ms).toDateString() === new Date().toDateString() ? CLOCK.format(ms) : DAY.format(ms);
}
export const clockMs = (ms: number) => `${CLOCK.format(ms)}.${String(Math.floor(ms) % 1_000).padStart(3, "0")}`;
export const utc = (ms: number) => `${UTC.format(ms)} UTC`;

const FORMATS = new Map<number, Intl.NumberFormat>();
/** A measured value: as many digits as tell something, and as many as before, so that it does not twitch. */
export function value(number: number, atLeast = 0): string {
  if (!Number.isFinite(number)) return "–";
  const size = Math.abs(number);
  if (size >= 1e9 || (size > 0 && size < 1e-4)) return number.toExponential(2);
  const digits = Number.isInteger(number) ? 0 : size >= 1_000 ? 1 : size >= 1 ? 2 : 4;
  const key = digits * 8 + Math.min(atLeast, digits || atLeast);
  let format = FORMATS.get(key);
  if (!format) {
    const minimumFractionDigits = Math.min(atLeast, digits || atLeast);
    FORMATS.set(key, (format = new Intl.NumberFormat(undefined, { minimumFractionDigits, maximumFractionDigits: Math.max(digits, minimumFractionDigits) })));
  }
  return format.format(number);
}

/** Samples a second: 0.2, 1.0, 50, 10,240. */
export const rate = (perSecond: number) => (perSecond < 10 ? perSecond.toFixed(1) : whole(perSecond));

export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  if (count < 1e6) return `${(count / 1e3).toFixed(1)} KB`;
  return `${(count / 1e6).toFixed(1)} MB`;
}
