/** What this page's server may provide: where to connect, and its devices. */
export interface SiteConfig {
  url?: string;
  workgroup?: string;
  token?: string;
  devices?: ListedDevice[];
}
export interface ListedDevice {
  id: string;
  name?: string;
  online?: boolean;
  tables?: ListedTable[];
}
interface ListedTable {
  name: string;
  sources: {
    name: string;
    expect?: string;
    meta?: { units?: string };
    fields?: { name: string; expect?: string; meta?: { units?: string } }[];
  }[];
}

export async function siteConfig(): Promise<SiteConfig> {
  try {
    const response = await fetch("/config.json");
    return response.ok ? ((await response.json()) as SiteConfig) : {};
  } catch {
    return {};
  }
}
