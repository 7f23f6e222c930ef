/** Hosts a panel's chart: created once its code is loaded, and again when its settings or the theme change. */
import { useEffect, useRef } from "preact/hooks";
import { useModule } from "../../ui/use-module";
import { theme } from "../../ui/theme";
import type { ChartLook } from "./chart";
import type { Panel } from "./panel";
import { LivePicture } from "./picture";
import { redraw } from "./redraw";
import type { TimeWindow } from "./time-window";

/** Charts are drawn up to this far outside the viewport. */
const MARGIN = "64px";

export function Plot({ panel, label, onHover }: { panel: Panel; label: string; onHover(text: string): void }) {
  const host = useRef<HTMLDivElement>(null);
  const charts = useModule(() => import("./chart"));
  const look = panel.look.value;
  const colours = theme.value;
  useEffect(() => {
    if (!charts || charts === "failed" || !host.current) return;
    const picture = new LivePicture(panel, host.current, charts, JSON.parse(look) as ChartLook, onHover);
    panel.picture = picture;
    const seen = new IntersectionObserver(
      (entries) => {
        picture.isVisible = entries.at(-1)?.isIntersecting ?? false;
        if (picture.isVisible) redraw(picture);
      },
      { rootMargin: MARGIN },
    );
    seen.observe(host.current.closest("article") ?? host.current);
    return () => {
      seen.disconnect();
      picture.destroy();
      if (panel.picture === picture) panel.picture = undefined;
    };
  }, [charts, panel, look, colours]);
  return (
    <>
      <div
        class="chart"
        role="group"
        aria-label={label}
        tabIndex={0}
        ref={host}
        onKeyDown={(event) => onKey(panel.window, event)}
      />
      {charts === "failed" && (
        <p class="problem" role="alert">
          The charts could not be loaded. Check the network, then reload the page.
        </p>
      )}
    </>
  );
}

function onKey(window: TimeWindow, event: KeyboardEvent): void {
  const act = {
    ArrowLeft: () => window.pan(-0.25),
    ArrowRight: () => window.pan(0.25),
    "+": () => window.zoom(0.5),
    "=": () => window.zoom(0.5),
    "-": () => window.zoom(2),
    "0": () => window.live(),
    Escape: () => window.live(),
    " ": () => window.pause(!window.isPaused),
  }[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
}
