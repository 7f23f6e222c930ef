//! The hot path for samples against the general path. Each line is a frame; a line that starts with
//! `{` is the payload of a sample.
#![no_main]

#[path = "../../tests/hot_path.rs"]
#[allow(dead_code, unused_imports, reason = "its tests are not compiled here")]
mod hot_path;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let frames: Vec<_> = text
        .lines()
        .map(|line| match line.starts_with('{') {
            true => format!("42[\"device:feed:reply\",{line}]"),
            false => line.to_owned(),
        })
        .collect();
    hot_path::compare(&frames);
});
