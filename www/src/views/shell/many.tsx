/** One command on the selected devices: first the list, then the progress and a row for each distinct output. */
import { useSignal } from "@preact/signals";
import type { App } from "../../app";
import { download } from "../../dom";
import { took } from "../../figures";
import { ask } from "../../ui/dialog";
import { NOT_CONNECTED, plural, sentence, whole } from "../../words";
import { isFailed } from "./fleet-run";
import type { FleetRun, Outcome, Result } from "./fleet-run";

const MARKS: Record<Outcome, string> = { waiting: "·", running: "▶", done: "✓", failed: "▲", stopped: "–" };
const AT_ONCE = "5";
/** Most devices named in a row of equal outputs. */
const MOST_NAMED = 3;

export function ManyShell({ app, run, isHidden }: { app: App; run: FleetRun; isHidden: boolean }) {
  const { fleet, session } = app;
  const cmd = useSignal("");
  const atOnce = useSignal(AT_ONCE);
  const problem = useSignal("");
  /** The device whose output is shown in full. */
  const chosen = useSignal<string | undefined>(undefined);
  const selected = [...fleet.selected.value].filter((id) => fleet.devices.has(id));
  const results = run.results.value;
  const isRunning = run.isRunning.value;
  const failed = run.failed.value;
  const detail = run.groups.value.find((group) => group.some(({ id }) => id === chosen.value));

  function start(ids: readonly string[], command: string): void {
    chosen.value = undefined;
    void run.start(ids, command, Number(atOnce.value));
  }
  function whyNot(count: number, command: string): string {
    if (count === 0) return "No devices selected. Select some in Fleet.";
    if (command === "") return "Enter a command.";
    return session.state.value.phase === "connected" ? "" : NOT_CONNECTED;
  }
  async function submit(): Promise<void> {
    const command = cmd.value.trim();
    problem.value = whyNot(selected.length, command);
    if (problem.value) return;
    const act = `Run on ${plural(selected.length, "device")}`;
    const body = (
      <>
        <p>
          <code class="mono">{command}</code>
        </p>
        <ul>
          {selected.map((id) => (
            <li key={id}>
              {fleet.nameOf(id)}
              {fleet.devices.get(id)?.online === false ? " (offline)" : ""}
            </li>
          ))}
        </ul>
      </>
    );
    if (await ask({ title: `${act}?`, body, act })) start(selected, command);
  }
  return (
    <div class="many" hidden={isHidden}>
      <form
        class="toolbar"
        onSubmit={(event) => (
          event.preventDefault(),
          void submit().catch((error: unknown) => (problem.value = sentence(error)))
        )}
      >
        <input
          class="mono"
          type="text"
          autocomplete="off"
          spellcheck={false}
          placeholder="Enter a command, for example uptime"
          aria-label="Command for all selected devices"
          value={cmd}
          onInput={({ currentTarget }) => (cmd.value = currentTarget.value)}
        />
        <label class="row">
          up to
          <input
            type="number"
            min="1"
            max="100"
            aria-label="Devices at a time"
            value={atOnce}
            onInput={({ currentTarget }) => (atOnce.value = currentTarget.value)}
          />
          at a time
        </label>
        <button type="submit" class="primary" disabled={isRunning}>
          Run…
        </button>
        <button type="button" disabled={!isRunning} onClick={() => run.stop()}>
          Stop
        </button>
      </form>
      <div class="row meter">
        <Progress results={results} failed={failed.length} />
        <span class="spring" />
        {failed.length > 0 && !isRunning && (
          <button
            type="button"
            onClick={() =>
              start(
                failed.map(({ id }) => id),
                run.cmd,
              )
            }
          >
            Retry {failed.length} failed
          </button>
        )}
        <button
          type="button"
          disabled={results.length === 0 || isRunning}
          onClick={() => download("results.json", [run.json()], "application/json")}
        >
          Save results
        </button>
      </div>
      <p class="problem" role="alert">
        {problem}
      </p>
      <div class="scroll">
        {results.length === 0 && <Targets names={selected.map((id) => fleet.nameOf(id))} />}
        {results.length > 0 && (
          <table aria-label="Results" class="results">
            <thead>
              <tr>
                {["Device", "Result", "Time", "Output"].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {run.groups.value.map((group, n) => (
                <Row
                  key={n}
                  app={app}
                  group={group}
                  onChoose={(id) => (chosen.value = chosen.value === id ? undefined : id)}
                />
              ))}
            </tbody>
          </table>
        )}
      </div>
      {detail && <Detail group={detail} onClose={() => (chosen.value = undefined)} />}
    </div>
  );
}

function Targets({ names }: { names: readonly string[] }) {
  if (names.length === 0)
    return <p class="empty">No devices selected. Select some in Fleet to run a command on all of them.</p>;
  return (
    <>
      <p class="empty">{plural(names.length, "device")} selected:</p>
      <Names label="Selected devices" names={names} />
    </>
  );
}

function Names({ label, names }: { label: string; names: readonly string[] }) {
  return (
    <ul class="targets" aria-label={label}>
      {names.map((name, n) => (
        <li key={n}>{name}</li>
      ))}
    </ul>
  );
}

/** Names only the first few: all of them would fill a paragraph. */
function nameOfGroup(group: readonly Result[]): string {
  const [first, ...others] = group.map(({ name }) => name);
  if (others.length === 0) return first ?? "";
  const names = [first, ...others.slice(0, MOST_NAMED - 1)].join(", ");
  return `${plural(group.length, "device")}: ${names}${group.length > MOST_NAMED ? ` and ${whole(group.length - MOST_NAMED)} more` : ""}`;
}

function Progress({ results, failed }: { results: readonly Result[]; failed: number }) {
  const over = results.filter(({ outcome }) => outcome !== "waiting" && outcome !== "running");
  const stopped = over.filter(({ outcome }) => outcome === "stopped").length;
  const text = `${over.length - stopped} of ${results.length} done${failed ? `, ${failed} failed` : ""}${stopped ? `, ${stopped} stopped` : ""}`;
  return (
    <>
      <progress max={Math.max(1, results.length)} value={over.length} aria-label="Devices done" />
      <span class="num quiet" role="status" aria-label="Progress">
        {results.length === 0 ? "" : text}
      </span>
    </>
  );
}

function Row({ app, group, onChoose }: { app: App; group: readonly Result[]; onChoose(id: string): void }) {
  const [result] = group;
  if (!result) return null;
  const { id, outcome, code, ms, stdout, stderr } = result;
  const name = nameOfGroup(group);
  const isLost = outcome === "running" && app.fleet.devices.get(id)?.online === false;
  const output =
    (stdout || stderr).trim().split("\n", 1)[0]?.slice(0, 200) ||
    (outcome === "done" && "no output") ||
    (isLost && "The device is offline and may never answer.");
  return (
    <tr data-outcome={isFailed(result) ? "bad" : outcome}>
      <td title={name}>{name}</td>
      <td>{outcome === "done" ? `${code === 0 ? MARKS.done : "✗"} exit ${code}` : `${MARKS[outcome]} ${outcome}`}</td>
      <td class="num">{ms === undefined ? "" : took(ms)}</td>
      <td>
        {output && (
          <button
            type="button"
            class="quiet output"
            aria-label={`Output of ${name}: ${output}`}
            onClick={() => onChoose(id)}
          >
            {output}
          </button>
        )}
      </td>
    </tr>
  );
}

/** The full output, and the devices that returned it. */
function Detail({ group, onClose }: { group: readonly Result[]; onClose(): void }) {
  const [result] = group;
  if (!result) return null;
  const { name, stdout, stderr } = result;
  return (
    <div class="detail">
      <div class="row">
        <h2>{group.length === 1 ? name : plural(group.length, "device")}</h2>
        <span class="spring" />
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
      {group.length > 1 && <Names label="Devices with this output" names={group.map((one) => one.name)} />}
      <pre class="mono" tabIndex={0}>
        {stdout}
      </pre>
      {stderr && (
        <pre class="mono is-error" tabIndex={0} aria-label="Standard error">
          {stderr}
        </pre>
      )}
    </div>
  );
}
