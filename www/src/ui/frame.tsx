/** The frame of the page: connection bar, views, devices, notices and dialogs. */
import { useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { App, View } from "../app";
import { VIEWS, go, linkTo, place } from "../model/route";
import type { ViewName } from "../model/route";
import type { SiteConfig } from "../model/site";
import { overviewView } from "../views/overview/view";
import { capital } from "../words";
import { ConnectionBar } from "./connection-bar";
import { startKeys } from "./keys";
import { lazy } from "./lazy";
import { Notices } from "./notices";

export type Opened = "connection" | "keys" | "devices";

const loadConnectDialog = async () => (await import("./connect-dialog")).ConnectDialog;
const ConnectDialog = lazy(loadConnectDialog);
// The first view has no sidebar.
const Sidebar = lazy(async () => (await import("./sidebar")).Sidebar);
const AddDevices = lazy(async () => (await import("./add-devices")).AddDevices);
const KeyList = lazy(async () => (await import("./key-list")).KeyList);

const LOADERS: Record<ViewName, () => Promise<(section: HTMLElement, app: App) => View>> = {
  overview: async () => overviewView,
  fleet: async () => (await import("../views/fleet/view")).fleetView,
  live: async () => (await import("../views/live/view")).liveView,
  shell: async () => (await import("../views/shell/view")).shellView,
  config: async () => (await import("../views/config/view")).configView,
  wire: async () => (await import("../views/wire/view")).wireView,
};

interface FrameProps {
  app: App;
  site: SiteConfig;
  opened: Signal<Opened | undefined>;
  announced: Signal<string>;
}

export function Frame({ app, site, opened, announced }: FrameProps) {
  const isSheetOpen = useSignal(false);
  const main = useRef<HTMLElement>(null);
  const { view } = place.value;
  const open = (what: Opened) => () => (opened.value = what);
  const close = () => (opened.value = undefined);
  // Before the first paint, so that the keys work as soon as the page is visible.
  useLayoutEffect(() => startKeys(open("keys")), []);
  // Preloaded, because it is needed most when nothing can be loaded any more.
  useEffect(() => void loadConnectDialog().catch(() => {}), []);
  useEffect(() => {
    const isFirst = document.body.dataset["view"] === undefined;
    document.body.dataset["view"] = view;
    // The focused element may be hidden now; the focus must not fall back to the body.
    if (!isFirst && document.activeElement === document.body) main.current?.focus();
  }, [view]);
  // The URL hash holds the view: a jump to #main would change it.
  const skip = (event: MouseEvent) => {
    event.preventDefault();
    main.current?.focus();
  };
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to content
      </a>
      <ConnectionBar
        app={app}
        onConnection={open("connection")}
        onKeys={open("keys")}
        onDevices={() => (isSheetOpen.value = !isSheetOpen.value)}
      />
      <nav class="views" aria-label="Views">
        {VIEWS.map((name) => (
          <a key={name} href={linkTo(name, app.fleet.current.value)} aria-current={name === view ? "page" : undefined}>
            {capital(name)}
          </a>
        ))}
      </nav>
      <Sidebar
        app={app}
        isOpen={isSheetOpen.value}
        onClose={() => (isSheetOpen.value = false)}
        onAdd={open("devices")}
      />
      <main id="main" tabIndex={-1} ref={main}>
        {VIEWS.map((name) => (
          <ViewHost key={name} app={app} name={name} isShown={name === view} />
        ))}
      </main>
      <Notices app={app} onConnection={open("connection")}>
        {opened.value === "connection" && <ConnectDialog app={app} site={site} onClose={close} />}
        {opened.value === "keys" && <KeyList onClose={close} />}
        {opened.value === "devices" && (
          <AddDevices app={app} onClose={close} onAdded={([id]: string[]) => id && go(place.peek().view, id)} />
        )}
      </Notices>
      <div class="unseen" role="status" aria-label="Announcements">
        {announced.value}
      </div>
    </>
  );
}

function ViewHost({ app, name, isShown }: { app: App; name: ViewName; isShown: boolean }) {
  const section = useRef<HTMLElement>(null);
  const view = useRef<Promise<View> | undefined>(undefined);
  const [trouble, setTrouble] = useState<"" | "loading" | "failed">("");
  useEffect(() => {
    if (!isShown) return;
    let isStill = true;
    if (!view.current) {
      setTrouble("loading");
      view.current = LOADERS[name]().then(
        (mount) => {
          setTrouble("");
          return mount(section.current!, app);
        },
        (error: unknown) => {
          console.error(error);
          setTrouble("failed");
          return {};
        },
      );
    }
    const { current } = view;
    void current.then((made) => isStill && made.show?.());
    return () => {
      isStill = false;
      void current.then((made) => made.hide?.());
    };
  }, [isShown]);
  return (
    <>
      {isShown && trouble && (
        <p class="empty">
          {trouble === "loading"
            ? "Loading…"
            : "This view could not be loaded. Check the network, then reload the page."}
        </p>
      )}
      <section id={`view-${name}`} aria-label={capital(name)} hidden={!isShown} ref={section} />
    </>
  );
}
