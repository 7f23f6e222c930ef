/** The changes of a new configuration, line by line, with some context. */
import { structuredPatch } from "diff";

const CONTEXT = 3;

export function Diff({ before, after }: { before: string; after: string }) {
  const { hunks } = structuredPatch("before", "after", before, after, undefined, undefined, { context: CONTEXT });
  if (hunks.length === 0) return <p>The text is the same as on the device.</p>;
  return (
    <div class="diff mono" role="group" aria-label="Changes" tabIndex={0}>
      {hunks.map(({ newStart, lines }, n) => (
        <div key={n} class="hunk">
          <p class="quiet">From line {newStart}</p>
          {lines
            .filter((line) => !line.startsWith("\\"))
            .map((line, at) => {
              const kind = line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "same";
              return (
                <div key={at} class={`line is-${kind}`}>
                  <span aria-hidden="true">{kind === "added" ? "+" : kind === "removed" ? "−" : " "}</span>
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
