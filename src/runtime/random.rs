//! The random seed of a client.

use super::platform::{global, property};
use crate::clock::to_u64;
use js_sys::{Function, Math, Uint8Array};
use wasm_bindgen::JsCast;

/// 128 bits from `crypto.getRandomValues`, or from `Math.random` if the platform lacks it.
pub(super) fn random_seed() -> u128 {
    secure_seed().unwrap_or_else(|| {
        let word = || u128::from(to_u64(Math::random() * 4_294_967_296.0));
        (0..4).fold(0, |seed, _| seed << 32 | word())
    })
}

fn secure_seed() -> Option<u128> {
    let crypto = property(&global(), "crypto");
    let fill: Function = property(&crypto, "getRandomValues").dyn_into().ok()?;
    let bytes = Uint8Array::new_with_length(16);
    fill.call1(&crypto, &bytes).ok()?;
    let mut seed = [0; 16];
    bytes.copy_to(&mut seed);
    Some(u128::from_le_bytes(seed))
}
