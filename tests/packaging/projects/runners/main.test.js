// For Jest and Vitest, whose `test` and `expect` are globals.
import { writeFileSync } from "node:fs";
import * as api from "ardexa-client";
import * as inline from "ardexa-client/inline";
import { exercise } from "./exercise.js";

const given = JSON.parse(process.env.GIVEN);

test("the constructor needs no init()", () => {
  for (const { ArdexaClient, ArdexaError } of [api, inline]) {
    expect(new ArdexaClient(given.options).state).toBe("idle");
    expect(() => new ArdexaClient({})).toThrow(ArdexaError);
  }
});

test("the package does its work", async () => {
  const told = await exercise(api, given);
  writeFileSync(process.env.TOLD, JSON.stringify(told));
});
