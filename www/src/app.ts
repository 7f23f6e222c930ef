/** What the views share. */
import type { Signal } from "@preact/signals";
import type { Catalog } from "./model/catalog";
import type { Fleet } from "./model/fleet";
import type { Session } from "./model/session";
import type { Toasts } from "./model/toasts";
import type { PanelSettings } from "./views/live/panel";

export interface App {
  session: Session;
  fleet: Fleet;
  catalog: Catalog;
  toasts: Toasts;
  /** Says something to those who listen instead of look. */
  announce(text: string): void;
  addDevices(): void;
  /** Charts that another view asks Live for. */
  wanted: Signal<readonly PanelSettings[]>;
}

/** A view is made when first opened and stays: what it shows goes on while another is looked at. */
export interface View {
  show?(): void;
  hide?(): void;
}
