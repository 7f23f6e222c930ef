/** Builds the page: first the frame, then each view when it is first opened. Uses only the package's public API. */
import { render } from "preact";
import { signal } from "@preact/signals";
import type { App } from "./app";
import { Catalog } from "./model/catalog";
import { Fleet } from "./model/fleet";
import { rememberCloud, remembered } from "./model/memory";
import { place, startRouting } from "./model/route";
import { Session } from "./model/session";
import { siteConfig } from "./model/site";
import { Toasts } from "./model/toasts";
import { startClock } from "./signals";
import { Frame } from "./ui/frame";
import type { Opened } from "./ui/frame";
import { startTheme } from "./ui/theme";

async function start(): Promise<void> {
  startClock();
  startRouting();
  startTheme();
  const session = new Session();
  const fleet = new Fleet();
  const announced = signal("");
  const opened = signal<Opened | undefined>(undefined);
  const app: App = {
    session,
    fleet,
    catalog: new Catalog(session, fleet),
    toasts: new Toasts(),
    wanted: signal([]),
    announce: (text) => (announced.value = text),
    addDevices: () => (opened.value = "devices"),
  };
  place.subscribe(({ device }) => {
    if (device) fleet.current.value = device;
  });
  const site = siteConfig();
  session.state.subscribe(({ phase }) => (document.body.dataset["live"] = String(phase === "connected")));
  session.client.subscribe(() => follow(app, site));

  const page = document.getElementById("page");
  if (!page) throw new Error("the page has no #page");
  const known = await site;
  render(<Frame app={app} site={known} opened={opened} announced={announced} />, page);
  const ready =
    remembered() ??
    (known.url && known.workgroup && known.token
      ? { url: known.url, workgroup: known.workgroup, token: known.token }
      : undefined);
  const openForm = () => (opened.value = "connection");
  if (ready) await session.connect(ready).catch(openForm);
  else openForm();
}

let isFirstCloud = true;

/** On a new cloud or workgroup: loads its known devices and subscribes to its events. */
function follow({ session, fleet, catalog }: App, site: ReturnType<typeof siteConfig>): void {
  const client = session.client.peek();
  if (!client || !session.credentials) return;
  const { url, workgroup } = session.credentials;
  fleet.open(`ardexa:fleet:${url}:${workgroup}`);
  if (!isFirstCloud) {
    // The selected device belongs to the previous cloud.
    fleet.current.value = undefined;
    location.hash = `#/${place.peek().view}`;
  }
  isFirstCloud = false;
  const isHere = () => session.client.peek() === client;
  void site.then(async (known) => {
    const ours = known.url === url && known.workgroup === workgroup ? (known.devices ?? []) : [];
    if (ours.length > 0) await catalog.noteSite(ours, isHere);
    if (!isHere()) return;
    const { device } = place.peek();
    if (device && !fleet.devices.has(device)) fleet.note({ id: device });
    if (!device) fleet.current.value ??= ours.find(({ online }) => online)?.id;
  });
  fleet.listen(client);
  client.on("connect", ({ reconnected }) => {
    if (!isHere() || !session.credentials) return;
    rememberCloud(session.credentials);
    void catalog.list();
    // Events during the outage were missed, so read the device list of this page's server again, if it has one.
    if (!reconnected) return;
    void siteConfig().then((known) => {
      if (known.url === url) void catalog.noteSite(known.devices ?? [], isHere);
    });
  });
}

void start();
