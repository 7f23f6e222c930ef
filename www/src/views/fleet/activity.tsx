/** Device events, newest first; the list does not move while it is being read. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { App } from "../../app";
import type { Activity } from "../../model/fleet";
import { linkTo } from "../../model/route";
import { clock, plural } from "../../words";

const MOST_LINES = 200;
const AT_TOP_PX = 4;

export function ActivityList({ app: { fleet } }: { app: App }) {
  const unseen = useSignal(0);
  const log = useRef<HTMLOListElement>(null);
  const before = useRef({ height: 0, newest: undefined as Activity | undefined });
  const entries = fleet.activity.value.slice(0, MOST_LINES);

  useLayoutEffect(() => {
    const list = log.current;
    if (!list) return;
    const { height, newest } = before.current;
    const fresh = newest ? fleet.activity.value.indexOf(newest) : 0;
    if (fresh > 0 && (list.scrollTop > AT_TOP_PX || list.matches(":hover, :focus-within"))) {
      list.scrollTop += list.scrollHeight - height;
      unseen.value += fresh;
    }
    before.current = { height: list.scrollHeight, newest: fleet.activity.value[0] };
    if (list.scrollTop <= AT_TOP_PX) unseen.value = 0;
  }, [entries[0]]);

  return (
    <>
      {unseen.value > 0 && (
        <button type="button" class="pill" onClick={() => log.current && (log.current.scrollTop = 0)}>
          {plural(unseen.value, "new event")}
        </button>
      )}
      <ol
        class="activity"
        tabIndex={0}
        aria-label="Activity"
        ref={log}
        onScroll={({ currentTarget }) => currentTarget.scrollTop <= AT_TOP_PX && (unseen.value = 0)}
      >
        {entries.map(({ atMs, deviceId, text, kind }, n) => (
          <li key={fleet.activity.value.length - n} data-kind={kind}>
            <time class="num">{clock(atMs)}</time>
            <span>
              <a href={linkTo("live", deviceId)}>{fleet.nameOf(deviceId)}</a> {text}
            </span>
          </li>
        ))}
      </ol>
      {entries.length === 0 && <p class="empty">No activity since this page was opened. Device events appear here.</p>}
    </>
  );
}
