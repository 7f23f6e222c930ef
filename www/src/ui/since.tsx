/** How long a device has been in its state. */
import type { Device } from "../model/fleet";
import { now } from "../signals";
import { clock, span } from "../words";

/** States no more than the page has observed. */
export function Since({ device: { online, changedMs, isChangeOld, seenMs } }: { device: Device }) {
  if (online === undefined) return <>unknown</>;
  if (changedMs === undefined) return <>{`before ${clock(seenMs)}`}</>;
  if (isChangeOld) return <>{`${clock(changedMs)} or later`}</>;
  return <>{`${clock(changedMs)}, ${span(now.value - changedMs)}`}</>;
}
