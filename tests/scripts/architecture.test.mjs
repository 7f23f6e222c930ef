import assert from "node:assert/strict";
import { test } from "node:test";
import { scriptViolations, tooLong, unlistedFiles, violations } from "../../scripts/check-architecture.mjs";
import { fileCircles } from "../../scripts/lib/rust-circles.mjs";

/** @type {[title: string, path: string, source: string, expected: RegExp | undefined][]} */
const cases = [
  ["JavaScript in the core", "client/mod.rs", "use js_sys::Date;", /client\/mod\.rs:1: js_sys/],
  ["JavaScript by a qualified path", "engine/packet.rs", "\nfn f() { gloo_timers::x() }", /packet\.rs:2: gloo_timers/],
  [
    "an attribute in lib.rs",
    "lib.rs",
    "#[wasm_bindgen::prelude::wasm_bindgen] pub fn f() {}",
    /lib\.rs:1: wasm_bindgen/,
  ],
  ["JavaScript where it belongs", "runtime/clock.rs", "use js_sys::Date; use crate::client::Client;", undefined],
  ["JavaScript in the bindings", "bindings/feed.rs", "use js_sys::Date; use crate::runtime::Runtime;", undefined],
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
  ["a re-export of the crate root", "socket/session.rs", "use crate::Client;", /socket uses Client/],
  ["socket using engine", "socket/session.rs", "use crate::engine::Packet;", undefined],
  ["device using socket", "device/mod.rs", "fn f(p: crate::socket::Packet) {}", /device uses socket/],
  ["client using the runtime", "client/feeds.rs", "use crate::runtime::Runtime;", /client uses runtime/],
  ["runtime using the bindings", "runtime/driver.rs", "use crate::bindings::feed::Feed;", /runtime uses bindings/],
  ["client using the rest", "client/feeds.rs", "use crate::{device, series, socket::Session};", undefined],
];

for (const [title, path, source, expected] of cases) {
  test(title, () => {
    const found = violations(path, source);
    if (expected) assert.match(found.join("\n"), expected);
    else assert.deepEqual(found, []);
  });
}

const HEAD = "// @ts-check\n// In JavaScript because of a figure.\n";

test("the JavaScript in src/ is small, says why it exists, and imports nothing", () => {
  const type = '/** @typedef {import("../../pkg/x.js").X} X */\n';
  assert.deepEqual(scriptViolations({ "bindings/js/error.js": `${HEAD}${type}export class E {}\n` }), []);
  for (const line of ['import { x } from "./x.js";', 'const x = await import("ws");']) {
    assert.deepEqual(scriptViolations({ "bindings/js/error.js": `${HEAD}${line}\n` }), [
      "src/bindings/js/error.js: imports something",
    ]);
  }
  assert.match(scriptViolations({ "bindings/js/error.js": "// @ts-check\n" }).join(), /does not begin/);
  assert.match(scriptViolations({ "runtime/x.js": HEAD }).join(), /outside src\/bindings\/js/);
  const long = HEAD + "x();\n".repeat(99);
  assert.deepEqual(scriptViolations({ "bindings/js/a.js": long }), []);
  assert.deepEqual(scriptViolations({ "bindings/js/a.js": long, "bindings/js/b.js": long }), [
    "src/: 202 lines of JavaScript, 200 at most",
  ]);
});

test("files that use each other form a circle, however the paths are written", () => {
  const circle = [["client/a.rs", "client/b.rs"]];
  for (const [a, b] of [
    ["use super::b::B;", "use crate::client::a::A;"],
    ["use super::{b::{self, B}, c::C};", "fn f() -> super::a::A { loop {} }"],
    ["fn f(b: crate::client::b::B) {}", "use super::a;\nfn f(a: a::A) {}"],
  ])
    assert.deepEqual(fileCircles({ "client/mod.rs": "mod a; mod b;", "client/a.rs": a, "client/b.rs": b }), circle);
});

test("a re-export is followed to the file that defines the item", () => {
  const mod = "mod a;\nmod b;\npub use a::A;\npub(super) use b::{B as Other};";
  const through = { "client/mod.rs": mod, "client/a.rs": "use super::Other;", "client/b.rs": "use super::A;" };
  assert.deepEqual(fileCircles(through), [["client/a.rs", "client/b.rs"]]);
  assert.deepEqual(fileCircles({ ...through, "client/b.rs": "struct B;" }), []);
});

test("a folder's own items and its files form a circle, its list of modules does not", () => {
  const child = "use super::Client;\nimpl Client {}";
  const uses = (/** @type {string} */ mod) => fileCircles({ "client/mod.rs": mod, "client/a.rs": child });
  assert.deepEqual(uses("mod a;\nuse a::A;\npub struct Client(A);"), [["client/a.rs", "client/mod.rs"]]);
  assert.deepEqual(uses("mod a;\npub use a::A;\npub struct Client;"), []);
});

test("tests and other crates do not form circles", () => {
  const sources = {
    "client/mod.rs": "",
    "client/a.rs": "use super::b::B;\nuse std::rc::Rc;",
    "client/b.rs": "struct B;\n#[cfg(test)]\nmod tests { use super::super::a::A; }",
  };
  assert.deepEqual(fileCircles(sources), []);
});

test("a long file is reported; its tests do not count", () => {
  const long = "struct A;\n".repeat(401);
  assert.match(tooLong("client/a.rs", long) ?? "", /client\/a\.rs: 401 lines, 400 at most/);
  assert.equal(
    tooLong("client/a.rs", `${"struct A;\n".repeat(400)}#[cfg(test)]\nmod tests {\n${"\n".repeat(300)}}`),
    undefined,
  );
  assert.equal(tooLong("client/error_tests.rs", long), undefined);
});

test("a file that its folder's mod.rs does not list is reported", () => {
  const mod = "//! | `a.rs`, `b.rs` | two parts |\n\nmod a; // not `c.rs`";
  const sources = { "lib.rs": "", "time.rs": "", "client/mod.rs": mod, "client/a.rs": "", "client/b.rs": "" };
  assert.deepEqual(unlistedFiles({ ...sources, "client/error_tests.rs": "" }), []);
  assert.deepEqual(unlistedFiles({ ...sources, "client/c.rs": "" }), [
    "src/client/c.rs: not in the table of files in src/client/mod.rs",
  ]);
});
