//! The random seed of a client.

use js_sys::{Function, Math, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// 128 bits from `crypto.getRandomValues`, or from `Math.random` where a platform lacks it.
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
    let crypto = property(&js_sys::global(), "crypto")?;
    let fill: Function = property(&crypto, "getRandomValues")?.dyn_into().ok()?;
    fill.call1(&crypto, bytes).ok().map(drop)
}

fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &JsValue::from_str(name)).ok()?;
    (!value.is_null() && !value.is_undefined()).then_some(value)
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates"
)]
fn random_byte() -> u8 {
    (Math::random() * 256.0) as u8
}
