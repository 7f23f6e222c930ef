//! The random seed of a client.

use super::platform::{global, property};
use js_sys::{Function, Math, Uint8Array};
use wasm_bindgen::JsCast;

/// 128 bits from `crypto.getRandomValues`, or from `Math.random` if the platform lacks it.
pub(super) fn random_seed() -> u128 {
    let bytes = Uint8Array::new_with_length(16);
    if fill_random(&bytes).is_none() {
        for at in 0..bytes.length() {
            bytes.set_index(at, random_byte());
        }
    }
    let mut seed = [0; 16];
    bytes.copy_to(&mut seed);
    u128::from_le_bytes(seed)
}

fn fill_random(bytes: &Uint8Array) -> Option<()> {
    let crypto = property(&global(), "crypto");
    let fill: Function = property(&crypto, "getRandomValues").dyn_into().ok()?;
    fill.call1(&crypto, bytes).ok().map(drop)
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates"
)]
fn random_byte() -> u8 {
    (Math::random() * 256.0) as u8
}
