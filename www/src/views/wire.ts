/** The frames as they go and come. The client never has the token in one. */
import "./wire.css";
import type { App, View } from "../app";
import { tick } from "../signals";
import { arrowKeys, copy, download, h, setText } from "../dom";
import { bytes, clockMs, plural, whole } from "../words";

/** Of each kind: samples come so fast that they would push everything else out. */
const KEPT = 2_000;
/** Rows made at most: what is older is found by a filter. */
const ROWS = 200;
const PREVIEW = 400;

interface Frame { n: number; atMs: number; direction: "in" | "out"; text: string; size: number; binary: boolean }

export function wireView(section: HTMLElement, { session }: App): View {
  let talk: Frame[] = [];
  let noise: Frame[] = [];
  let count = 0;
  let isPaused = false;
  let chosen: Frame | undefined;
  let isDirty = true;
  let stop: (() => void) | undefined;

  const filter = h("input", { type: "search", placeholder: "Filter by text, for example device:cmd", "aria-label": "Filter frames", oninput: () => draw() });
  const way = h("select", { "aria-label": "Direction", onchange: () => draw() }, h("option", { value: "" }, "Both ways"), h("option", { value: "in" }, "In"), h("option", { value: "out" }, "Out"));
  const hide = h("input", { type: "checkbox", checked: true, onchange: () => draw() });
  const pause = h("button", { type: "button", class: "pause", "aria-pressed": "false", onclick: () => pauseAt(!isPaused) }, "Pause");
  const copyAll = h("button", { type: "button", onclick: () => void copy(copyAll, shown().map(line).join("\n")) }, "Copy all");
  const save = h("button", { type: "button", onclick: () => download("frames.txt", [shown().map(line).join("\n")], "text/plain;charset=utf-8") }, "Save");
  const clear = h("button", { type: "button", onclick: () => ((talk = []), (noise = []), (chosen = undefined), draw()) }, "Clear");
  const figures = h("span", { class: "num quiet" });
  const list = h("ol", { class: "frames", "aria-label": "Frames" });
  const pill = h("button", { type: "button", class: "pill", hidden: true, onclick: () => ((scroller.scrollTop = 0), draw()) }, "");
  const empty = h("p", { class: "empty" });
  const scroller = h("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "Frames, newest first" }, list, empty);
  const detail = h("pre", { class: "mono", tabIndex: 0, "aria-label": "Frame" });
  const copyOne = h("button", { type: "button", onclick: () => chosen && void copy(copyOne, chosen.text) }, "Copy frame");
  const heading = h("h2", {}, "No frame chosen");
  section.append(
    h("div", { class: "toolbar" }, h("h1", { class: "unseen" }, "Wire"), filter, way, h("label", { class: "row" }, hide, "Hide samples and pings"), pause, h("span", { class: "spring" }), figures, copyAll, save, clear),
    h("div", { class: "split" }, h("div", { class: "left" }, pill, scroller), h("div", { class: "right" }, h("div", { class: "row" }, heading, h("span", { class: "spring" }), copyOne), detail)),
  );
  copyOne.disabled = true;

  const line = ({ atMs, direction, text }: Frame) => `${new Date(atMs).toISOString()} ${direction === "in" ? "<-" : "->"} ${text}`;
  function shown(): Frame[] {
    const words = filter.value.trim().toLowerCase();
    const all = hide.checked ? talk : [...talk, ...noise].sort((a, b) => a.n - b.n);
    return all.filter((frame) => (way.value === "" || frame.direction === way.value) && (words === "" || frame.text.toLowerCase().includes(words)));
  }

  function record(direction: "in" | "out", frame: string | Uint8Array): void {
    if (isPaused) return;
    const binary = typeof frame !== "string";
    const text = binary ? [...frame.subarray(0, 4_096)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ") : frame;
    const list = isNoise(direction, text) ? noise : talk;
    list.push({ n: ++count, atMs: Date.now(), direction, text, size: frame.length, binary });
    if (list.length > 2 * KEPT) list.splice(0, KEPT);
    isDirty = true;
  }

  function pauseAt(on: boolean): void {
    isPaused = on;
    pause.setAttribute("aria-pressed", String(on));
    pause.textContent = on ? "Resume" : "Pause";
    listen(!on);
    draw();
  }

  /** Listening costs: while paused no one does. */
  function listen(on: boolean): void {
    stop?.();
    stop = on ? session.client.value?.onFrame(record) : undefined;
  }

  let drawnTo = 0;
  /** The rows that stand stay themselves: one that is made anew while it is pressed is never clicked. */
  const rows = new Map<Frame, HTMLLIElement>();
  /** @param isAsked someone has acted, and sees what came of it wherever they read */
  function draw(isAsked = true): void {
    const all = shown();
    const kept = talk.length + (hide.checked ? 0 : noise.length);
    setText(figures, `${plural(all.length, "frame")}${kept === all.length ? "" : ` of ${whole(kept)}`}${hide.checked && noise.length > 0 ? `, ${whole(noise.length)} hidden` : ""}`);
    // Who is reading is not moved.
    const fresh = all.filter(({ n }) => n > drawnTo).length;
    if (!isAsked && fresh > 0 && drawnTo > 0 && (scroller.scrollTop > 8 || list.matches(":hover, :focus-within"))) {
      pill.hidden = false;
      setText(pill, `${fresh} new`);
      return;
    }
    isDirty = false;
    pill.hidden = true;
    drawnTo = count;
    place(all.slice(-ROWS).reverse());
    empty.hidden = all.length > 0;
    setText(empty, kept > 0 ? "No frame matches this filter." : noise.length > 0 ? `Samples and pings alone have come so far, which are hidden. Untick “Hide samples and pings” to see them.` : isPaused ? "Paused." : "Frames appear here as they go and come, from when this view was first opened. Run a command, or wait for a device to change its state.");
    copyAll.disabled = save.disabled = all.length === 0;
    showDetail();
  }

  function place(frames: Frame[]): void {
    const wanted = new Set(frames);
    for (const [frame, item] of rows) {
      if (wanted.has(frame)) continue;
      item.remove();
      rows.delete(frame);
    }
    let next = list.firstElementChild;
    for (const frame of frames) {
      const item = rows.get(frame);
      if (item) next = item.nextElementSibling;
      else {
        const made = row(frame);
        rows.set(frame, made);
        list.insertBefore(made, next);
      }
    }
  }

  function row(frame: Frame): HTMLLIElement {
    const { n, atMs, direction, text, size, binary } = frame;
    const button = h("button", { type: "button", class: "frame", "data-n": String(n), "data-way": direction, "aria-pressed": String(frame === chosen), onclick: () => choose(frame) },
      h("span", { class: "num" }, clockMs(atMs)), h("span", { class: "way" }, direction === "in" ? "↓ in" : "↑ out"), h("span", { class: "num size" }, bytes(size)), h("code", {}, binary ? `binary ${text}` : text.slice(0, PREVIEW)));
    return h("li", {}, button);
  }

  function choose(frame: Frame): void {
    chosen = frame;
    for (const button of list.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset["n"] === String(frame.n)));
    showDetail();
  }

  function showDetail(): void {
    copyOne.disabled = chosen === undefined;
    setText(heading, chosen ? `${chosen.direction === "in" ? "In" : "Out"} at ${clockMs(chosen.atMs)}` : "No frame chosen");
    setText(detail, chosen ? pretty(chosen.text) : "Choose a frame to read it whole.");
  }

  arrowKeys(list, () => [...list.querySelectorAll<HTMLElement>("button")]);
  session.client.subscribe(() => listen(!isPaused));
  tick.on(() => {
    if (isDirty && !section.hidden) draw(false);
  });
  scroller.addEventListener("scroll", () => {
    if (scroller.scrollTop <= 8 && !pill.hidden) draw();
  });
  draw();
  return { show: draw };
}

/** Pings, and samples: whatever comes in for a feed and is neither an answer nor its end. */
const isNoise = (direction: "in" | "out", text: string) => text === "2" || text === "3" || (direction === "in" && /^42\["device:feed(?!:rpc|:stop)/.test(text) && !text.includes('"error"'));

/** The JSON of a frame on lines of its own, behind its packet type. */
function pretty(text: string): string {
  const at = text.search(/[[{]/);
  if (at < 0) return text;
  try {
    return `${text.slice(0, at)}\n${JSON.stringify(JSON.parse(text.slice(at)), undefined, 2)}`.trimStart();
  } catch {
    return text;
  }
}
