use super::*;
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
    fn quotients(number in any_width(), divisor in any_word()) {
        let Some(divisor) = NonZeroU64::new(divisor) else { return Ok(()) };
        let wide = u128::from(divisor.get());
        prop_assert_eq!(div_word(number, divisor), (number / wide, (number % wide) as u64));
    }
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
