/** The connection: where to, how long, and the data rate. */
import { useEffect, useState } from "preact/hooks";
import type { App } from "../app";
import type { Phase } from "../model/session";
import { now, tick } from "../signals";
import { lasted, rate, span } from "../words";
import { ThemeButton } from "./theme-button";

const PHASES: Record<Phase, string> = {
  none: "Not connected",
  connecting: "Connecting…",
  connected: "Connected",
  waiting: "Reconnecting",
  ended: "Not connected",
};
const KIND: Record<Phase, string> = {
  none: "idle",
  connecting: "busy",
  connected: "good",
  waiting: "warn",
  ended: "idle",
};

interface BarProps {
  app: App;
  onConnection(): void;
  onKeys(): void;
  onDevices(): void;
}

export function ConnectionBar({ app: { session, fleet }, onConnection, onKeys, onDevices }: BarProps) {
  const { phase, sinceMs, lost } = session.state.value;
  const { url, workgroup } = session.credentials ?? {};
  const word = PHASES[phase === "waiting" && !lost ? "connecting" : phase];
  useEffect(
    () => void (document.title = phase === "connected" || !url ? "Ardexa dashboard" : `${word} – Ardexa dashboard`),
    [word, url],
  );
  return (
    <header class="bar">
      <button type="button" class="icon menu" aria-label="Devices" title="Devices" onClick={onDevices}>
        ☰
      </button>
      <span class="brand">Ardexa</span>
      <span class="standing">
        <span class="now">
          <span class="state" role="status" aria-label="Connection" data-kind={KIND[phase]}>
            <span class="dot" aria-hidden="true" />
            {word}
          </span>
          <span class="num quiet since" title="Connected for">
            {phase === "connected" ? lasted(now.value - sinceMs) : ""}
          </span>
        </span>
        <span class="target" title={url}>
          {url ? `${hostOf(url)} · ${workgroup}` : ""}
        </span>
      </span>
      <Flow session={session} fleet={fleet} />
      <span class="tools">
        <button type="button" onClick={onConnection}>
          {url ? "Connection…" : "Connect…"}
        </button>
        <ThemeButton />
        <button
          type="button"
          class="icon keys-button"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts"
          onClick={onKeys}
        >
          ?
        </button>
      </span>
    </header>
  );
}

/** Age of the latest data, and samples per second. Samples, broadcasts and replies count as data; heartbeats do not. */
function Flow({ session, fleet }: Pick<App, "session" | "fleet">) {
  const [shown, show] = useState({ data: "no data yet", flow: "0.0 samples/s" });
  useEffect(() => {
    let last = { atMs: Date.now(), samples: 0 };
    let sampleMs = 0;
    let perSecond = 0;
    return tick.on((nowMs) => {
      const samples = session.client.peek()?.stats().samples ?? 0;
      if (samples !== last.samples) sampleMs = nowMs;
      if (samples < last.samples) last = { atMs: nowMs, samples };
      if (nowMs - last.atMs > 900) {
        perSecond = (samples - last.samples) / ((nowMs - last.atMs) / 1_000);
        last = { atMs: nowMs, samples };
      }
      const wordMs = Math.max(sampleMs, fleet.lastWordMs ?? 0);
      show({
        data: wordMs ? `last data ${span(nowMs - wordMs)}` : "no data yet",
        flow: `${rate(perSecond)} samples/s`,
      });
    });
  }, [session, fleet]);
  return (
    <span class="figures">
      <span class="num wide">{shown.data}</span>
      <span class="num wide">{shown.flow}</span>
    </span>
  );
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
