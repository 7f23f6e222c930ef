/** One command on many devices: the list first, then at most N at once, and what each of them said. */
import type { App } from "../../app";
import { oncePerFrame } from "../../signals";
import { download, h, setText } from "../../dom";
import { ask } from "../../ui/dialog";
import { NOT_CONNECTED, plural, sentence, took } from "../../words";

type Outcome = "waiting" | "running" | "done" | "failed" | "stopped";
interface Result { id: string; name: string; outcome: Outcome; code?: number; stdout: string; stderr: string; ms?: number }

const MARKS: Record<Outcome, string> = { waiting: "·", running: "▶", done: "✓", failed: "▲", stopped: "–" };

export function manyShell(app: App): { element: HTMLElement; show(): void } {
  const { fleet, session } = app;
  let results: Result[] = [];
  /** Equal ones together, as they are listed. */
  let groups: Result[][] = [];
  let abort: AbortController | undefined;
  let chosen: Result | undefined;
  let ran = "";

  const box = h("input", { class: "mono", type: "text", autocomplete: "off", spellcheck: false, placeholder: "Type a command, for example: uptime", "aria-label": "Command for all selected devices" });
  const most = h("input", { type: "number", min: "1", max: "100", value: "5", "aria-label": "At most at once" });
  const run = h("button", { type: "submit", class: "primary" }, "Run…");
  const stop = h("button", { type: "button", disabled: true, onclick: () => abort?.abort() }, "Stop");
  const problem = h("p", { class: "problem", role: "alert" });
  const bar = h("progress", { max: 1, value: 0, "aria-label": "Devices done" });
  const summary = h("span", { class: "num quiet", role: "status", "aria-label": "Progress" });
  const save = h("button", { type: "button", disabled: true, onclick: () => saveAll() }, "Save results");
  const body = h("tbody", {});
  const table = h("table", { "aria-label": "Results", class: "results" }, h("thead", {}, h("tr", {}, ...["Device", "Result", "Time", "Output"].map((name) => h("th", { scope: "col" }, name)))), body);
  const empty = h("p", { class: "empty" });
  const chosenNames = h("ul", { class: "targets", "aria-label": "Selected devices" });
  const again = h("button", { type: "button", hidden: true, onclick: () => void start(failedIds(), ran) });
  const detail = h("div", { class: "detail", hidden: true });
  const form = h("form", { class: "toolbar" }, box, h("label", { class: "row" }, "at most", most, "at once"), run, stop);
  const element = h("div", { class: "many" }, form, h("div", { class: "row meter" }, bar, summary, h("span", { class: "spring" }), again, save), problem, h("div", { class: "scroll" }, empty, chosenNames, table), detail);

  const targets = () => [...fleet.selected.value].filter((id) => fleet.devices.has(id));

  const isFailed = ({ outcome, code }: Result) => outcome === "failed" || (outcome === "done" && code !== 0);
  const failedIds = () => results.filter(isFailed).map(({ id }) => id);

  async function submit(): Promise<void> {
    const cmd = box.value.trim();
    const ids = targets();
    problem.textContent = ids.length === 0 ? "No device is selected. Select some in Fleet." : cmd === "" ? "Type a command." : session.state.value.phase !== "connected" ? NOT_CONNECTED : "";
    if (problem.textContent) return;
    const act = `Run on ${plural(ids.length, "device")}`;
    const body = (
      <>
        <p><code class="mono">{cmd}</code></p>
        <ul>{ids.map((id) => <li key={id}>{fleet.nameOf(id)}{fleet.devices.get(id)?.online === false ? " (offline)" : ""}</li>)}</ul>
      </>
    );
    if (await ask({ title: `${act}?`, body, act })) await start(ids, cmd);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });

  async function start(ids: string[], cmd: string): Promise<void> {
    const client = session.client.value;
    if (!client || abort) return;
    const mine = (abort = new AbortController());
    ran = cmd;
    chosen = undefined;
    results = ids.map((id) => ({ id, name: fleet.nameOf(id), outcome: "waiting", stdout: "", stderr: "" }));
    const queue = [...results];
    const worker = async () => {
      for (let result = queue.shift(); result; result = queue.shift()) {
        if (mine.signal.aborted) result.outcome = "stopped";
        else await runOne(result);
        draw();
      }
    };
    const runOne = async (result: Result) => {
      const startedMs = performance.now();
      result.outcome = "running";
      draw();
      try {
        const { stdout, stderr, returnCode } = await client.cmd(result.id, cmd, { signal: mine.signal });
        fleet.heard(result.id);
        Object.assign(result, { outcome: "done", stdout, stderr, code: returnCode });
      } catch (error) {
        Object.assign(result, { outcome: mine.signal.aborted ? "stopped" : "failed", stderr: sentence(error) });
      }
      result.ms = performance.now() - startedMs;
    };
    draw();
    await Promise.all(Array.from({ length: Math.max(1, Math.min(100, Math.floor(most.valueAsNumber) || 1)) }, worker));
    abort = undefined;
    draw();
  }

  const draw = oncePerFrame(() => {
    const over = results.filter(({ outcome }) => !["waiting", "running"].includes(outcome));
    const stopped = over.filter(({ outcome }) => outcome === "stopped").length;
    const failed = over.filter(isFailed).length;
    bar.max = Math.max(1, results.length);
    bar.value = over.length;
    setText(summary, results.length === 0 ? "" : `${over.length - stopped} of ${results.length} done${failed ? `, ${failed} failed` : ""}${stopped ? `, ${stopped} stopped` : ""}`);
    stop.disabled = abort === undefined;
    run.disabled = abort !== undefined;
    save.disabled = results.length === 0 || abort !== undefined;
    table.hidden = results.length === 0;
    empty.hidden = results.length > 0;
    const ids = targets();
    setText(empty, ids.length === 0 ? "No device is selected. Select some in Fleet, then run a command on all of them here." : `${plural(ids.length, "device")} selected:`);
    chosenNames.hidden = results.length > 0;
    chosenNames.replaceChildren(...(results.length > 0 ? [] : ids.map((id) => h("li", {}, fleet.nameOf(id)))));
    again.hidden = failed === 0 || abort !== undefined;
    setText(again, `Run again on the ${failed} failed`);
    groups = grouped();
    while (body.rows.length > groups.length) body.deleteRow(-1);
    groups.forEach((group, n) => fill(body.rows[n] ?? newRow(n), group));
    showDetail();
  });

  /** What is the same of several devices is one row; what failed comes first. */
  function grouped(): Result[][] {
    const byOutput = new Map<string, Result[]>();
    for (const result of results) {
      const { id, outcome, code, stdout, stderr } = result;
      const key = outcome === "done" || outcome === "failed" ? JSON.stringify([outcome, code, stdout, stderr]) : id;
      byOutput.set(key, [...(byOutput.get(key) ?? []), result]);
    }
    return [...byOutput.values()].sort((a, b) => Number(isFailed(b[0]!)) - Number(isFailed(a[0]!)));
  }

  function newRow(n: number): HTMLTableRowElement {
    const button = h("button", { type: "button", class: "quiet output", onclick: () => choose(groups[n]?.[0]) });
    const row = h("tr", {}, h("td", {}), h("td", {}), h("td", { class: "num" }), h("td", {}, button));
    body.append(row);
    return row;
  }

  function fill(row: HTMLTableRowElement, group: Result[]): void {
    const [result] = group;
    if (!result) return;
    const names = group.map((one) => one.name).join(", ");
    const [name, outcome, time, output] = row.cells;
    if (!name || !outcome || !time || !output) return;
    const { outcome: state, code, ms, stdout, stderr } = result;
    const bad = state === "failed" || (code !== undefined && code !== 0);
    row.dataset["outcome"] = bad ? "bad" : state;
    setText(name, group.length === 1 ? result.name : `${plural(group.length, "device")}: ${names}`);
    name.title = names;
    setText(outcome, `${state === "done" && code !== 0 ? "✗" : MARKS[state]} ${state === "done" ? `exit ${code}` : state}`);
    setText(time, ms === undefined ? "" : took(ms));
    const button = output.firstElementChild as HTMLButtonElement;
    const lost = state === "running" && fleet.devices.get(result.id)?.online === false;
    setText(button, (stdout || stderr).trim().split("\n", 1)[0]?.slice(0, 200) || (state === "done" ? "no output" : lost ? "The device is offline: an answer may never come." : ""));
    button.hidden = button.textContent === "";
    button.setAttribute("aria-label", `Output of ${names}: ${button.textContent}`);
  }

  function choose(result: Result | undefined): void {
    chosen = chosen === result ? undefined : result;
    showDetail();
  }

  function showDetail(): void {
    detail.hidden = chosen === undefined;
    if (!chosen) return;
    const { name, stdout, stderr } = chosen;
    detail.replaceChildren(h("div", { class: "row" }, h("h2", {}, name), h("span", { class: "spring" }), h("button", { type: "button", onclick: () => choose(undefined) }, "Close")), h("pre", { class: "mono", tabIndex: 0 }, stdout), stderr && h("pre", { class: "mono is-error", tabIndex: 0, "aria-label": "Standard error" }, stderr));
  }

  function saveAll(): void {
    const json = results.map(({ id, name, outcome, code, stdout, stderr, ms }) => ({ id, name, cmd: ran, outcome, returnCode: code, stdout, stderr, ms: ms && Math.round(ms) }));
    download("results.json", [JSON.stringify(json, undefined, 2)], "application/json");
  }

  fleet.selected.subscribe(draw);
  fleet.list.subscribe(draw);
  return { element, show: draw };
}
