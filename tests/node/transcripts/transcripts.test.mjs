// A complete session against four servers of two implementations: the frames on the socket match expected/.
// TRANSCRIPTS=write rewrites the files, so that the changes can be reviewed with git diff.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { official, python, TOKEN } from "./lib/cloud.mjs";
import { session } from "./lib/session.mjs";

/** The first run installs Python packages. */
const LIMIT = { timeout: 300_000 };
const SERVERS = {
  "socket.io-2": () => official("socket.io-2"),
  "socket.io-3": () => official("socket.io-3"),
  "socket.io-4": () => official("socket.io"),
  "python-socketio": () => python(),
};
const place = (name) => new URL(`expected/${name}.txt`, import.meta.url);

describe("transcripts", () => {
  for (const [name, start] of Object.entries(SERVERS)) {
    test(`a complete session against ${name}`, LIMIT, async (t) => {
      const cloud = await start();
      t.after(() => cloud.close());
      const { lines, shown } = await session(cloud.port, { joinsUnasked: name === "socket.io-2" });
      const text = `${lines.join("\n").trim()}\n`;
      if (process.env.TRANSCRIPTS === "write") writeFileSync(place(name), text);
      assert.equal(text, readFileSync(place(name), "utf8"));

      // onFrame sees exactly these frames; the refused client has no such listener.
      const frames = lines.slice(0, lines.indexOf("# a token that is refused")).filter((line) => /^[<>] /.test(line));
      assert.deepEqual(shown, frames);
      assert.ok(!shown.join().includes(TOKEN));
      assert.doesNotMatch(cloud.problems?.() ?? "", /Traceback/, "the server reports no errors");
    });
  }

  test("the sessions differ only in handshake, refusal and JSON spelling", () => {
    const [first, ...others] = Object.keys(SERVERS)
      .filter((name) => name !== "socket.io-2")
      .map((name) => [name, events(readFileSync(place(name), "utf8"))]);
    for (const [name, list] of others) assert.deepEqual(list, first[1], `${name} and ${first[0]}`);
    assert.ok(first[1].length > 40);
  });
});

/** The events and acknowledgements of a transcript, in order, as values. @param {string} text */
function events(text) {
  const found = [];
  for (const line of text.split("\n")) {
    const match = /^([<>]) 4([2356])(\d*-)?(\d*)(\[.*)$/.exec(line);
    if (match) found.push([match[1], match[2], match[3], JSON.parse(match[5])]);
  }
  return found;
}
