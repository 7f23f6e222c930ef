/** The frames sent and received. The token never appears in a frame. */
import "./wire.css";
import { render } from "preact";
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { App, View } from "../../app";
import { download } from "../../dom";
import { bytes, clockMs, took } from "../../figures";
import { place } from "../../model/route";
import { tick } from "../../signals";
import { CopyButton } from "../../ui/copy-button";
import { isPlain, itemAfter } from "../../ui/roving";
import { plural, whole } from "../../words";
import { Frames, aboutOf, lineOf, pretty } from "./frames";
import type { Frame } from "./frames";

const ROW_PX = 32;
/** Rows that change faster than this cannot be read. */
const DRAW_MS = 250;
/** Rows rendered above and below the visible ones. */
const MARGIN = 8;

export function wireView(section: HTMLElement, app: App): View {
  render(<Wire app={app} />, section);
  return {};
}

function Wire({ app: { session, fleet } }: { app: App }) {
  const frames = useRef(new Frames()).current;
  const isQuiet = useSignal(true);
  const way = useSignal("");
  const typed = useSignal("");
  const isPaused = useSignal(false);
  const chosen = useSignal<Frame | undefined>(undefined);
  const shown = useSignal<readonly Frame[]>([]);
  const fresh = useSignal(0);
  const scroll = useSignal({ top: 0, height: 0 });
  const scroller = useRef<HTMLDivElement>(null);
  const drawnTo = useRef(0);

  /** @param isAsked the user changed a setting: draws even if the list is being read */
  function draw(isAsked: boolean): void {
    const list = frames.list({ isQuiet: isQuiet.value, way: way.value, words: typed.value.trim().toLowerCase() });
    const news = list.findIndex(({ n }) => n <= drawnTo.current);
    const count = news < 0 ? list.length : news;
    const isRead =
      (scroller.current?.scrollTop ?? 0) > 8 || scroller.current?.querySelector("ol")?.matches(":hover, :focus-within");
    // Do not move the list while it is being read.
    if (!isAsked && isRead && count > 0 && drawnTo.current > 0) {
      fresh.value = count;
      return;
    }
    drawnTo.current = frames.count;
    shown.value = list;
    fresh.value = 0;
  }

  const due = useRef({ frame: 0, drawnMs: 0, seen: -1 }).current;
  /** Draws in an animation frame: a timer would wait behind thousands of incoming frames. */
  function plan(): void {
    due.frame ||= requestAnimationFrame((nowMs) => {
      due.frame = 0;
      if (place.peek().view !== "wire" || frames.count === due.seen) return;
      if (nowMs - due.drawnMs < DRAW_MS) return plan();
      due.drawnMs = nowMs;
      due.seen = frames.count;
      draw(false);
    });
  }

  useEffect(() => {
    // Listening has a cost, so there is no listener while paused.
    const client = session.client.value;
    if (!client || isPaused.value) return;
    return client.onFrame((direction, frame) => {
      if (isPaused.peek()) return;
      frames.record(direction, frame);
      plan();
    });
  }, [session.client.value, isPaused.value]);
  useEffect(() => draw(true), [isQuiet.value, way.value, typed.value, isPaused.value]);
  // Draws frames that arrived while another view was open.
  useEffect(() => tick.on(plan), []);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(
      () => (scroll.value = { top: element.scrollTop, height: element.clientHeight }),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  function onScroll({ currentTarget }: { currentTarget: HTMLElement }): void {
    scroll.value = { top: currentTarget.scrollTop, height: currentTarget.clientHeight };
    if (currentTarget.scrollTop <= 8 && fresh.value > 0) draw(true);
  }
  const list = shown.value;
  const request = chosen.value ? aboutOf(chosen.value).requestId : "";
  const first = Math.max(0, Math.floor(scroll.value.top / ROW_PX) - MARGIN);
  const last = Math.min(list.length, Math.ceil((scroll.value.top + scroll.value.height) / ROW_PX) + MARGIN);
  const stop = chosen.value && list.slice(first, last).includes(chosen.value) ? chosen.value : list[first];

  function onKeyDown(event: KeyboardEvent): void {
    if (!isPlain(event)) return;
    const at = list.findIndex(({ n }) => String(n) === (event.target as HTMLElement).dataset["n"]);
    const next = at < 0 ? undefined : itemAfter(list, at, event.key);
    if (!next || !scroller.current) return;
    event.preventDefault();
    const top = list.indexOf(next) * ROW_PX;
    const { scrollTop, clientHeight } = scroller.current;
    if (top < scrollTop) scroller.current.scrollTop = top;
    else if (top + ROW_PX > scrollTop + clientHeight) scroller.current.scrollTop = top + ROW_PX - clientHeight;
    scroll.value = { top: scroller.current.scrollTop, height: clientHeight };
    // In the next frame the row is rendered.
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-n="${next.n}"]`)?.focus());
  }

  const kept = frames.talk.length + (isQuiet.value ? 0 : frames.noise.length);
  const figures = `${plural(list.length, "frame")}${kept === list.length ? "" : ` of ${whole(kept)}`}${isQuiet.value && frames.noise.length > 0 ? `, ${whole(frames.noise.length)} hidden` : ""}`;
  const empty = whyEmpty(kept, frames.noise.length, isPaused.value);
  const clear = () => {
    frames.clear();
    chosen.value = undefined;
    draw(true);
  };
  const text = () => list.toReversed().map(lineOf).join("\n");
  return (
    <>
      <div class="toolbar">
        <h1 class="unseen">Wire</h1>
        <input
          type="search"
          placeholder="Filter by text, for example device:cmd"
          aria-label="Filter frames"
          value={typed.value}
          onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
        />
        <select
          aria-label="Direction"
          value={way.value}
          onChange={({ currentTarget }) => (way.value = currentTarget.value)}
        >
          <option value="">Both directions</option>
          <option value="in">In</option>
          <option value="out">Out</option>
        </select>
        <label class="row">
          <input
            type="checkbox"
            checked={isQuiet.value}
            onChange={({ currentTarget }) => (isQuiet.value = currentTarget.checked)}
          />
          Hide samples and pings
        </label>
        <button
          type="button"
          class="pause"
          aria-pressed={isPaused.value}
          onClick={() => (isPaused.value = !isPaused.value)}
        >
          {isPaused.value ? "Resume" : "Pause"}
        </button>
        <span class="spring" />
        <span class="num quiet">{figures}</span>
        <CopyButton label="Copy all" text={text} isDisabled={list.length === 0} />
        <button
          type="button"
          disabled={list.length === 0}
          onClick={() => download("frames.txt", [text()], "text/plain;charset=utf-8")}
        >
          Save
        </button>
        <button type="button" onClick={clear}>
          Clear
        </button>
      </div>
      <div class="split">
        <div class="left">
          {fresh.value > 0 && (
            <button
              type="button"
              class="pill"
              onClick={() => (scroller.current && (scroller.current.scrollTop = 0), draw(true))}
            >
              {whole(fresh.value)} new
            </button>
          )}
          <ul class="frame heads" aria-label="Columns">
            <li>Time</li>
            <li>Direction</li>
            <li>Event</li>
            <li class="who">Device</li>
            <li class="summary">Summary</li>
          </ul>
          <div
            class="scroll"
            tabIndex={0}
            role="region"
            aria-label="Frames, newest first"
            ref={scroller}
            onScroll={onScroll}
          >
            <ol
              class="frames"
              aria-label="Frames"
              style={{ height: `${list.length * ROW_PX}px` }}
              onKeyDown={onKeyDown}
            >
              {list.slice(first, last).map((frame, n) => (
                <Row
                  key={frame.n}
                  frame={frame}
                  deviceId={frames.deviceOf(frame)}
                  joint={frames.joint(frame)}
                  at={first + n}
                  isChosen={frame === chosen.value}
                  isJoined={frame !== chosen.value && request !== "" && aboutOf(frame).requestId === request}
                  isStop={frame === stop}
                  fleet={fleet}
                  onChoose={() => (chosen.value = frame)}
                />
              ))}
            </ol>
            {list.length === 0 && <p class="empty">{empty}</p>}
          </div>
        </div>
        <Detail frames={frames} frame={chosen.value} onChoose={(frame) => (chosen.value = frame)} />
      </div>
    </>
  );
}

function whyEmpty(kept: number, hidden: number, isPaused: boolean): string {
  if (kept > 0) return "No frames match this filter.";
  if (hidden > 0) return "Only samples and pings so far, which are hidden. Clear “Hide samples and pings” to see them.";
  if (isPaused) return "Paused. Resume to record frames.";
  return "No frames yet. Recording starts when this view is first opened. Run a command, or wait for a device event.";
}

interface RowProps {
  frame: Frame;
  deviceId: string;
  joint: ReturnType<Frames["joint"]>;
  at: number;
  isChosen: boolean;
  /** Same request as the chosen frame. */ isJoined: boolean;
  isStop: boolean;
  fleet: App["fleet"];
  onChoose(): void;
}

function Row({ frame, deviceId, joint, at, isChosen, isJoined, isStop, fleet, onChoose }: RowProps) {
  const { event, summary } = aboutOf(frame);
  return (
    <li style={{ top: `${at * ROW_PX}px` }}>
      <button
        type="button"
        class="frame"
        tabIndex={isStop ? 0 : -1}
        data-n={String(frame.n)}
        data-way={frame.direction}
        data-joined={isJoined}
        aria-pressed={isChosen}
        onClick={onChoose}
      >
        <span class="num">{clockMs(frame.atMs)}</span>
        <span class="way">{frame.direction === "in" ? "↓ in" : "↑ out"}</span>
        <span class="event">{event}</span>
        <span class="who">{deviceId && fleet.nameOf(deviceId)}</span>
        <span class="summary">
          {joint && (
            <span class="joint">
              {joint.isRequest ? `answered after ${took(joint.ms)}` : `${took(joint.ms)} after its request`}
            </span>
          )}
          {isJoined && <span class="unseen">the same request</span>}
          <code>{summary}</code>
        </span>
      </button>
    </li>
  );
}

/** One frame in full, and the other frames of its request. */
function Detail({
  frames,
  frame,
  onChoose,
}: {
  frames: Frames;
  frame: Frame | undefined;
  onChoose(frame: Frame): void;
}) {
  const others = frame ? frames.joined(frame) : [];
  return (
    <div class="right">
      <div class="row">
        <h2>{frame ? `${frame.direction === "in" ? "In" : "Out"} at ${clockMs(frame.atMs)}` : "No frame selected"}</h2>
        {frame && <small>{bytes(frame.size)}</small>}
        <span class="spring" />
        <CopyButton label="Copy frame" text={() => frame?.text ?? ""} isDisabled={!frame} />
      </div>
      {frame && others.length > 0 && (
        <ul class="joined" aria-label="The same request">
          {others.map((other) => (
            <li key={other.n}>
              <button type="button" class="quiet" onClick={() => onChoose(other)}>
                {other.direction === "in" ? "↓" : "↑"} {aboutOf(other).event}
              </button>
              <span class="num quiet">
                {other.atMs >= frame.atMs
                  ? `${took(other.atMs - frame.atMs)} later`
                  : `${took(frame.atMs - other.atMs)} earlier`}
              </span>
            </li>
          ))}
        </ul>
      )}
      <pre class="mono" tabIndex={0} aria-label="Frame">
        {frame ? pretty(frame.text) : "Select a frame to see all of it."}
      </pre>
    </div>
  );
}
