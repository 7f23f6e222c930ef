/** Modal dialogs, labelled by their heading. Escape closes them; the focus then returns to where it was. */
import "./dialog.css";
import { render } from "preact";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { freshId } from "./ids";

interface DialogProps {
  title: string;
  onClose(): void;
  isWide?: boolean;
  children: ComponentChildren;
}

export function Dialog({ title, onClose, isWide = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Each view is a separate root, and `useId` restarts in each.
  const id = useMemo(() => freshId("title"), []);
  useEffect(() => {
    const before = document.activeElement;
    const element = dialog.current;
    element?.showModal();
    element?.querySelector<HTMLElement>("[data-focus]")?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} class={isWide ? "is-wide" : ""} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

export interface Question {
  title: string;
  /** What will happen, and to which devices. */
  body: ComponentChildren;
  /** The verb on the button. */
  act: string;
  /** Requires a checkbox first: for actions that affect a plant. */
  isGrave?: boolean;
  isWide?: boolean;
}

/** Asks for confirmation; false if the user cancels. */
export function ask(question: Question): Promise<boolean> {
  const place = document.createElement("div");
  document.body.append(place);
  return new Promise((resolve) => {
    const answer = (yes: boolean) => {
      render(null, place);
      place.remove();
      resolve(yes);
    };
    render(<Ask {...question} onAnswer={answer} />, place);
  });
}

function Ask({
  title,
  body,
  act,
  isGrave = false,
  isWide = false,
  onAnswer,
}: Question & { onAnswer(yes: boolean): void }) {
  const [isUnderstood, setUnderstood] = useState(!isGrave);
  return (
    <Dialog title={title} isWide={isWide} onClose={() => onAnswer(false)}>
      {body}
      {isGrave && (
        <label class="check understood">
          <input
            type="checkbox"
            checked={isUnderstood}
            onChange={({ currentTarget }) => setUnderstood(currentTarget.checked)}
          />
          <span>I understand</span>
        </label>
      )}
      <div class="actions">
        <span class="spring" />
        <button type="button" data-focus onClick={() => onAnswer(false)}>
          Cancel
        </button>
        <button type="button" class="primary" disabled={!isUnderstood} onClick={() => onAnswer(true)}>
          {act}
        </button>
      </div>
    </Dialog>
  );
}
