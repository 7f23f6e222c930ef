// Components with the hook `useFeed`, in StrictMode, mounted and unmounted by the test.
import { StrictMode, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { useFeed } from "../../../www/recipes/use-feed.js";
import { held, offer, record } from "./page.js";

function Power({ name, request }) {
  const state = useFeed(held.client, { ...request });
  useEffect(() => void record.mounts++, []);
  record.renders++;
  record.shown[name] = state;
  return <p id={name}>{state.error ? `error: ${state.error.code}` : (state.sample?.messageId ?? "nothing yet")}</p>;
}

const root = createRoot(document.getElementById("root"));
offer((components) =>
  root.render(
    <StrictMode>
      {components.map(({ name, request }) => (
        <Power key={name} name={name} request={request} />
      ))}
    </StrictMode>,
  ),
);
