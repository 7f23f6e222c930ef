/** The devices that the page knows of: from the configuration, from the cloud's broadcasts, and typed in. */
import type { ArdexaClient } from "ardexa-client";
import { Cell, Signal } from "../cell";

export interface Field { name: string; expect?: string; meta?: { units?: string } }
export interface Source { name: string; expect?: string; fields?: Field[] }
export interface Table { name: string; sources: Source[] }

export interface Device {
  id: string;
  name?: string;
  online?: boolean;
  /** When its state changed, where the page saw that. */
  changedMs?: number;
  /** The page's first word of it. */
  seenMs: number;
  tables?: Table[];
}

export interface Activity { atMs: number; deviceId: string; text: string; kind: "online" | "offline" | "other" }

const MAX_ACTIVITY = 500;

export class Fleet {
  /** In the order of their first appearance, so that a new one pushes nothing. */
  readonly devices = new Map<string, Device>();
  readonly changed = new Signal<Device | undefined>();
  readonly happened = new Signal<Activity>();
  readonly activity: Activity[] = [];
  /** The device that the views are about. */
  readonly current = new Cell<string | undefined>(undefined);
  /** Those ticked in the fleet, for acts on many. */
  readonly ticked = new Cell<ReadonlySet<string>>(new Set());

  note(device: Partial<Device> & { id: string }): Device {
    const known = this.devices.get(device.id);
    const merged: Device = { seenMs: Date.now(), ...known, ...device };
    if (known && merged.online !== known.online && !("changedMs" in device)) {
      // It changed while no one looked.
      merged.seenMs = Date.now();
      delete merged.changedMs;
    }
    this.devices.set(device.id, merged);
    this.changed.emit(merged);
    return merged;
  }

  clear(): void {
    this.devices.clear();
    this.activity.length = 0;
    this.ticked.value = new Set();
    this.changed.emit(undefined);
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

  tick(id: string, on: boolean): void {
    const next = new Set(this.ticked.value);
    if (on) next.add(id);
    else next.delete(id);
    this.ticked.value = next;
  }

  /** How to call a device in a sentence. */
  nameOf(id: string): string {
    return this.devices.get(id)?.name ?? id;
  }

  #tell(deviceId: string, kind: Activity["kind"], text: string): void {
    const entry = { atMs: Date.now(), deviceId, kind, text };
    this.activity.unshift(entry);
    this.activity.length = Math.min(this.activity.length, MAX_ACTIVITY);
    this.happened.emit(entry);
  }
}

/** Whether a device is meant by what was typed into a filter. */
export function matches(device: Device, typed: string): boolean {
  const state = device.online === undefined ? "unknown" : device.online ? "online" : "offline";
  const text = `${device.name ?? ""} ${device.id} ${state}`.toLowerCase();
  return typed.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
