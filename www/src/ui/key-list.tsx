/** The list of the page's keyboard shortcuts. */
import { VIEWS } from "../model/route";
import { capital } from "../words";
import { Dialog } from "./dialog";

const LIST: [string, string][] = [
  ["/", "Focus the filter"],
  ...VIEWS.map((view): [string, string] => [`g ${view[0]}`, capital(view)]),
  ["↑ ↓", "Move through a list"],
  ["← →", "Move between a device's actions (Fleet)"],
  ["Enter", "Open or run"],
  ["Space", "Select a device; pause the charts"],
  ["Del", "Remove a device (Fleet)"],
  ["← → + − 0", "Pan, zoom, back to live (charts)"],
  ["Esc", "Close or go back; clear a filter; stop waiting for a command"],
  ["?", "Show this list"],
];

export function KeyList({ onClose }: { onClose(): void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <dl class="keys">
        {LIST.map(([keys, what]) => (
          <div key={keys + what}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <div class="actions">
        <span class="spring" />
        <button type="button" class="primary" data-focus onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
