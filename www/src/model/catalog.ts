/** Finds devices and their sources: from the page's server, the cloud's list, and the devices themselves. */
import { signal } from "@preact/signals";
import type { Fleet } from "./fleet";
import type { Session } from "./session";
import type { ListedDevice } from "./site";

/** The state of the request for the list of devices. */
export type Listing =
  | { state: "none" }
  | { state: "asking" }
  | { state: "read"; count: number; issues: string[] }
  | { state: "failed"; why: string };

/** The package's catalogue and the page's use of it, loaded on first use. */
const load = () => import("./catalog-acts");
const NOT_LOADED = "Part of this page could not be loaded. Check the network, then reload the page.";

export class Catalog {
  readonly listing = signal<Listing>({ state: "none" });
  /** Devices with a request in progress. */
  readonly asking = signal<ReadonlySet<string>>(new Set());
  #abort: AbortController | undefined;

  constructor(
    readonly session: Session,
    readonly fleet: Fleet,
  ) {}

  /** Stores the devices known to the page's server. Never rejects. @param isWanted called once the code is loaded */
  async noteSite(devices: readonly ListedDevice[], isWanted: () => boolean): Promise<void> {
    await load().then(
      ({ noteSite }) => isWanted() && noteSite(this.fleet, devices),
      () => this.#fail(),
    );
  }

  /** Asks the cloud for its list of devices. Never rejects: the outcome is in `listing`. */
  async list(): Promise<void> {
    const { credentials } = this.session;
    if (!credentials) return;
    this.#abort?.abort();
    const { signal: stop } = (this.#abort = new AbortController());
    this.listing.value = { state: "asking" };
    const listing = await load().then(
      ({ readList }) => readList(this.fleet, credentials, stop),
      () => this.#fail(),
    );
    if (listing && !stop.aborted) this.listing.value = listing;
  }

  /** Asks a device for its name, tables and sources with read-only commands. Never rejects. */
  async ask(deviceId: string): Promise<void> {
    const client = this.session.client.value;
    if (!client || this.asking.value.has(deviceId)) return;
    this.asking.value = new Set(this.asking.value).add(deviceId);
    await load().then(
      ({ askForSources }) => askForSources(this.fleet, client, deviceId),
      () => this.#fail(),
    );
    const left = new Set(this.asking.value);
    left.delete(deviceId);
    this.asking.value = left;
  }

  #fail(): void {
    this.listing.value = { state: "failed", why: NOT_LOADED };
  }
}
