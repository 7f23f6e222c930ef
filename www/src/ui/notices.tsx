/**
 * Connection problems, at the lower edge over the page so that nothing moves: a sentence, the age of the data shown,
 * the countdown, and the possible actions. Also the short messages with their undo.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { App } from "../app";
import type { Toast, Toasts } from "../model/toasts";
import { tick } from "../signals";
import { clock, sentence, span } from "../words";

/** @param props.children dialogs; a notice replaces one that could not be loaded */
export function Notices({
  app,
  onConnection,
  children,
}: {
  app: App;
  onConnection(): void;
  children: ComponentChildren;
}) {
  return (
    <div class="notices">
      <Warning app={app} />
      <Trouble app={app} onConnection={onConnection} />
      <ToastList toasts={app.toasts} />
      {children}
    </div>
  );
}

function Trouble({ app: { session, fleet }, onConnection }: { app: App; onConnection(): void }) {
  const { phase, problem, retryAtMs, sinceMs, lost, refused } = session.state.value;
  if (phase !== "waiting" && !(problem && (phase === "ended" || phase === "connecting"))) return null;
  const isWaiting = phase === "waiting";
  const text = lost && isWaiting ? problem : `${problem.replace(/\.$/, "")}.`;
  const last = fleet.lastWordMs;
  return (
    <div class="notice is-trouble">
      <span class="shape" aria-hidden="true">
        ▲
      </span>
      <div class="said">
        <p role="alert">
          {text}
          {isWaiting && <Countdown {...(lost && { lostMs: sinceMs })} retryAtMs={retryAtMs ?? 0} />}
        </p>
        {last !== undefined && <small>Showing data as of {clock(last)}.</small>}
      </div>
      {isWaiting && (
        <button type="button" onClick={() => session.client.value?.reconnectNow()}>
          Retry now
        </button>
      )}
      {phase === "ended" && !refused && (
        <button type="button" onClick={() => void session.again().catch(() => {})}>
          Connect again
        </button>
      )}
      {phase === "ended" && (
        <button type="button" onClick={onConnection}>
          Change connection…
        </button>
      )}
    </div>
  );
}

function Countdown({ lostMs, retryAtMs }: { lostMs?: number; retryAtMs: number }) {
  const [nowMs, setNow] = useState(Date.now());
  useEffect(() => tick.on(setNow), []);
  const left = retryAtMs - nowMs;
  return (
    <span class="num" aria-hidden="true">
      {lostMs === undefined ? " " : ` ${ago(nowMs - lostMs)} ago. `}
      {left > 0 ? `Retrying in ${Math.ceil(left / 1_000)} s.` : "Retrying now…"}
    </span>
  );
}

function Warning({ app: { session } }: { app: App }) {
  const [text, setText] = useState("");
  useEffect(() => session.warnings.on((error) => setText(sentence(error))), [session]);
  if (!text) return null;
  return (
    <div class="notice">
      <span class="shape" aria-hidden="true">
        !
      </span>
      <p class="said" role="alert">
        {text}
      </p>
      <button type="button" onClick={() => setText("")}>
        Dismiss
      </button>
    </div>
  );
}

function ToastList({ toasts }: { toasts: Toasts }) {
  return (
    <div role="status" aria-label="Messages" class="toasts">
      {toasts.list.value.map((toast: Toast) => (
        <div key={toast.n} class="notice">
          <p class="said">{toast.text}</p>
          {toast.undo && (
            <button type="button" aria-label={`Undo: ${toast.text}`} onClick={toast.undo}>
              Undo
            </button>
          )}
        </div>
      ))}
    </div>
  );
}

/** Whole seconds at first, then everyday units. */
const ago = (ms: number) => (ms < 90_000 ? `${Math.floor(ms / 1_000)} s` : span(ms));
