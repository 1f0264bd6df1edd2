use super::*;
use fixed::types::I64F64;
use proptest::prelude::*;

/// Numbers of all widths up to 128 bits.
fn any_width() -> impl Strategy<Value = u128> {
    (any::<u128>(), 0u32..128).prop_map(|(number, shift)| number >> shift)
}

fn any_word() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0u32..64).prop_map(|(number, shift)| number >> shift)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn products(number in any_width(), factor in any_word(), negative in any::<bool>()) {
        prop_assert_eq!(times_word(number, factor), number.checked_mul(u128::from(factor)));
        let (signed, factor) = (if negative { (number as i128).wrapping_neg() } else { number as i128 }, factor as i64);
        prop_assert_eq!(times_signed(signed, factor), signed.checked_mul(i128::from(factor)));
    }

    #[test]
    fn shifts(number in any_width(), negative in any::<bool>(), shift in 1u32..128) {
        let signed = if negative { (number as i128).wrapping_neg() } else { number as i128 };
        prop_assert_eq!(shifted_word(signed, shift), (signed >> shift) as u64);
    }

    #[test]
    fn quotients(number in any_width(), divisor in any_word()) {
        let Some(divisor) = NonZeroU64::new(divisor) else { return Ok(()) };
        let wide = u128::from(divisor.get());
        prop_assert_eq!(div_word(number, divisor), (number / wide, (number % wide) as u64));
        prop_assert_eq!(div_long(number, divisor), (number / wide, (number % wide) as u64));
    }
}

#[test]
fn parts_of_a_whole() {
    fn check<const WHOLE: u64>() {
        for number in
            [0, 1, 2, 9_999, 10_000, 65_535, WHOLE - 1, WHOLE, WHOLE + 1, u64::MAX / 3, u64::MAX - 1, u64::MAX]
        {
            assert_eq!(over::<WHOLE>(number), (u128::from(number) << 64) / u128::from(WHOLE), "{number} / {WHOLE}");
        }
    }
    check::<1>();
    check::<3>();
    check::<10_000>();
    check::<{ (1 << 32) - 1 }>();
    check::<{ 1 << 32 }>();
}

#[test]
fn ends() {
    assert_eq!(times_signed(i128::MIN, 1), Some(i128::MIN));
    assert_eq!(times_signed(i128::MIN, -1), None);
    assert_eq!(times_signed(1 << 64, i64::MIN), Some(i128::MIN));
    assert_eq!(times_signed(0, i64::MIN), Some(0));
    assert_eq!(times_word(u128::MAX, 1), Some(u128::MAX));
    assert_eq!(signed(true, 0), Some(0));
    assert_eq!(signed(true, (1 << 127) + 1), None);
}

/// Words at which carries and guesses go wrong, and others of all widths.
fn edge_word() -> impl Strategy<Value = u64> {
    let ends = [0, 1, 2, 1 << 31, 1 << 32, (1 << 32) - 1, 1 << 63, (1 << 63) - 1, u64::MAX - 1, u64::MAX];
    prop_oneof![proptest::sample::select(ends.to_vec()), (any::<u64>(), 0u32..64).prop_map(|(n, shift)| n >> shift)]
}

fn edge_number() -> impl Strategy<Value = u128> {
    (edge_word(), edge_word()).prop_map(|words| join(words) >> 1)
}

/// The quotient by the library's division.
fn expected(a: u128, b: u128) -> Option<u128> {
    let value = |bits: u128| I64F64::from_bits(i128::try_from(bits).unwrap());
    value(a).checked_div(value(b)).map(|quotient| quotient.to_bits().unsigned_abs())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn quotients_of_fractions(a in edge_number(), b in edge_number()) {
        prop_assert_eq!(div_bits(a, b), expected(a, b));
    }

    /// Numbers that share their upper word are those whose quotient is guessed worst.
    #[test]
    fn quotients_of_neighbours(high in edge_word(), lower in (edge_word(), edge_word())) {
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
