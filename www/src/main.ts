/** The page: its frame at once, each view when it is first opened. Everything goes through the package's public API. */
import { siteConfig } from "./app";
import type { App, View } from "./app";
import { oncePerFrame, startClock } from "./signals";
import { byId, h, setText } from "./dom";
import { Fleet } from "./model/fleet";
import { Documents } from "./model/documents";
import { recall, remembered, store } from "./model/memory";
import { place, VIEWS, linkTo } from "./model/route";
import type { ViewName } from "./model/route";
import { Session } from "./model/session";
import { Tasks } from "./model/tasks";
import { connectDialog } from "./ui/connect-dialog";
import { connectionBar } from "./ui/connection-bar";
import { keyboard } from "./ui/keys";
import { notices } from "./ui/notices";
import { rail } from "./ui/rail";
import { fleetView } from "./views/fleet";
import { capital } from "./words";

const LOADERS: Record<ViewName, () => Promise<(section: HTMLElement, app: App) => View>> = {
  fleet: async () => fleetView,
  live: async () => (await import("./views/live/view")).liveView,
  shell: async () => (await import("./views/shell/view")).shellView,
  config: async () => (await import("./views/config/view")).configView,
  wire: async () => (await import("./views/wire")).wireView,
};

const MAX_REMEMBERED = 1_000;

async function start(): Promise<void> {
  startClock();
  const session = new Session();
  const fleet = new Fleet();
  const told = h("div", { class: "unseen", role: "status", "aria-label": "Announcements" });
  document.body.append(told);
  const app: App = { session, fleet, tasks: new Tasks(session, fleet), documents: new Documents(), announce: (text) => setText(told, text) };

  const site = siteConfig();
  const keys = keyboard();
  const sheet = rail(byId("rail"), app);
  let dialog: { open(): void } | undefined;
  const openForm = () => dialog?.open();
  connectionBar(byId("bar"), app, { openForm, openKeys: keys.openList, openRail: sheet.open });
  notices(byId("notices"), app, openForm);
  views(app);

  /** Of which cloud the devices are; none yet. */
  let seenAt: string | undefined;
  fleet.changed.on(oncePerFrame(() => seenAt && store(seenAt, [...fleet.devices.keys()].slice(0, MAX_REMEMBERED))));
  session.client.subscribe((client) => {
    if (!client || !session.credentials) return;
    const { url, workgroup } = session.credentials;
    const isFirst = seenAt === undefined;
    const here = (seenAt = `ardexa:devices:${url}:${workgroup}`);
    const before = recall<string[]>(here) ?? [];
    fleet.clear();
    if (!isFirst) {
      // The device of another cloud is none of this one's.
      fleet.current.value = undefined;
      location.hash = `#/${place.value.view}`;
    }
    void site.then((known) => {
      if (seenAt !== here) return;
      const ours = known.url === url && known.workgroup === workgroup ? known.devices ?? [] : [];
      for (const device of ours) fleet.note(device);
      for (const id of before) fleet.note({ id });
      const { device } = place.value;
      if (device) fleet.note({ id: device });
      else fleet.current.value ??= ours.find(({ online }) => online)?.id;
    });
    fleet.listen(client);
    // What changed while away was told to no one: ask this page's server again where it knows.
    client.on("connect", ({ reconnected }) => {
      if (!reconnected) return;
      void siteConfig().then((known) => {
        if (known.url === url) for (const device of known.devices ?? []) fleet.note(device);
      });
    });
  });

  const known = await site;
  dialog = connectDialog(app, known);
  const ready = remembered() ?? (known.url && known.workgroup && known.token ? { url: known.url, workgroup: known.workgroup, token: known.token } : undefined);
  if (ready) await session.connect(ready).catch(openForm);
  else openForm();
}

function views(app: App): void {
  const nav = byId("views");
  const main = byId("main");
  // The address is the view's: a jump to #main would lead to another one.
  document.querySelector(".skip")?.addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  const made = new Map<ViewName, { section: HTMLElement; link: HTMLAnchorElement; view: Promise<View> | undefined }>();
  for (const name of VIEWS) {
    const section = h("section", { id: `view-${name}`, "aria-label": capital(name), hidden: true });
    const link = h("a", { href: linkTo(name) }, capital(name));
    main.append(section);
    nav.append(link);
    made.set(name, { section, link, view: undefined });
  }

  let shown: ViewName | undefined;
  place.subscribe(({ view, device }) => {
    if (device && device !== app.fleet.current.value) app.fleet.current.value = device;
    document.body.dataset["view"] = view;
    for (const [name, { section, link }] of made) {
      section.hidden = name !== view;
      link.href = linkTo(name, app.fleet.current.value);
      if (name === view) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const entry = made.get(view);
    if (!entry || shown === view) return;
    if (shown) void made.get(shown)?.view?.then((old) => old.hide?.());
    shown = view;
    entry.view ??= load(view, entry.section, app);
    void entry.view.then((now) => {
      if (shown === view) now.show?.();
    });
  });
  app.fleet.current.subscribe((device) => {
    for (const [name, { link }] of made) link.href = linkTo(name, device);
  });
}

async function load(name: ViewName, section: HTMLElement, app: App): Promise<View> {
  const wait = h("p", { class: "empty" }, "Loading …");
  section.append(wait);
  try {
    const make = await LOADERS[name]();
    wait.remove();
    return make(section, app);
  } catch (error) {
    console.error(error);
    wait.textContent = "This view could not be loaded. Check the network, then reload the page.";
    return {};
  }
}

void start();
