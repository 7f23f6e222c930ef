// The program in the issue form for reports from a real cloud runs unmodified, and its log does not contain the token.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { runProgram } from "../lib/children.mjs";
import { simulator } from "../lib/cloud.mjs";
import { folder } from "../lib/consumer.mjs";
import { LIMIT } from "../lib/until.mjs";

const FORM = new URL("../../../.github/ISSUE_TEMPLATE/real-cloud.yml", import.meta.url);

test("the program for a report logs every frame, without the token", LIMIT, async (t) => {
  const sim = await simulator(t);
  const [{ attributes }] = parse(readFileSync(FORM, "utf8")).body;
  const program = /```js\n([^]*?)```/.exec(attributes.value)?.[1];
  const variables = {
    ARDEXA_URL: sim.url,
    ARDEXA_WORKGROUP: sim.workgroup,
    ARDEXA_TOKEN: sim.token,
    ARDEXA_DEVICE: sim.devices[0].id,
  };
  // The device echoes its input, including the token.
  const asked = program.replace('"uptime"', "`echo ${token}`");
  assert.notEqual(asked, program);
  const ended = await runProgram(t, `Object.assign(process.env, JSON.parse(process.env.INPUT));\n${asked}`, variables);
  assert.equal(ended.code, 0, ended.stderr);
  const log = readFileSync(join(folder, "report.log"), "utf8");
  for (const part of ['in "0{', 'out "40', "device:cmd:reply", "echo [token]"])
    assert.ok(log.includes(part), `${part} in ${log}`);
  assert.ok(!log.includes(sim.token));
});
