/** Agent actions other than its configuration. */
import { useState } from "preact/hooks";
import type { App } from "../../app";
import { tasksOf } from "../../model/tasks";
import { AFTER_MS, UPGRADE, runUpgrade } from "../../model/upgrade";
import { ask } from "../../ui/dialog";
import { sentence } from "../../words";

export function AgentActs({ app, deviceId }: { app: App; deviceId: string }) {
  const [problem, setProblem] = useState("");
  const name = app.fleet.nameOf(deviceId);
  const attempt = (act: () => Promise<unknown>) => () => {
    setProblem("");
    act().catch((error: unknown) => setProblem(sentence(error)));
  };
  const acts = [
    {
      label: "Refresh metadata…",
      what: "Restarts the agent to reload its metadata.",
      act: () => refresh(app, deviceId, name),
    },
    {
      label: "Upgrade agent…",
      what: "Installs the newest agent and restarts it.",
      act: () => upgrade(app, deviceId, name),
      isBusy: tasksOf(app).isRunning(UPGRADE, deviceId),
    },
    {
      label: "Send ardexactl",
      what: "Sends the control program to the device.",
      act: () => send(app, deviceId, "sendArdexactl", "Send ardexactl"),
    },
    {
      label: "Send ardpkg",
      what: "Sends the package tool to the device.",
      act: () => send(app, deviceId, "sendArdpkg", "Send ardpkg"),
    },
  ];
  return (
    <div class="acts" role="group" aria-label="Agent">
      <h2>Agent of {name}</h2>
      {acts.map(({ label, what, act, isBusy = false }) => (
        <div key={label} class="act">
          <button type="button" disabled={isBusy} onClick={attempt(act)}>
            {label}
          </button>
          <small>{what}</small>
        </div>
      ))}
      <p class="problem" role="alert">
        {problem}
      </p>
    </div>
  );
}

async function refresh(app: App, deviceId: string, name: string): Promise<void> {
  const client = app.session.connected();
  const isSure = await ask({
    title: `Refresh the metadata of ${name}?`,
    body: <p>The agent restarts to reload its metadata. The device goes offline for a moment.</p>,
    act: "Refresh and restart the agent",
    isGrave: true,
  });
  if (!isSure) return;
  await tasksOf(app).run({
    title: "Refresh metadata",
    deviceId,
    act: () => client.refreshMeta(deviceId),
    done: () => "Requested. The new metadata arrives once the agent is back.",
    watchMs: AFTER_MS,
  });
}

async function upgrade(app: App, deviceId: string, name: string): Promise<void> {
  app.session.connected();
  const body = (
    <>
      <p>
        This installs the newest agent and restarts it. The device goes offline for a moment, its feeds pause, and
        running commands are lost.
      </p>
      <p>This can take several minutes. The timeline shows each step.</p>
    </>
  );
  if (await ask({ title: `Upgrade the agent of ${name}?`, body, act: "Upgrade the agent", isGrave: true }))
    await runUpgrade(app, deviceId);
}

async function send(app: App, deviceId: string, method: "sendArdexactl" | "sendArdpkg", title: string): Promise<void> {
  const client = app.session.connected();
  const result = await tasksOf(app).run({
    title,
    deviceId,
    act: () => client[method](deviceId),
    done: () => "Sent.",
    again: () => void send(app, deviceId, method, title),
  });
  if ("value" in result) app.fleet.heard(deviceId);
}
