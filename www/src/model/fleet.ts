/** The known devices: from the cloud's list, its broadcasts, the devices themselves, and IDs entered by the user. */
import { batch, computed, signal } from "@preact/signals";
import type { ArdexaClient } from "ardexa-client";
import type { CatalogSource } from "ardexa-client/catalog";
import { Emitter, oncePerFrame } from "../signals";
import { recallLong, storeLong } from "./memory";

export type Source = CatalogSource;

export interface Device {
  id: string;
  /** The name from the cloud or the device itself. */
  name?: string;
  /** The name given by the user on this page. */
  givenName?: string;
  /** The site that the user assigned. */
  group?: string;
  /** `undefined` if unknown. */
  online?: boolean;
  /** When its state changed, if known. */
  changedMs?: number;
  /** `changedMs` is from before a reload: the state is the same, but may have changed and changed back in between. */
  isChangeOld?: boolean;
  /** When the page first saw this state. */
  seenMs: number;
  /** When it was last known to be online. */
  lastSeenMs?: number;
  sources: Source[];
  /** When it was last asked for its sources, and what could not be read. */
  asked?: { atMs: number; issues: string[] };
}

export interface Activity {
  atMs: number;
  deviceId: string;
  text: string;
  kind: "online" | "offline" | "other";
}

/** What is stored of a device across reloads. The stored state may be out of date. */
type KeptDevice = Pick<Device, "id" | "name" | "givenName" | "group" | "lastSeenMs" | "asked" | "sources"> & {
  last?: { online: boolean; changedMs?: number };
};

const MOST_ACTIVITY = 500;
const MOST_KEPT = 2_000;
/** How long after a device went offline its samples and answers may still arrive. */
const IN_FLIGHT_MS = 3_000;
/** Resolution of "last seen". */
const SEEN_STEP_MS = 10_000;

export class Fleet {
  /** In order of first appearance, so that a new device does not move the others. */
  readonly #devices = signal<ReadonlyMap<string, Device>>(new Map());
  readonly #last = new Map<string, NonNullable<KeptDevice["last"]>>();
  readonly happened = new Emitter<Activity>();
  /** Newest first. */
  readonly activity = signal<readonly Activity[]>([]);
  /** The device that the views show. */
  readonly current = signal<string | undefined>(undefined);
  /** Devices selected for bulk actions. */
  readonly selected = signal<ReadonlySet<string>>(new Set());
  readonly list = computed(() => [...this.#devices.value.values()]);
  /** When the last broadcast, answer or sample arrived. */
  lastWordMs: number | undefined;
  #key: string | undefined;

  get devices(): ReadonlyMap<string, Device> {
    return this.#devices.value;
  }

  /** Loads the stored devices of a cloud's workgroup, and stores changes from here on. */
  open(key: string): void {
    const kept = recallLong<KeptDevice[]>(key) ?? [];
    this.#key = undefined;
    this.#last.clear();
    const devices = new Map<string, Device>();
    for (const { last, ...device } of kept) {
      if (typeof device.id !== "string") continue;
      devices.set(device.id, { ...device, sources: device.sources ?? [], seenMs: Date.now() });
      if (last) this.#last.set(device.id, last);
    }
    batch(() => {
      this.#devices.value = devices;
      this.activity.value = [];
      this.selected.value = new Set();
    });
    this.#key = key;
  }

  note(device: Partial<Device> & { id: string }): void {
    this.noteAll([device]);
  }

  noteAll(news: readonly (Partial<Device> & { id: string })[]): void {
    const devices = new Map(this.#devices.peek());
    for (const device of news) devices.set(device.id, this.#merged(devices.get(device.id), device));
    this.#set(devices);
  }

  /** Replaces a device, so that fields can also be removed. */
  replace(device: Device): void {
    this.#set(new Map(this.#devices.peek()).set(device.id, device));
  }

  #merged(known: Device | undefined, news: Partial<Device> & { id: string }): Device {
    const nowMs = Date.now();
    const merged: Device = { seenMs: nowMs, sources: [], ...known, ...news };
    if (merged.online) merged.lastSeenMs = nowMs;
    if (merged.online !== known?.online && !("changedMs" in news)) {
      // The state changed unobserved.
      merged.seenMs = nowMs;
      delete merged.changedMs;
      const last = known?.online === undefined ? this.#last.get(merged.id) : undefined;
      if (last?.changedMs !== undefined && last.online === merged.online)
        Object.assign(merged, { changedMs: last.changedMs, isChangeOld: true });
    }
    if ("changedMs" in news) delete merged.isChangeOld;
    return merged;
  }

  /** A device has answered or sent a sample: it is online, whatever the broadcasts say. */
  heard(id: string): void {
    const device = this.#devices.peek().get(id);
    const nowMs = Date.now();
    this.lastWordMs = nowMs;
    // Data in flight when the device went offline proves nothing.
    if (device?.online === false && nowMs - (device.changedMs ?? 0) < IN_FLIGHT_MS) return;
    if (device?.online && nowMs - (device.lastSeenMs ?? 0) < SEEN_STEP_MS) return;
    this.note({ id, online: true });
  }

  /** Removes devices; returns a function that restores them. */
  remove(ids: readonly string[]): () => void {
    const gone = ids.flatMap((id) => this.#devices.peek().get(id) ?? []);
    const devices = new Map(this.#devices.peek());
    for (const id of ids) devices.delete(id);
    const selected = new Set([...this.selected.peek()].filter((id) => devices.has(id)));
    batch(() => {
      this.#set(devices);
      this.selected.value = selected;
      if (this.current.peek() !== undefined && ids.includes(this.current.peek()!)) this.current.value = undefined;
    });
    return () =>
      this.#set(new Map([...gone.map((device): [string, Device] => [device.id, device]), ...this.#devices.peek()]));
  }

  listen(client: ArdexaClient): void {
    client.on("device:stateChange", ({ deviceId, online }) => {
      if (!deviceId) return;
      this.note({ id: deviceId, online, changedMs: Date.now() });
      this.#tell(deviceId, online ? "online" : "offline", online ? "came online" : "went offline");
    });
    client.on("device:new", ({ id, online }) => {
      this.note({ id, online, changedMs: Date.now() });
      this.#tell(id, "other", "is new in this workgroup");
    });
    client.on("device:metaChange", ({ id }) => {
      this.note({ id });
      this.#tell(id, "other", "has new metadata");
    });
  }

  select(ids: readonly string[], on: boolean): void {
    const next = new Set(this.selected.peek());
    for (const id of ids) {
      if (on) next.add(id);
      else next.delete(id);
    }
    this.selected.value = next;
  }

  /** The name of a device for use in a sentence. */
  nameOf(id: string): string {
    const device = this.devices.get(id);
    return device ? nameOf(device) : id;
  }

  sourceOf({ deviceId, table, source }: { deviceId: string; table: string; source: string }): Source | undefined {
    return this.devices.get(deviceId)?.sources.find((one) => one.table === table && one.source === source);
  }

  #set(devices: ReadonlyMap<string, Device>): void {
    this.#devices.value = devices;
    this.#keep();
  }

  #keep = oncePerFrame(() => {
    if (!this.#key) return;
    const kept = [...this.#devices.peek().values()]
      .slice(0, MOST_KEPT)
      .map(({ id, name, givenName, group, lastSeenMs, asked, sources, online, changedMs }): KeptDevice => {
        const last =
          online === undefined ? this.#last.get(id) : { online, ...(changedMs !== undefined && { changedMs }) };
        // The cloud's copy of the scenario may hold secrets, and is not needed again.
        const plain = sources.map(({ raw: _, ...source }) => source);
        return {
          id,
          sources: plain,
          ...(name && { name }),
          ...(givenName && { givenName }),
          ...(group && { group }),
          ...(lastSeenMs && { lastSeenMs }),
          ...(asked && { asked }),
          ...(last && { last }),
        };
      });
    storeLong(this.#key, kept);
  });

  #tell(deviceId: string, kind: Activity["kind"], text: string): void {
    const entry = { atMs: Date.now(), deviceId, kind, text };
    this.lastWordMs = entry.atMs;
    this.activity.value = [entry, ...this.activity.peek()].slice(0, MOST_ACTIVITY);
    this.happened.emit(entry);
  }
}

export const nameOf = ({ id, name, givenName }: Pick<Device, "id" | "name" | "givenName">) => givenName ?? name ?? id;
export function stateOf({ online }: Pick<Device, "online">) {
  if (online === undefined) return "unknown";
  return online ? "online" : "offline";
}

/** Whether a device matches a filter. */
export function matches(device: Device, typed: string): boolean {
  const text =
    `${nameOf(device)} ${device.name ?? ""} ${device.id} ${device.group ?? ""} ${stateOf(device)}`.toLowerCase();
  return typed
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The IDs in a pasted text: one per line, or separated by spaces, commas or semicolons. */
export const idsIn = (text: string): string[] => [...new Set(text.split(/[\s,;"']+/).filter(Boolean))];
