// Where the stacks of errors begin: at this file, for mistakes always, for what comes later with `callerStacks`.
import { fileURLToPath } from "node:url";
import { connect } from "ardexa-client";

const { options } = JSON.parse(process.env.GIVEN);
const here = fileURLToPath(import.meta.url);
const client = await connect({ ...options, callerStacks: true });

/** The frames, on V8 and on JavaScriptCore. @param {Error} error */
const frames = ({ stack }) => stack.split("\n").filter((line) => /^ +at |@/.test(line));

async function mistaken() {
  await client.cmd(5, "x");
}

async function refused() {
  await client.cmd("nope", "x");
}

const told = {};
for (const act of [mistaken, refused]) {
  const error = await act().catch((error) => error);
  const all = frames(error);
  told[act.name] = {
    first: (all[0] ?? "").includes(here),
    inner: all.filter((line) => /wasm/.test(line)),
    all,
    log: JSON.stringify(error),
  };
}
await client.close();
console.log(JSON.stringify(told));
