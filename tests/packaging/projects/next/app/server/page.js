import { ArdexaClient } from "ardexa-client";

export default function Page() {
  const client = new ArdexaClient({ url: "https://cloud.example", workgroup: "w", token: "t" });
  return <p>made on the server: {client.state}</p>;
}
