/** The watched power of one kind of source at a site: the current value, the curve, deviations and gaps. */
import { useEffect, useMemo } from "preact/hooks";
import type { App } from "../../app";
import { short } from "../../figures";
import type { Kind } from "../../model/kinds";
import { clock, plural, span } from "../../words";
import { FAR } from "../live/compare";
import { Curve } from "./curve";
import { PowerWatch } from "./watch";

export function Power({ app, site, kind, onCompare }: { app: App; site: string; kind: Kind; onCompare(): void }) {
  const watch = useMemo(() => new PowerWatch(app, kind), []);
  useEffect(() => () => watch.stop(), []);
  const nowMs = watch.turn.value >= 0 ? Date.now() : 0;
  const now = watch.sum(nowMs);
  const log = watch.log.value;
  const curve = watch.curve();
  const [far] = watch.deviations(nowMs);
  const gaps = watch.gaps(nowMs);
  const { units, requests, field, table } = kind;
  const label = `${table} · ${field} of ${site}`;
  const shown = now ? short(now.sum, units) : { text: "–", unit: units };
  const isFar = far?.part !== undefined && Math.abs(far.part) > FAR;
  return (
    <section class="power" aria-label={label}>
      <h3>
        {table} · {field}
      </h3>
      <p class={`now-value${now ? "" : " is-stale"}`}>
        <output class="num">{shown.text}</output>{" "}
        <small>
          {shown.unit}
          {now && now.count < requests.length ? ` from ${now.count} of ${plural(requests.length, "source")}` : ""}
        </small>
      </p>
      <Curve parts={curve} label={`Curve of ${label}`} unit={units} empty={whyNoCurve(app, kind)} />
      {/* Above what comes and goes: a button that moves is missed. */}
      <div class="row">
        <button type="button" onClick={onCompare}>
          {requests.length > 1 ? "Compare in Live" : "Open in Live"}
        </button>
        {!log && (
          <button
            type="button"
            class="quiet"
            disabled={watch.isReading.value}
            title="Runs read-only commands on the devices"
            onClick={() => void watch.readToday()}
          >
            {watch.isReading.value ? "Reading…" : "Read today's logs"}
          </button>
        )}
      </div>
      {curve.some((part) => part.length > 0) && (
        <small>
          {log && log.points.length > 0
            ? `Device logs of today, then live data since ${clock(watch.sinceMs)}.`
            : `Live data since ${clock(watch.sinceMs)}.`}
        </small>
      )}
      {log && log.trouble.length > 0 && (
        <details>
          <summary>{plural(log.trouble.length, "log")} could not be read</summary>
          <ul>
            {log.trouble.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </details>
      )}
      {requests.length > 2 && far?.part !== undefined && (
        <p role="status" aria-label={`Deviation of ${label}`} class={isFar ? "is-far" : ""}>
          {isFar ? "▲ " : ""}
          {far.name} is {Math.abs(far.part * 100).toFixed(1)} % {far.part < 0 ? "below" : "above"} the median.
        </p>
      )}
      {gaps.length > 0 && (
        <details>
          <summary>{plural(gaps.length, "gap")}</summary>
          <ul>
            {gaps.slice(-20).map(({ name, gap }, n) => (
              <li key={n}>
                {name}: {clock(gap.from)} to {clock(gap.to)}, {span(gap.to - gap.from)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

/** Until all sources send, the sum would show a false dip, so there is no curve. */
function whyNoCurve({ fleet }: App, { requests }: Kind): string {
  const offline = requests.filter(({ deviceId }) => fleet.devices.get(deviceId)?.online === false).length;
  if (offline === 0) return "The curve starts with the first samples.";
  if (offline === requests.length) return "No data: all sources are offline.";
  return `The curve starts once all ${requests.length} sources send data; ${offline} ${offline === 1 ? "is" : "are"} offline.`;
}
