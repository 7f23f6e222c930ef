/** Shown if the cloud's device list could not be read, or only in part. */
import type { App } from "../app";
import { plural } from "../words";

export function ListingNote({ app: { catalog } }: { app: App }) {
  const listing = catalog.listing.value;
  if (listing.state === "failed") {
    return (
      <p class="note" role="status" aria-label="Device list">
        {listing.why} Showing the devices known so far. Add others by ID.
        <button type="button" class="quiet" onClick={() => void catalog.list()}>
          Try again
        </button>
      </p>
    );
  }
  if (listing.state === "read" && listing.issues.length > 0) {
    return (
      <details class="note">
        <summary>
          {plural(listing.issues.length, "entry", "entries")} of the device list could not be read in full
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
