// Components with the hook `useFeed`, under StrictMode, put up and taken down by the test.
import { StrictMode, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { ArdexaClient, init } from "ardexa-client";
import { useFeed } from "../../../www/recipes/use-feed.js";

const told = { mounts: 0, renders: 0, shown: {} };
let client;

function Power({ name, request }) {
  const state = useFeed(client, { ...request });
  useEffect(() => void told.mounts++, []);
  told.renders++;
  told.shown[name] = state;
  return <p id={name}>{state.error ? `error: ${state.error.code}` : (state.sample?.messageId ?? "nothing yet")}</p>;
}

const root = createRoot(document.getElementById("root"));
globalThis.page = {
  told,
  async make(options) {
    await init();
    client = new ArdexaClient(options);
    return client;
  },
  show: (components) =>
    root.render(
      <StrictMode>
        {components.map(({ name, request }) => (
          <Power key={name} name={name} request={request} />
        ))}
      </StrictMode>,
    ),
  text: (name) => document.getElementById(name)?.textContent,
};
