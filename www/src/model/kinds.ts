/** Fields that several sources share: the same name and unit in the same table. */
import type { FeedRequest } from "ardexa-client";
import type { Device } from "./fleet";

export interface Kind {
  table: string;
  field: string;
  units: string;
  requests: FeedRequest[];
}

/** The numeric fields of these devices, in the devices' order. */
export function kindsOf(devices: readonly Device[]): Kind[] {
  const kinds = new Map<string, Kind>();
  for (const { id: deviceId, sources } of devices) {
    for (const { table, source, fields } of sources) {
      for (const { name: field, units = "", type } of fields) {
        if (type === "keyword" || type === "bool") continue;
        const key = JSON.stringify([table, field, units]);
        const kind = kinds.get(key) ?? { table, field, units, requests: [] };
        kind.requests.push({ deviceId, table, source, field });
        kinds.set(key, kind);
      }
    }
  }
  return [...kinds.values()];
}

export const isPower = ({ field, units }: Kind) => /^[kMG]?W$/.test(units) && /power/i.test(field);
