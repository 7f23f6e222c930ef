/** Where the page learns of devices and their sources: the page's own server, the cloud's list, and the devices themselves. */
import { signal } from "@preact/signals";
import { askDevice, listDevices } from "ardexa-client/catalog";
import type { CatalogSource } from "ardexa-client/catalog";
import { isArdexaError, sentence } from "../words";
import type { Device, Fleet } from "./fleet";
import type { Session } from "./session";

/** What the server of this page may know. */
export interface SiteConfig {
  url?: string;
  workgroup?: string;
  token?: string;
  devices?: ListedDevice[];
}
interface ListedDevice { id: string; name?: string; online?: boolean; tables?: ListedTable[] }
interface ListedTable { name: string; sources: { name: string; expect?: string; meta?: { units?: string }; fields?: { name: string; expect?: string; meta?: { units?: string } }[] }[] }

export async function siteConfig(): Promise<SiteConfig> {
  try {
    const response = await fetch("/config.json");
    return response.ok ? ((await response.json()) as SiteConfig) : {};
  } catch {
    return {};
  }
}

export function fromSite({ id, name, online, tables }: ListedDevice): Partial<Device> & { id: string } {
  const sources = (tables ?? []).flatMap(({ name: table, sources }) =>
    sources.map(({ name: source, expect, meta, fields = [] }): CatalogSource => ({
      table, source, kind: "log",
      ...(expect && { type: expect }), ...(meta?.units && { units: meta.units }),
      fields: fields.map(({ name, expect, meta }) => ({ name, ...(expect && { type: expect }), ...(meta?.units && { units: meta.units }) })),
    })),
  );
  return { id, sources, ...(name !== undefined && { name }), ...(online !== undefined && { online }) };
}

/** What came of asking for the list of devices. */
export type Listing = { state: "none" } | { state: "asking" } | { state: "read"; count: number; issues: string[] } | { state: "failed"; why: string };

export class Catalog {
  readonly listing = signal<Listing>({ state: "none" });
  /** Devices that are being asked. */
  readonly asking = signal<ReadonlySet<string>>(new Set());
  #abort: AbortController | undefined;

  constructor(readonly session: Session, readonly fleet: Fleet) {}

  /** Asks the cloud for its list of devices. Never rejects: what came of it is in `listing`. */
  async list(): Promise<void> {
    const { credentials } = this.session;
    if (!credentials) return;
    this.#abort?.abort();
    const { signal: stop } = (this.#abort = new AbortController());
    this.listing.value = { state: "asking" };
    const { url, workgroup, token, allowInsecure } = credentials;
    try {
      const { devices, issues } = await listDevices({ url, workgroup, token, signal: stop, ...(allowInsecure && { allowInsecure }) });
      if (stop.aborted) return;
      this.fleet.noteAll(devices.map(({ id, name, online, sources }) => ({ id, sources, ...(name !== undefined && { name }), ...(online !== undefined && { online }) })));
      this.listing.value = { state: "read", count: devices.length, issues: issues.map(({ message }) => message) };
    } catch (error) {
      if (!stop.aborted) this.listing.value = { state: "failed", why: whyNot(error) };
    }
  }

  /** Asks a device for its name, tables and sources, by read-only commands. Never rejects. */
  async ask(deviceId: string): Promise<void> {
    const client = this.session.client.value;
    if (!client || this.asking.value.has(deviceId)) return;
    this.asking.value = new Set(this.asking.value).add(deviceId);
    try {
      const { parse } = await import("yaml");
      const { answered, name, sources, issues } = await askDevice(client, deviceId, { parseYaml: (text) => parse(text) as unknown });
      if (answered) this.fleet.heard(deviceId);
      const isNamed = this.fleet.devices.get(deviceId)?.name !== undefined;
      this.fleet.note({ id: deviceId, sources, asked: { atMs: Date.now(), issues: issues.map(({ message }) => message) }, ...(name && !isNamed && { name }) });
    } catch (error) {
      this.fleet.note({ id: deviceId, asked: { atMs: Date.now(), issues: [sentence(error)] } });
    } finally {
      const left = new Set(this.asking.value);
      left.delete(deviceId);
      this.asking.value = left;
    }
  }
}

/** Why there is no list, and that the page does without. */
function whyNot(error: unknown): string {
  if (!isArdexaError(error)) return sentence(error);
  switch (error.code) {
    case "unauthorized": return "The cloud refused its list of devices to this token.";
    case "timeout": return "The cloud did not give its list of devices in time.";
    case "unreachable": return "The cloud's list of devices cannot be read from this page: there is none, or the cloud does not permit pages of other origins to read it.";
    case "rejected": return "The cloud has no list of devices for this workgroup.";
    case "protocol": return "The cloud answered with something other than a list of devices.";
    default: return sentence(error);
  }
}
