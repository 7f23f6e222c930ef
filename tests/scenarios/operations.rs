//! Random sequences of operations, played and checked by [`crate::playing`]. The fuzz target
//! `operations` plays others.

use crate::playing::check;
use crate::sequences::{op, setting};
use proptest::collection::vec;
use proptest::test_runner::{Config as Cases, RngAlgorithm, TestRng, TestRunner};

/// Plays the same sequences in every run, so that a failure can be repeated. With
/// `OPERATIONS_SEED=<number>` in the environment it plays ten times as many, determined by that
/// number. `PROPTEST_CASES` scales both.
#[test]
fn generated_sequences_keep_the_invariants() {
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
