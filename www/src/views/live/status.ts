/** A panel's status, once a second: rate, age, gaps, what it waits for, and which feed deviates. */
import type { App } from "../../app";
import { clock, plural, rate, span } from "../../words";
import { byDeviation } from "./compare";
import type { Deviation } from "./compare";
import type { Panel } from "./panel";
import type { Gap } from "./reduce";

export interface GapStatus {
  text: string;
  title: string;
  last: Gap | undefined;
}
export interface Status {
  pace: string;
  /** The age of a value that is no longer current. */
  age: string;
  isStale: boolean;
  gaps: GapStatus | undefined;
  /** Why there is no chart; empty if there is one. */
  message: string;
  /** The compared feeds, the most deviating first. */
  rows: readonly Deviation[];
  /** When they were last sorted. */
  orderedMs: number;
}

/** How often the compared feeds are sorted; rows that move faster cannot be read. */
const ORDER_MS = 5_000;
const MOST_TOLD = 20;

export function statusOf(panel: Panel, app: App, nowMs: number, before: Status): Status {
  const { feeds, received } = panel;
  const stale = feeds.filter((feed) => feed.isStale(nowMs));
  const isOrdered = nowMs - before.orderedMs < ORDER_MS && before.rows.length > 0;
  return {
    pace: `${rate(panel.perSecond)}/s · ${plural(received, "sample")}`,
    age: ageOf(
      panel,
      stale.map(({ heardMs }) => heardMs ?? nowMs),
      nowMs,
    ),
    isStale: stale.length === feeds.length,
    gaps: gapsOf(panel, app, nowMs),
    message: messageOf(panel, app, nowMs),
    rows: isOrdered ? before.rows : rowsOf(panel, nowMs),
    orderedMs: isOrdered ? before.orderedMs : nowMs,
  };
}

function rowsOf(panel: Panel, nowMs: number): Deviation[] {
  if (!panel.isComparison) return [];
  return byDeviation(
    panel.feeds.map((feed, n) => ({
      n,
      name: panel.nameOf(feed),
      value: feed.isStale(nowMs) ? undefined : feed.valueOf(0),
    })),
  );
}

/** Gaps, both closed and still growing; with several feeds, those of the first. */
export function lostOf({ feeds: [feed] }: Panel, nowMs: number): Gap[] {
  return feed ? [...feed.gaps, ...feed.growing(nowMs)] : [];
}

function ageOf({ feeds, isComparison }: Panel, staleSince: readonly number[], nowMs: number): string {
  if (staleSince.length === 0) return "";
  if (isComparison && staleSince.length < feeds.length) return `${staleSince.length} stale`;
  return `${span(nowMs - Math.min(...staleSince))} old`;
}

function gapsOf(panel: Panel, { fleet }: App, nowMs: number): GapStatus | undefined {
  const device = fleet.devices.get(panel.request.deviceId);
  const all = lostOf(panel, nowMs);
  const last = all.at(-1);
  const title = all
    .slice(-MOST_TOLD)
    .map(({ from, to }) => `${clock(from)} to ${clock(to)}: ${span(to - from)}`)
    .join("\n");
  if (device?.online === false)
    return {
      text: `▲ device offline${device.changedMs === undefined ? "" : ` for ${span(nowMs - device.changedMs)}`}`,
      title,
      last,
    };
  return last && { text: `▲ ${plural(all.length, "gap")}, last ${span(last.to - last.from)}`, title, last };
}

function messageOf({ feeds: [feed], received, isEnded, request }: Panel, { fleet }: App, nowMs: number): string {
  if (feed?.text !== undefined) return "This feed sends text, which has no chart. The latest value is above.";
  if (received > 0) return "";
  const { table, source, field, deviceId } = request;
  const path = [table, source, field].filter(Boolean).join(" / ");
  if (isEnded) return `Not connected. ${path} starts once connected.`;
  const isOffline = fleet.devices.get(deviceId)?.online === false;
  return `Waiting for ${path} for ${span(nowMs - (feed?.askedMs ?? nowMs))}.${isOffline ? " The device is offline; samples arrive once it is back." : ""}`;
}
