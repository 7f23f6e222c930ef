import assert from "node:assert/strict";
import { test } from "node:test";
import { importViolations, violations } from "../../scripts/check-architecture.mjs";

/** @type {[title: string, path: string, source: string, expected: RegExp | undefined][]} */
const cases = [
  ["JavaScript in the core", "client/mod.rs", "use js_sys::Date;", /client\/mod\.rs:1: js_sys/],
  ["JavaScript by its path", "engine/packet.rs", "\nfn f() { gloo_timers::x() }", /packet\.rs:2: gloo_timers/],
  [
    "an attribute in lib.rs",
    "lib.rs",
    "#[wasm_bindgen::prelude::wasm_bindgen] pub fn f() {}",
    /lib\.rs:1: wasm_bindgen/,
  ],
  ["JavaScript where it belongs", "web/clock.rs", "use js_sys::Date; use crate::client::Client;", undefined],
  [
    "the test macro",
    "engine/packet.rs",
    '#[cfg(target_arch = "wasm32")]\nuse wasm_bindgen_test::wasm_bindgen_test as test;',
    undefined,
  ],
  [
    "a comment and a string",
    "engine/packet.rs",
    '// web_sys\n/* /* js_sys */ gloo */ const S: &str = "web_sys // \\" js_sys"; const C: char = \'"\'; const R: &str = r#"" js_sys"#;',
    undefined,
  ],
  ["engine using socket", "engine/packet.rs", "use crate::socket::Packet;", /engine uses socket/],
  [
    "engine using a group",
    "engine/packet.rs",
    "use crate::{\n  time::Instant, engine::{self, device},\n  device,\n};",
    /engine uses device/,
  ],
  ["engine climbing out", "engine/packet.rs", "use super::super::client::Client;", /engine uses client/],
  ["engine climbing out of a folder's mod.rs", "engine/mod.rs", "use super::client::Client;", /engine uses client/],
  [
    "engine within itself",
    "engine/packet.rs",
    "use super::heartbeat::Heartbeat; use crate::engine::handshake; use crate::time::Instant;",
    undefined,
  ],
  [
    "a test module's super",
    "engine/packet.rs",
    "#[cfg(test)] mod tests { use super::*; use super::super::heartbeat; }",
    undefined,
  ],
  ["a re-export of the root's", "socket/session.rs", "use crate::Client;", /socket uses Client/],
  ["socket using engine", "socket/session.rs", "use crate::engine::Packet;", undefined],
  ["device using socket", "device/mod.rs", "fn f(p: crate::socket::Packet) {}", /device uses socket/],
  ["client using the shell", "client/feeds.rs", "use crate::web::Driver;", /client uses web/],
  ["client using the rest", "client/feeds.rs", "use crate::{device, series, socket::Session};", undefined],
];

for (const [title, path, source, expected] of cases) {
  test(title, () => {
    const found = violations(path, source);
    if (expected) assert.match(found.join("\n"), expected);
    else assert.deepEqual(found, []);
  });
}

test("the files of src/js import each other one way, and nothing else", () => {
  assert.deepEqual(importViolations("feed", 'import { invalid } from "./error.js";'), []);
  for (const path of ["./port.js", "./feed.js", "ws", "../web/x.js"]) {
    assert.deepEqual(importViolations("options", `import * as x from "${path}";`), [`src/js/options.js: imports ${path}`]);
    assert.deepEqual(importViolations("error", `const x = await import("${path}");`), [`src/js/error.js: imports ${path}`]);
  }
  assert.deepEqual(importViolations("stranger", ""), ["src/js/stranger.js: is not in the map"]);
});
