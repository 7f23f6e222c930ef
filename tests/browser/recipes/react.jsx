// Components with the hook `useFeed`, under StrictMode, put up and taken down by the test.
import { StrictMode, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { useFeed } from "../../../www/recipes/use-feed.js";
import { held, offer, told } from "./page.js";

function Power({ name, request }) {
  const state = useFeed(held.client, { ...request });
  useEffect(() => void told.mounts++, []);
  told.renders++;
  told.shown[name] = state;
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
