import { useState } from "preact/hooks";

/** Copies a text, and briefly shows whether that worked. */
export function CopyButton({
  label,
  text,
  isDisabled = false,
}: {
  label: string;
  text: () => string;
  isDisabled?: boolean;
}) {
  const [said, say] = useState("");
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text());
      say("Copied");
    } catch {
      say("Copy failed");
    }
    setTimeout(() => say(""), 1_500);
  }
  return (
    <button type="button" disabled={isDisabled} onClick={() => void copy()}>
      {said || label}
    </button>
  );
}
