/** Asks the cloud and the devices, and stores their answers in the fleet. */
import type { ArdexaClient } from "ardexa-client";
import { askDevice, listDevices, mergeSources } from "ardexa-client/catalog";
import type { CatalogSource } from "ardexa-client/catalog";
import { isArdexaError, sentence } from "../words";
import type { Listing } from "./catalog";
import type { Device, Fleet } from "./fleet";
import type { Credentials } from "./session";
import type { ListedDevice } from "./site";

type News = Partial<Device> & { id: string; sources: CatalogSource[] };

export const noteSite = (fleet: Fleet, devices: readonly ListedDevice[]) => note(fleet, devices.map(fromSite));

/** Never rejects. */
export async function readList(
  fleet: Fleet,
  { url, workgroup, token, allowInsecure }: Credentials,
  stop: AbortSignal,
): Promise<Listing> {
  try {
    const { devices, issues } = await listDevices({
      url,
      workgroup,
      token,
      signal: stop,
      ...(allowInsecure && { allowInsecure }),
    });
    if (!stop.aborted)
      note(
        fleet,
        devices.map(({ id, name, online, sources }) => ({
          id,
          sources,
          ...(name !== undefined && { name }),
          ...(online !== undefined && { online }),
        })),
      );
    return { state: "read", count: devices.length, issues: issues.map(({ message }) => message) };
  } catch (error) {
    return { state: "failed", why: whyNot(error) };
  }
}

/** Never rejects: whatever could not be read is stored with the device. */
export async function askForSources(fleet: Fleet, client: ArdexaClient, deviceId: string): Promise<void> {
  try {
    const { parse } = await import("yaml");
    const { answered, name, sources, issues } = await askDevice(client, deviceId, {
      parseYaml: (text) => parse(text) as unknown,
    });
    if (answered) fleet.heard(deviceId);
    const isNamed = fleet.devices.get(deviceId)?.name !== undefined;
    note(fleet, [
      {
        id: deviceId,
        sources,
        asked: { atMs: Date.now(), issues: issues.map(({ message }) => message) },
        ...(name && !isNamed && { name }),
      },
    ]);
  } catch (error) {
    fleet.note({ id: deviceId, asked: { atMs: Date.now(), issues: [sentence(error)] } });
  }
}

/** New information about a source takes precedence over what was known. */
function note(fleet: Fleet, news: readonly News[]): void {
  fleet.noteAll(
    news.map((device) => {
      const known = fleet.devices.get(device.id)?.sources ?? [];
      return known.length > 0 ? { ...device, sources: mergeSources(device.sources, known) } : device;
    }),
  );
}

function fromSite({ id, name, online, tables }: ListedDevice): News {
  const sources = (tables ?? []).flatMap(({ name: table, sources }) =>
    sources.map(({ name: source, expect, meta, fields = [] }): CatalogSource => ({
      table,
      source,
      kind: "log",
      ...(expect && { type: expect }),
      ...(meta?.units && { units: meta.units }),
      fields: fields.map(({ name, expect, meta }) => ({
        name,
        ...(expect && { type: expect }),
        ...(meta?.units && { units: meta.units }),
      })),
    })),
  );
  return { id, sources, ...(name !== undefined && { name }), ...(online !== undefined && { online }) };
}

/** Why the device list could not be read. */
function whyNot(error: unknown): string {
  if (!isArdexaError(error)) return sentence(error);
  switch (error.code) {
    case "unauthorized":
      return "This token may not read the device list.";
    case "timeout":
      return "The cloud did not return the device list in time.";
    case "unreachable":
      return "This page cannot read the device list: the cloud has none, or does not allow requests from other origins.";
    case "rejected":
      return "The cloud returned no device list for this workgroup.";
    case "protocol":
      return "The cloud returned something other than a device list.";
    default:
      return sentence(error);
  }
}
