/** The day at a glance, by site: offline devices and since when, current power, deviations, and data gaps. */
import "./overview.css";
import { render } from "preact";
import type { FeedRequest } from "ardexa-client";
import { useState } from "preact/hooks";
import type { App, View } from "../../app";
import { nameOf } from "../../model/fleet";
import type { Device } from "../../model/fleet";
import { isPower, kindsOf } from "../../model/kinds";
import { recallLong, storeLong } from "../../model/memory";
import { go, linkTo } from "../../model/route";
import { nameWithin, sites } from "../../model/sites";
import type { Site } from "../../model/sites";
import { lazy } from "../../ui/lazy";
import { StateMark } from "../../ui/mark";
import { Since } from "../../ui/since";
import { plural, whole } from "../../words";

/** The sites with watched power. */
const WATCHED = "ardexa:watched";
const MOST_LISTED = 6;

const AskDevice = lazy(async () => (await import("../../ui/ask-device")).AskDevice);
const FirstDevice = lazy(async () => (await import("./first-device")).FirstDevice);
const ListingNote = lazy(async () => (await import("../../ui/listing")).ListingNote);
const Power = lazy(async () => (await import("./power")).Power);

export function overviewView(section: HTMLElement, app: App): View {
  render(<Overview app={app} />, section);
  return {};
}

function Overview({ app }: { app: App }) {
  const devices = app.fleet.list.value;
  const unknown = devices.filter(({ sources }) => sources.length === 0);
  return (
    <>
      <h1 class="unseen">Overview</h1>
      <ListingNote app={app} />
      <div class="cards">
        {devices.length === 0 && <FirstDevice app={app} />}
        {unknown.length > 0 &&
          unknown.length <= MOST_LISTED &&
          unknown.map((device) => (
            <article key={device.id} class="card" aria-label={nameOf(device)}>
              <h2>{nameOf(device)}</h2>
              <AskDevice app={app} device={device} onAnswer={() => chart(app, device.id)} />
              {device.asked && (
                <p>
                  If you know a table and a source, <a href={linkTo("live", device.id)}>enter them in Live</a>.
                </p>
              )}
            </article>
          ))}
        {sites(devices).map((site) => (
          <SiteCard key={site.name} app={app} site={site} />
        ))}
      </div>
    </>
  );
}

/** Opens Live with a device's most important field: its power, else its first number. */
function chart(app: App, deviceId: string): void {
  const device = app.fleet.devices.get(deviceId);
  const [first] = device?.sources ?? [];
  if (!device || !first) return;
  const kinds = kindsOf([device]);
  const source = { deviceId, table: first.table, source: first.source };
  showInLive(app, kinds.find(isPower)?.requests ?? kinds[0]?.requests.slice(0, 1) ?? [source]);
}

/** Several devices are compared in one chart. */
function showInLive({ wanted }: App, [request, ...others]: readonly FeedRequest[]): void {
  if (!request) return;
  wanted.value = [{ request, columns: [0], ...(others.length > 0 && { others }) }];
  go("live", request.deviceId);
}

function SiteCard({ app, site: { name, devices } }: { app: App; site: Site }) {
  const [isWatched, setWatched] = useState(() => (recallLong<string[]>(WATCHED) ?? []).includes(name));
  const offline = devices.filter(({ online }) => online === false);
  const online = devices.filter((device) => device.online).length;
  const unknown = devices.length - online - offline.length;
  const kinds = kindsOf(devices).filter(isPower);
  const count = kinds.reduce((sum, { requests }) => sum + requests.length, 0);
  const watch = (on: boolean) => () => {
    const others = (recallLong<string[]>(WATCHED) ?? []).filter((other) => other !== name);
    storeLong(WATCHED, on ? [...others, name] : others);
    setWatched(on);
  };
  return (
    <article class="card" aria-label={name}>
      <h2>{name}</h2>
      <p class="counts">
        <strong>{online}</strong> of {plural(devices.length, "device")} online
        {online < devices.length && `, ${offline.length} offline`}
        {unknown > 0 && `, ${unknown} unknown`}.
      </p>
      {offline.length > 0 && (
        <ul class="offline" aria-label={`Offline at ${name}`}>
          {offline.slice(0, MOST_LISTED).map((device) => (
            <Offline key={device.id} device={device} site={name} />
          ))}
          {offline.length > MOST_LISTED && (
            <li>
              <a href={linkTo("fleet")}>{whole(offline.length - MOST_LISTED)} more in Fleet</a>
            </li>
          )}
        </ul>
      )}
      {kinds.length > 0 && !isWatched && (
        <button type="button" onClick={watch(true)}>
          Watch power of {name} ({plural(count, "source")})
        </button>
      )}
      {isWatched &&
        kinds.map((kind) => (
          <Power
            key={JSON.stringify([kind.table, kind.field, kind.units, kind.requests.length])}
            app={app}
            site={name}
            kind={kind}
            onCompare={() => showInLive(app, kind.requests)}
          />
        ))}
      {isWatched && (
        <button type="button" class="quiet" onClick={watch(false)}>
          Stop watching
        </button>
      )}
    </article>
  );
}

function Offline({ device, site }: { device: Device; site: string }) {
  return (
    <li>
      <StateMark device={device} isShort />
      <a href={linkTo("shell", device.id)}>{nameWithin(site, device)}</a>
      <span class="num quiet">
        since <Since device={device} />
      </span>
    </li>
  );
}
