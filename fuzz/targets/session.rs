//! A session whose input is lines: frames, and the owner's actions.
//!
//! The first line sets the protocol and how far the session is opened. `~` starts anything but a
//! text frame: `~b` bytes, `~w` milliseconds that pass, `~s` an event with as many attachments as
//! there are bytes, `~a` an acknowledgement, `~p` takes what is to be sent, `~d` disconnects.
#![no_main]

#[path = "../../tests/codec_properties/session.rs"]
mod session;

use ardexa_client::engine::Frame;
use ardexa_client::socket::Protocol;
use libfuzzer_sys::fuzz_target;
use session::{Step, play};

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    let [protocol, namespace, opening] = match lines.next() {
        Some([a, b, c, ..]) => [*a, *b, *c],
        _ => [0; 3],
    };
    let protocol = [Protocol::Auto, Protocol::V4, Protocol::V3][usize::from(protocol % 3)];
    let namespace = ["/", "/é", "/é?a=1"][usize::from(namespace % 3)];
    play(protocol, namespace, opening % 8, lines.filter_map(step));
});

fn step(line: &[u8]) -> Option<Step> {
    let Some([kind, rest @ ..]) = line.strip_prefix(b"~") else {
        let text = std::str::from_utf8(line).ok()?;
        return Some(Step::Frame(Frame::Text(text.to_owned())));
    };
    let number = rest
        .iter()
        .fold(0, |n: u64, byte| n * 7 % 100_003 + u64::from(*byte));
    Some(match kind {
        b'b' => Step::Frame(Frame::Binary(rest.to_vec())),
        b'w' => Step::Wait(number),
        b's' => Step::Send(rest.chunks(2).map(<[u8]>::to_vec).collect()),
        b'a' => Step::Ack(number % 9),
        b'p' => Step::Drain,
        b'd' => Step::Disconnect,
        _ => return None,
    })
}
