// What a listener, an iterator and a series make of samples that are not JSON, and of times of several forms.
import { connect } from "ardexa-client";

const { options, last } = JSON.parse(process.env.GIVEN);
const client = await connect(options);
const warnings = [];
const losses = [];
client.on("warning", ({ error }) => warnings.push([error.code, error.message]));
client.on("disconnect", ({ reason }) => losses.push(reason));

const request = { deviceId: "d", table: "solar", source: "s" };
const series = await client.series(request, { capacity: 100 });
const heard = [];
await client.feed(request, ({ value }) => heard.push(value));
const read = [];
const feed = await client.feed(request);
client.emit("test:ready");
for await (const { value } of feed) if (read.push(value) && value === last) break;
const told = {
  warnings,
  losses: [...losses],
  heard,
  read,
  values: [...series.values()],
  times: [...series.times()],
  state: client.state,
};
await client.close();
console.log(JSON.stringify(told));
