//! Generated sequences of everything that can happen, played and checked by [`crate::playing`]. The
//! fuzz target `operations` plays others.

use crate::playing::check;
use crate::sequences::{op, setting};
use proptest::collection::vec;
use proptest::test_runner::{Config as Cases, RngAlgorithm, TestRng, TestRunner};

/// Always the same sequences, so that a failure can be played again; with `OPERATIONS_SEED=<number>`
/// in the environment ten times as many, which that number decides. `PROPTEST_CASES` scales both.
#[test]
fn whatever_happens() {
    let seed = std::env::var("OPERATIONS_SEED")
        .ok()
        .map(|seed| seed.parse::<u64>().expect("OPERATIONS_SEED is a number"));
    let cases = Cases {
        cases: Cases::default().cases * if seed.is_some() { 120 } else { 12 },
        failure_persistence: None,
        ..Cases::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.unwrap_or_default().to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(cases, rng);
    let sequences = (setting(), vec(op(), 1..60));
    let result = runner.run(&sequences, |(setting, ops)| {
        check(&setting, ops);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
