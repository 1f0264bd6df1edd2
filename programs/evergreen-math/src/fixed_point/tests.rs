use super::*;
use fixed::types::I64F64;
use proptest::prelude::*;

/// Words at which carries and guesses go wrong, and others of all widths.
fn word() -> impl Strategy<Value = u64> {
    let ends = [0, 1, 2, 1 << 31, 1 << 32, (1 << 32) - 1, 1 << 63, (1 << 63) - 1, u64::MAX - 1, u64::MAX];
    prop_oneof![proptest::sample::select(ends.to_vec()), (any::<u64>(), 0u32..64).prop_map(|(n, shift)| n >> shift)]
}

fn number() -> impl Strategy<Value = u128> {
    (word(), word()).prop_map(|words| join(words) >> 1)
}

/// The quotient by the library's division.
fn expected(a: u128, b: u128) -> Option<u128> {
    let value = |bits: u128| I64F64::from_bits(i128::try_from(bits).unwrap());
    value(a).checked_div(value(b)).map(|quotient| quotient.to_bits().unsigned_abs())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn quotients(a in number(), b in number()) {
        prop_assert_eq!(div_bits(a, b), expected(a, b));
    }

    /// Numbers that share their upper word are those whose quotient is guessed worst.
    #[test]
    fn quotients_of_neighbours(high in word(), lower in (word(), word())) {
        let (a, b) = (join((high, lower.0)) >> 1, join((high, lower.1)) >> 1);
        prop_assert_eq!(div_bits(a, b), expected(a, b));
    }
}

#[test]
fn ends_of_quotients() {
    assert_eq!(div_bits(1, 0), None);
    assert_eq!(div_bits(0, 0), None);
    assert_eq!(div_bits(0, 1), Some(0));
    assert_eq!(div_bits(i128::MAX as u128, 1), None);
    assert_eq!(div_bits(i128::MAX as u128, i128::MAX as u128), Some(1 << 64));
}
