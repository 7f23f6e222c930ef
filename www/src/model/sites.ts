/** Groups devices by site: the one that the user assigned, else a name prefix shared by several devices. */
import { nameOf } from "./fleet";
import type { Device } from "./fleet";

export interface Site {
  name: string;
  devices: Device[];
}
export const NO_SITE = "Other devices";

const words = (device: Device) => (device.givenName ?? device.name)?.split(/[\s/_]+/).filter(Boolean) ?? [];

export function sites(devices: readonly Device[]): Site[] {
  const families = grouped(
    devices.filter(({ group }) => group === undefined),
    (device) => words(device)[0] ?? "",
  );
  // Computed once per family: a workgroup may have thousands of devices.
  const siteOf = new Map(
    [...families].map(([first, family]) => [first, first !== "" && family.length > 1 ? commonPart(family) : NO_SITE]),
  );
  const named = grouped(devices, (device) => device.group ?? siteOf.get(words(device)[0] ?? "") ?? NO_SITE);
  return [...named]
    .map(([name, members]) => ({ name, devices: members }))
    .sort((a, b) => Number(a.name === NO_SITE) - Number(b.name === NO_SITE) || a.name.localeCompare(b.name));
}

function grouped(devices: readonly Device[], keyOf: (device: Device) => string): Map<string, Device[]> {
  const groups = new Map<string, Device[]>();
  for (const device of devices) {
    const key = keyOf(device);
    const group = groups.get(key);
    if (group) group.push(device);
    else groups.set(key, [device]);
  }
  return groups;
}

/** The leading words common to all of these names. Beyond the first word, each name keeps at least its last. */
function commonPart(devices: readonly Device[]): string {
  const all = devices.map(words);
  const [first = []] = all;
  let count = 1;
  while (count < first.length - 1 && all.every((other) => other[count] === first[count] && other.length > count + 1))
    count++;
  return first.slice(0, count).join(" ");
}

/** The name of a device within its site. */
export function nameWithin(site: string, device: Device): string {
  const name = nameOf(device);
  return name.startsWith(`${site} `) ? name.slice(site.length + 1) : name;
}
