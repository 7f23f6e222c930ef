/** A device's configuration, and other actions on its agent. */
import "./config.css";
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { App, View } from "../../app";
import { Documents } from "../../model/documents";
import type { ConfigDocument, Mark } from "../../model/documents";
import { tasksOf } from "../../model/tasks";
import { ask } from "../../ui/dialog";
import { NoDevice } from "../../ui/no-device";
import { useModule } from "../../ui/use-module";
import { clock } from "../../words";
import { EXAMPLE, FILE, apply, load, test, translate } from "./acts";
import { AgentActs } from "./agent";
import { Diff } from "./diff";
import type { Editor } from "./editor";
import { Timeline } from "./timeline";

export function configView(section: HTMLElement, app: App): View {
  render(<Config app={app} documents={new Documents()} />, section);
  return {};
}

function Config({ app, documents }: { app: App; documents: Documents }) {
  const id = app.fleet.current.value;
  return (
    <>
      <h1 class="unseen">Config</h1>
      <div class="split">
        {id === undefined ? (
          <NoDevice app={app} toDo="to see and change its configuration" />
        ) : (
          <Pane app={app} document={documents.of(id)} />
        )}
        <div class="right">
          {id !== undefined && <AgentActs key={id} app={app} deviceId={id} />}
          <Timeline tasks={tasksOf(app)} />
        </div>
      </div>
    </>
  );
}

function Pane({ app, document }: { app: App; document: ConfigDocument }) {
  const name = app.fleet.nameOf(document.deviceId);
  const { isBusy, isEmpty, language, problem } = document;
  const busy = isBusy.value;
  return (
    <div class="left" role="group" aria-label={`Configuration of ${name}`}>
      <div class="toolbar">
        <h2>{name}</h2>
        <Standing document={document} />
        <span class="spring" />
        <span class="chips" role="group" aria-label="Language">
          {(["yaml", "json"] as const).map((one) => (
            <button
              type="button"
              class="chip"
              aria-pressed={language.value === one}
              onClick={() => void translate(document, one)}
            >
              {one.toUpperCase()}
            </button>
          ))}
        </span>
        <button
          type="button"
          disabled={busy}
          title={`Runs cat ${FILE} on the device`}
          onClick={() => void load(app, document)}
        >
          Load from device
        </button>
        <button type="button" disabled={busy || isEmpty.value} onClick={() => void test(app, document)}>
          Test
        </button>
        <button
          type="button"
          class="primary"
          disabled={busy || isEmpty.value}
          onClick={() => void apply(app, document, (before, after) => confirmApply(name, before, after))}
        >
          Apply…
        </button>
      </div>
      <Trouble document={document} />
      <Versions document={document} />
      {isEmpty.value && (
        <div class="start row">
          <p>No configuration loaded for {name}. Load it from the device, write one below, or</p>
          <button type="button" onClick={() => document.show("yaml", EXAMPLE)}>
            Start from an example
          </button>
        </div>
      )}
      <EditorPane document={document} marks={problem.value?.marks} />
    </div>
  );
}

/** When it was loaded, and whether it has been changed. */
function Standing({ document: { onDevice, isChanged, isEmpty } }: { document: ConfigDocument }) {
  const read = onDevice.value;
  function text(): string {
    if (isEmpty.value) return "";
    if (!read) return "Not on the device yet";
    const at = clock(read.atMs);
    return isChanged.value ? `Changed since it was loaded at ${at}` : `Same as on the device at ${at}`;
  }
  return (
    <small class="standing-text" role="status" aria-label="Document">
      {text()}
    </small>
  );
}

function Trouble({ document: { problem } }: { document: ConfigDocument }) {
  const now = problem.value;
  return (
    <div class="problem" role="alert">
      {now && (
        <>
          {now.text}
          {now.raw && (
            <details>
              <summary>Original message</summary>
              <pre class="mono">{now.raw}</pre>
            </details>
          )}
        </>
      )}
    </div>
  );
}

function Versions({ document }: { document: ConfigDocument }) {
  const versions = document.versions.value;
  if (versions.length === 0) return null;
  return (
    <details class="versions">
      <summary>Previous versions ({versions.length}), kept in this tab</summary>
      <ul>
        {versions.map(({ atMs, text }) => (
          <li key={atMs}>
            Replaced at {clock(atMs)}
            <button
              type="button"
              class="quiet"
              aria-label={`Restore the version replaced at ${clock(atMs)}`}
              onClick={() => document.show("yaml", text)}
            >
              Restore to editor
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

const confirmApply = (name: string, before: string | undefined, after: string) =>
  ask({
    title: `Apply to ${name}?`,
    isGrave: true,
    isWide: true,
    act: `Apply to ${name} and restart its agent`,
    body: (
      <>
        <p>
          This replaces the configuration of {name}. Its agent restarts: the device goes offline for a moment, its feeds
          pause, and running commands are lost.
        </p>
        {before === undefined ? (
          <p class="problem">
            The current configuration could not be read. The changes cannot be shown, and no previous version is kept.
          </p>
        ) : (
          <Diff before={before} after={after} />
        )}
      </>
    ),
  });

function EditorPane({ document, marks }: { document: ConfigDocument; marks: Mark[] | undefined }) {
  const host = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<Editor | undefined>(undefined);
  const code = useModule(() => import("./editor"));
  useEffect(() => {
    if (!code || code === "failed" || !host.current) return;
    const made = code.makeEditor(host.current, "Configuration");
    setEditor(made);
    return () => made.destroy();
  }, [code]);
  useEffect(() => editor?.open(document), [editor, document]);
  useEffect(() => editor?.mark(marks ?? []), [editor, document, marks]);
  return (
    <>
      {!editor && (
        <p class="empty">
          {code === "failed"
            ? "The editor could not be loaded. Check the network, then reload the page."
            : "Loading the editor…"}
        </p>
      )}
      <div class="editor" ref={host} />
    </>
  );
}
