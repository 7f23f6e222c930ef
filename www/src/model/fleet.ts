/** The devices that the page knows of: from the configuration, from the cloud's broadcasts, and typed in. */
import type { ArdexaClient } from "ardexa-client";
import { signal } from "@preact/signals";
import { Emitter } from "../signals";

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
/** How long after a device went offline its samples and answers may still come in. */
const IN_FLIGHT_MS = 3_000;

export class Fleet {
  /** In the order of their first appearance, so that a new one pushes nothing. */
  readonly #devices = signal<ReadonlyMap<string, Device>>(new Map());
  readonly changed = new Emitter<Device | undefined>();
  readonly happened = new Emitter<Activity>();
  readonly activity: Activity[] = [];
  /** The device that the views are about. */
  readonly current = signal<string | undefined>(undefined);
  /** Those ticked in the fleet, for acts on many. */
  readonly ticked = signal<ReadonlySet<string>>(new Set());

  get devices(): ReadonlyMap<string, Device> {
    return this.#devices.value;
  }

  note(device: Partial<Device> & { id: string }): Device {
    const before = this.#devices.peek();
    const known = before.get(device.id);
    const merged: Device = { seenMs: Date.now(), ...known, ...device };
    if (known && merged.online !== known.online && !("changedMs" in device)) {
      // It changed while no one looked.
      merged.seenMs = Date.now();
      delete merged.changedMs;
    }
    this.#devices.value = new Map(before).set(device.id, merged);
    this.changed.emit(merged);
    return merged;
  }

  clear(): void {
    this.#devices.value = new Map();
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

  /** A device has answered, or sent a sample: it is online, whatever was broadcast. */
  heard(id: string): void {
    const device = this.devices.get(id);
    const atMs = Date.now();
    // What was on its way when the device left proves nothing.
    if (device?.online || (device?.online === false && atMs - (device.changedMs ?? 0) < IN_FLIGHT_MS)) return;
    this.note({ id, online: true });
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
