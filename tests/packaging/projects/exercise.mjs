// What every project does with the package, by whatever way it got it.
export async function exercise({ ArdexaClient, ArdexaError, connect, init }, { options, deviceId, request, samples }) {
  await init();
  const refusal = await connect({ ...options, url: "gopher://nowhere" }).catch((error) => error);
  const client = await connect(options);
  if (!(client instanceof ArdexaClient)) throw new Error("connect gave something else than a client");
  const { stdout, returnCode } = await client.cmd(deviceId, "uptime");
  const values = [];
  for await (const { value } of await client.feed(request)) {
    values.push(value);
    if (values.length === samples) break;
  }
  await client.close();
  const { name, code } = refusal;
  return {
    stdout,
    returnCode,
    values,
    state: client.state,
    refusal: { name, code, ours: refusal instanceof ArdexaError, error: refusal instanceof Error },
  };
}
