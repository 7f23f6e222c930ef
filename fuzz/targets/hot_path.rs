//! The hot path for samples against the general path. Each line is a frame; one that begins with `{`
//! is the payload of a sample.
#![no_main]

#[path = "../../tests/hot_path/pair.rs"]
mod pair;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let frames: Vec<String> = text
        .lines()
        .map(|line| match line.starts_with('{') {
            true => format!("42[\"device:feed:reply\",{line}]"),
            false => line.to_owned(),
        })
        .collect();
    pair::compare(frames.iter().map(String::as_str));
});
