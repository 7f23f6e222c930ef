"use client";
// A client component: shows the newest sample. The browser needs neither the token nor the package.
import { useEffect, useState } from "react";

/** @param {{ deviceId: string, table: string, source: string }} props */
export function Live({ deviceId, table, source }) {
  const [sample, setSample] = useState(/** @type {{ event_time: string, value: unknown } | undefined} */ (undefined));
  useEffect(() => {
    const events = new EventSource(`/api/feeds/${[deviceId, table, source].map(encodeURIComponent).join("/")}`);
    events.onmessage = ({ data }) => setSample(JSON.parse(data));
    return () => events.close();
  }, [deviceId, table, source]);
  return <p id="live">{sample ? `${sample.event_time}: ${JSON.stringify(sample.value)}` : "…"}</p>;
}
