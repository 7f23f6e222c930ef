//! Random operations on a client, against the model of a cloud, with the invariants of the test
//! `scenarios::operations`. With `SHOW=1` in the environment it prints what it plays.
#![no_main]

#[path = "../../tests/scenarios/answers.rs"]
#[allow(dead_code, reason = "shared with the scenarios, which use more of it")]
mod answers;
#[path = "../../tests/scenarios/caller.rs"]
#[allow(dead_code, reason = "shared with the scenarios, which use more of it")]
mod caller;
#[path = "../../tests/scenarios/link.rs"]
#[allow(dead_code, reason = "shared with the scenarios, which use more of it")]
mod link;
#[path = "../../tests/scenarios/outcome.rs"]
#[allow(dead_code, reason = "shared with the scenarios, which use more of it")]
mod outcome;
#[path = "../../tests/scenarios/playing.rs"]
mod playing;
#[path = "../../tests/scenarios/sequences.rs"]
#[allow(dead_code, reason = "shared with the scenarios, which use more of it")]
mod sequences;
#[path = "../../tests/scenarios/server.rs"]
#[allow(dead_code, reason = "shared with the scenarios, which use more of it")]
mod server;

#[path = "operations/decode.rs"]
mod decode;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (setting, ops) = decode::decode(data);
    if std::env::var_os("SHOW").is_some() {
        eprintln!("{setting:?}\n{ops:#?}");
    }
    playing::check(&setting, ops);
});
