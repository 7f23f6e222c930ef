/** What the views share. */
import type { Documents } from "./model/documents";
import type { Fleet } from "./model/fleet";
import type { Session } from "./model/session";
import type { Tasks } from "./model/tasks";

export interface App {
  session: Session;
  fleet: Fleet;
  tasks: Tasks;
  documents: Documents;
  /** Says something to those who listen instead of look. */
  announce(text: string): void;
}

/** A view is made when first opened and stays: what it shows goes on while another is looked at. */
export interface View {
  show?(): void;
  hide?(): void;
}

/** What the server of this page may know. */
export interface SiteConfig {
  url?: string;
  workgroup?: string;
  token?: string;
  devices?: import("./model/fleet").Device[];
}

export async function siteConfig(): Promise<SiteConfig> {
  try {
    const response = await fetch("/config.json");
    return response.ok ? ((await response.json()) as SiteConfig) : {};
  } catch {
    return {};
  }
}
