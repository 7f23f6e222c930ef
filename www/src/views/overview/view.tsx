/** The day at a glance: per site who is offline and since when, the power now, who deviates, and where data stopped. */
import "./overview.css";
import { render } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { App, View } from "../../app";
import { idsIn, nameOf } from "../../model/fleet";
import type { Device } from "../../model/fleet";
import { recallLong, storeLong } from "../../model/memory";
import { go, linkTo } from "../../model/route";
import { nameWithin, sites } from "../../model/sites";
import type { Site } from "../../model/sites";
import { AskDevice } from "../../ui/ask-device";
import { StateMark } from "../../ui/mark";
import { clock, plural, span, value, whole } from "../../words";
import { ListingNote } from "../fleet/listing";
import { Since } from "../fleet/table";
import { Curve } from "./curve";
import { PowerWatch, powerKinds } from "./watch";
import type { PowerKind } from "./watch";

/** The sites whose power is watched. */
const WATCHED = "ardexa:watched";
const MOST_LISTED = 6;
const FAR = 0.1;

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
        {unknown.length > 0 && unknown.length <= MOST_LISTED && unknown.map((device) => (
          <article key={device.id} class="card" aria-label={nameOf(device)}>
            <h2>{nameOf(device)}</h2>
            <AskDevice app={app} device={device} onAnswer={() => chart(app, device.id)} />
            {device.asked && <p>What is known from elsewhere can be <a href={linkTo("live", device.id)}>typed in Live</a>: a table and a source.</p>}
          </article>
        ))}
        {sites(devices).map((site) => <SiteCard key={site.name} app={app} site={site} />)}
      </div>
    </>
  );
}

/** Leads to Live with what matters most of a device: its power, else the first number that it measures. */
function chart({ fleet, wanted }: App, deviceId: string): void {
  const device = fleet.devices.get(deviceId);
  if (!device || device.sources.length === 0) return;
  const [power] = powerKinds([device]);
  const fields = device.sources.flatMap(({ table, source, fields }) => fields.filter(({ type }) => type !== "keyword").map(({ name }) => ({ deviceId, table, source, field: name })));
  const single = device.sources.map(({ table, source }) => ({ deviceId, table, source }));
  const [first, ...others] = power?.requests ?? fields.slice(0, 1).concat(fields.length > 0 ? [] : (single.slice(0, 1) as never[]));
  if (first) wanted.value = [{ request: first, columns: [0], ...(others.length > 0 && { others }) }];
  go("live", deviceId);
}

function FirstDevice({ app }: { app: App }) {
  const [text, setText] = useState("");
  if (app.session.state.value.phase !== "connected") return <p class="empty">Not connected. The sites of the workgroup appear here once the page is connected.</p>;
  const add = (event: SubmitEvent) => {
    event.preventDefault();
    const ids = idsIn(text);
    app.fleet.noteAll(ids.map((id) => ({ id })));
    app.fleet.current.value ??= ids[0];
  };
  return (
    <form class="card first" onSubmit={add} aria-label="First device">
      <h2>No devices yet</h2>
      <p>They appear when the cloud lists them or their state changes. Or paste a device's ID; a list is fine, too.</p>
      <label>Device ID<input type="text" spellcheck={false} value={text} onInput={({ currentTarget }) => setText(currentTarget.value)} /></label>
      <button type="submit" class="primary" disabled={text.trim() === ""}>Add</button>
    </form>
  );
}

function SiteCard({ app, site: { name, devices } }: { app: App; site: Site }) {
  const [isWatched, setWatched] = useState(() => (recallLong<string[]>(WATCHED) ?? []).includes(name));
  const offline = devices.filter(({ online }) => online === false);
  const online = devices.filter((device) => device.online).length;
  const kinds = powerKinds(devices);
  const count = kinds.reduce((sum, { requests }) => sum + requests.length, 0);
  const watch = (on: boolean) => () => {
    const others = (recallLong<string[]>(WATCHED) ?? []).filter((other) => other !== name);
    storeLong(WATCHED, on ? [...others, name] : others);
    setWatched(on);
  };
  return (
    <article class="card" aria-label={name}>
      <h2>{name}</h2>
      <p class="counts"><strong>{online}</strong> of {plural(devices.length, "device")} online{offline.length === 0 && online === devices.length ? "." : `, ${offline.length} offline${devices.length - online - offline.length > 0 ? `, ${devices.length - online - offline.length} unknown` : ""}.`}</p>
      {offline.length > 0 && (
        <ul class="offline" aria-label={`Offline at ${name}`}>
          {offline.slice(0, MOST_LISTED).map((device) => <Offline key={device.id} device={device} site={name} />)}
          {offline.length > MOST_LISTED && <li><a href={linkTo("fleet")}>{whole(offline.length - MOST_LISTED)} more in Fleet</a></li>}
        </ul>
      )}
      {kinds.length > 0 && !isWatched && <button type="button" onClick={watch(true)}>Watch power of {name} ({plural(count, "source")})</button>}
      {isWatched && kinds.map((kind) => <Power key={`${kind.key} ${kind.requests.length}`} app={app} site={name} kind={kind} />)}
      {isWatched && <button type="button" class="quiet" onClick={watch(false)}>Stop watching</button>}
    </article>
  );
}

function Offline({ device, site }: { device: Device; site: string }) {
  return <li><StateMark device={device} isShort /><a href={linkTo("shell", device.id)}>{nameWithin(site, device)}</a><span class="num quiet">since <Since device={device} /></span></li>;
}

function Power({ app, site, kind }: { app: App; site: string; kind: PowerKind }) {
  const watch = useMemo(() => new PowerWatch(app, kind), []);
  useEffect(() => () => watch.stop(), []);
  const nowMs = watch.turn.value >= 0 ? Date.now() : 0;
  const now = watch.sum(nowMs);
  const log = watch.log.value;
  const [far] = watch.deviations(nowMs);
  const gaps = watch.gaps(nowMs);
  const { units, requests, field, table } = kind;
  const compare = () => {
    const [first, ...others] = requests;
    if (!first) return;
    app.wanted.value = [{ request: first, columns: [0], ...(others.length > 0 && { others }) }];
    go("live", first.deviceId);
  };
  const isFar = far?.part !== undefined && Math.abs(far.part) > FAR;
  return (
    <section class="power" aria-label={`${kind.key} of ${site}`}>
      <h3>{table} · {field}</h3>
      <p class={`now-value${now ? "" : " is-stale"}`}><output class="num">{now ? value(now.sum) : "–"}</output> <small>{units}{now && now.count < requests.length ? ` of ${now.count} of ${plural(requests.length, "source")}` : ""}</small></p>
      <Curve points={log && log.points.length > 0 ? [...log.points, ...watch.received] : watch.received} label={`Curve of ${kind.key} of ${site}`} />
      <small>{log && log.points.length > 0 ? `Today, from the devices' logs and what was received since ${clock(watch.sinceMs)}.` : `Of what was received since ${clock(watch.sinceMs)}.`}</small>
      {log && log.trouble.length > 0 && <details><summary>{plural(log.trouble.length, "log")} could not be read</summary><ul>{log.trouble.map((text) => <li key={text}>{text}</li>)}</ul></details>}
      {requests.length > 2 && far?.part !== undefined && <p role="status" aria-label={`Deviation of ${kind.key} of ${site}`} class={isFar ? "is-far" : ""}>{isFar ? "▲ " : ""}{far.name} is {Math.abs(far.part * 100).toFixed(1)} % {far.part < 0 ? "below" : "above"} the median.</p>}
      {gaps.length > 0 && <details><summary>{plural(gaps.length, "gap")}</summary><ul>{gaps.slice(-20).map(({ name, gap }, n) => <li key={n}>{name}: {clock(gap.from)} to {clock(gap.to)}, {span(gap.to - gap.from)}</li>)}</ul></details>}
      <div class="row">
        <button type="button" onClick={compare}>{requests.length > 1 ? "Compare in Live" : "Open in Live"}</button>
        {!log && <button type="button" class="quiet" disabled={watch.isReading.value} title="Runs read-only commands on the devices" onClick={() => void watch.readToday()}>{watch.isReading.value ? "Reading…" : "Read today's logs"}</button>}
      </div>
    </section>
  );
}
