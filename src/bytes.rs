//! Operations on the bytes of a frame, several bytes at a time.
//!
//! In WebAssembly the standard library compares two strings byte by byte, through a call. For the
//! checks made on every frame, that is most of the cost.

/// Whether two byte strings are equal.
#[inline]
pub(crate) fn bytes_eq(a: &[u8], b: &[u8]) -> bool {
    let ((words, rest), (others, other_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut differs = 0;
    for (word, other) in words.iter().zip(others) {
        differs |= u64::from_le_bytes(*word) ^ u64::from_le_bytes(*other);
    }
    for (byte, other) in rest.iter().zip(other_rest) {
        differs |= u64::from(byte ^ other);
    }
    a.len() == b.len() && differs == 0
}

/// A block of 32 bytes as words, so that checks take four steps without a loop, however the
/// compiler optimises loops.
#[inline(always)]
pub(crate) fn words(block: &[u8; 32]) -> [u64; 4] {
    match block.as_chunks::<8>().0 {
        [a, b, c, d] => [a, b, c, d].map(|word| u64::from_le_bytes(*word)),
        _ => [0; 4],
    }
}

/// The position of the first quote, backslash or control character from `start` on.
#[inline(always)]
pub(crate) fn find_special(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    let mut rest = bytes.get(start..)?;
    while let Some((block, after)) = rest.split_first_chunk::<BLOCK>() {
        if let Some(place) = first_special(block) {
            return Some(at + place);
        }
        at += BLOCK;
        rest = after;
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    Some(at + rest.iter().position(special)?)
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
const BLOCK: usize = 16;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
const BLOCK: usize = 8;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
fn first_special(block: &[u8; BLOCK]) -> Option<usize> {
    use core::arch::wasm32::{i8x16_eq, u8x16_bitmask, u8x16_lt, u8x16_splat, u64x2, v128_or};
    let [low, high] = block.as_chunks::<8>().0 else {
        return None;
    };
    let block = u64x2(u64::from_le_bytes(*low), u64::from_le_bytes(*high));
    let ends = v128_or(
        i8x16_eq(block, u8x16_splat(b'"')),
        i8x16_eq(block, u8x16_splat(b'\\')),
    );
    let hits = u8x16_bitmask(v128_or(ends, u8x16_lt(block, u8x16_splat(b' '))));
    (hits != 0).then(|| hits.trailing_zeros() as usize)
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
fn first_special(block: &[u8; BLOCK]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(*block);
    // Sets the high bit of each byte that is 0 after the exclusive-or, or below a space. A borrow
    // corrupts only bytes above the first hit.
    let quote = word ^ (ONES * 0x22);
    let backslash = word ^ (ONES * 0x5c);
    let hits = ((quote.wrapping_sub(ONES) & !quote)
        | (backslash.wrapping_sub(ONES) & !backslash)
        | (word.wrapping_sub(ONES * 0x20) & !word))
        & HIGH;
    (hits != 0).then(|| hits.trailing_zeros() as usize / 8)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn finds_special_bytes_at_every_position() {
        for special in [b'"', b'\\', 0, 0x1f] {
            for length in 0..40 {
                for place in 0..=length {
                    let mut bytes = vec![0xffu8; length];
                    bytes.extend([special, b'"', b'!', 0x5d]);
                    if let Some(byte) = bytes.get_mut(place) {
                        *byte = special;
                    }
                    assert_eq!(find_special(&bytes, 0), Some(place));
                    assert_eq!(find_special(&bytes, place), Some(place));
                    let next = if place == length { length + 1 } else { length };
                    assert_eq!(find_special(&bytes, place + 1), Some(next));
                }
            }
        }
        let plain = " !#[]\u{7f}\u{80}ü\u{10ffff} !#[]".as_bytes();
        assert_eq!(find_special(plain, 0), None);
        assert_eq!(find_special(plain, plain.len() + 1), None);
    }

    /// This target's block step against its definition, for every byte next to every other one.
    #[test]
    fn each_byte_is_classified_regardless_of_its_neighbours() {
        let special = |byte: u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let bytes = [first, second].repeat(12);
                let expected = [first, second].into_iter().position(special);
                assert_eq!(find_special(&bytes, 0), expected, "{first} {second}");
            }
        }
    }

    #[test]
    fn compares_bytes_for_equality() {
        let text: Vec<u8> = (0..40).collect();
        for length in 0..text.len() {
            let (one, longer) = (&text[..length], &text[..=length]);
            let copy = one.to_vec();
            assert!(bytes_eq(one, &copy));
            assert!(!bytes_eq(one, longer) && !bytes_eq(longer, one));
            for place in 0..length {
                let mut other = one.to_vec();
                other[place] ^= 0x80;
                assert!(!bytes_eq(one, &other), "{length} {place}");
            }
        }
    }
}
