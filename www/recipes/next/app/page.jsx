// A server component: asks the device during rendering. ARDEXA_DEVICE is the device to show.
import { cloud } from "../lib/cloud.js";
import { Live } from "./live.jsx";

export const dynamic = "force-dynamic";

export default async function Page() {
  const deviceId = process.env.ARDEXA_DEVICE ?? "";
  const client = await cloud();
  const { stdout } = await client.cmd(deviceId, "uptime");
  return (
    <main>
      <p id="uptime">{stdout.trim()}</p>
      <Live deviceId={deviceId} table="system" source="cpu_usage" />
    </main>
  );
}
