/** The tasks of this page, newest first. */
import { took } from "../../figures";
import type { Task, Tasks } from "../../model/tasks";
import { now } from "../../signals";
import { clock, span } from "../../words";

const MARKS = { running: "▶", done: "✓", failed: "▲" };

export function Timeline({ tasks }: { tasks: Tasks }) {
  const list = tasks.list.value;
  return (
    <div class="timeline" tabIndex={0} role="region" aria-label="Timeline">
      <ol class="tasks" aria-label="Tasks">
        {list.map((task) => (
          <Entry key={task.n} task={task} />
        ))}
      </ol>
      {list.length === 0 && <p class="empty">Actions on devices appear here, step by step.</p>}
    </div>
  );
}

function Entry({ task: { title, name, startedMs, endedMs, outcome, steps, end, again } }: { task: Task }) {
  return (
    <li data-outcome={outcome}>
      <h3>
        <span class="outcome" aria-hidden="true">
          {MARKS[outcome]}
        </span>
        {title}
        <span class="spring" />
        <span class="num quiet">{endedMs === undefined ? span(now.value - startedMs) : took(endedMs - startedMs)}</span>
      </h3>
      <small>{name}</small>
      {outcome === "running" && <progress aria-label={`${title} of ${name}`} />}
      <ul>
        {steps.map(({ atMs, text }, n) => (
          <li key={n}>
            <time class="num">{clock(atMs)}</time>
            <span>{text}</span>
          </li>
        ))}
      </ul>
      <p role="status">{end}</p>
      {again && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </li>
  );
}
