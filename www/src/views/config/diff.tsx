/** The changes to a configuration, line by line, with some context. */
import { structuredPatch } from "diff";

const CONTEXT = 3;
const SAME = { kind: "same", sign: " " };
/** By the first character of a line in the patch. */
const MARKS: Record<string, typeof SAME> = { "+": { kind: "added", sign: "+" }, "-": { kind: "removed", sign: "−" } };

export function Diff({ before, after }: { before: string; after: string }) {
  const { hunks } = structuredPatch("before", "after", before, after, undefined, undefined, { context: CONTEXT });
  if (hunks.length === 0) return <p>No changes: the text is the same as on the device.</p>;
  return (
    <div class="diff mono" role="group" aria-label="Changes" tabIndex={0}>
      {hunks.map(({ newStart, lines }, n) => (
        <div key={n} class="hunk">
          <p class="quiet">Line {newStart}</p>
          {lines
            .filter((line) => !line.startsWith("\\"))
            .map((line, at) => {
              const { kind, sign } = MARKS[line.charAt(0)] ?? SAME;
              return (
                <div key={at} class={`line is-${kind}`}>
                  <span aria-hidden="true">{sign}</span>
                  {kind !== "same" && <span class="unseen">{kind}: </span>}
                  <span>{line.slice(1)}</span>
                </div>
              );
            })}
        </div>
      ))}
    </div>
  );
}
