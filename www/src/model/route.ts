/** The address bar holds the view and the device, so that links can be shared: #/live/<device>. */
import { signal } from "@preact/signals";

export const VIEWS = ["overview", "fleet", "live", "shell", "config", "wire"] as const;
export type ViewName = (typeof VIEWS)[number];
export interface Place {
  view: ViewName;
  device?: string;
}

/** What the address says now. `place` follows with the `hashchange` event, which a busy page may get after a key. */
export const placeInAddress = (): Place => {
  const [, view, device] = location.hash.split("/");
  const known = VIEWS.find((name) => name === view) ?? "overview";
  try {
    return device ? { view: known, device: decodeURIComponent(device) } : { view: known };
  } catch {
    // The link was cut inside an escape sequence: keep at least the view.
    return { view: known };
  }
};

export const place = signal<Place>(placeInAddress());

export function startRouting(): void {
  addEventListener("hashchange", () => (place.value = placeInAddress()));
}

export const linkTo = (view: ViewName, device: string | undefined = place.value.device) =>
  `#/${view}${device ? `/${encodeURIComponent(device)}` : ""}`;

export function go(view: ViewName, device?: string): void {
  location.hash = linkTo(view, device);
}
