/** State shared by the views. */
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
  /** Announces a message to screen readers. */
  announce(text: string): void;
  addDevices(): void;
  /** Charts that another view asks Live to show. */
  wanted: Signal<readonly PanelSettings[]>;
}

/** A view is created when first opened and kept: it keeps running while another view is shown. */
export interface View {
  show?(): void;
  hide?(): void;
}
