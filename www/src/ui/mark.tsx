/** A device's state as a shape and a word, never by colour only. */
import { stateOf } from "../model/fleet";
import type { Device } from "../model/fleet";

const SHAPES = { online: "●", offline: "○", unknown: "◌" };

/** @param props.isShort the word is for screen readers only */
export function StateMark({ device, isShort = false }: { device: Pick<Device, "online">; isShort?: boolean }) {
  const state = stateOf(device);
  return (
    <span class="mark" data-state={state} title={state}>
      <span class="shape" aria-hidden="true">
        {SHAPES[state]}
      </span>
      <span class={isShort ? "unseen" : "word"}>{state}</span>
    </span>
  );
}
