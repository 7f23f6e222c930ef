//! The Socket.IO codec: any message, in both revisions.
#![no_main]

#[path = "../../tests/codec_properties/packets.rs"]
#[allow(dead_code, reason = "each target uses part of it")]
mod packets;

use ardexa_client::engine::Revision;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for revision in [Revision::V3, Revision::V4] {
        packets::check_packet(text, revision);
    }
});
