//! The Engine.IO codec: any frame, in both revisions.
#![no_main]

#[path = "../../tests/codec_properties/packets.rs"]
#[allow(dead_code, reason = "each target uses part of it")]
mod packets;

use ardexa_client::engine::Revision;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for revision in [Revision::V3, Revision::V4] {
        packets::check_binary(data, revision);
        if let Ok(text) = std::str::from_utf8(data) {
            packets::check_text(text, revision);
        }
    }
});
