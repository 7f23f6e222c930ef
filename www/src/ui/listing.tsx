/** The outcome of asking the cloud for its list of devices, if it needs mentioning. */
import type { App } from "../app";
import { plural } from "../words";

export function ListingNote({ app: { catalog } }: { app: App }) {
  const listing = catalog.listing.value;
  if (listing.state === "failed") {
    return (
      <p class="note" role="status" aria-label="List of devices">
        {listing.why} The page goes on with the devices that it knows; more can be added by their IDs.
        <button type="button" class="quiet" onClick={() => void catalog.list()}>
          Ask again
        </button>
      </p>
    );
  }
  if (listing.state === "read" && listing.issues.length > 0) {
    return (
      <details class="note">
        <summary>
          {plural(listing.issues.length, "entry", "entries")} of the cloud's list could not be read whole
        </summary>
        <ul>
          {listing.issues.slice(0, 50).map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </details>
    );
  }
  return null;
}
