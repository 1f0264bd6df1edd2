use super::*;

fn of(value: f64) -> Multiplier {
    Multiplier::from_bits(value.to_bits()).unwrap()
}

#[test]
fn only_positive_normal_numbers_are_multipliers() {
    let refused =
        [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::from_bits(1), f64::MIN_POSITIVE / 2.0];
    for value in refused {
        assert_eq!(Multiplier::from_bits(value.to_bits()), Err(ConvertError::Multiplier(value.to_bits())), "{value}");
    }
    for value in [f64::MIN_POSITIVE, 1.0, 0.1, 3.5, f64::MAX] {
        of(value);
    }
    assert_eq!(of(1.0), Multiplier::ONE);
}

#[test]
fn amounts_are_exact_where_doubles_are_not() {
    // No double is 2^53 + 1: an implementation with floating-point numbers loses the last unit.
    let raw = (1 << 53) + 1;
    assert_eq!(of(1.0).ui_amount(raw, 0).unwrap(), Decimal::from(raw));
    assert_eq!(of(1.0).raw_amount(Decimal::from(raw), 0, Rounding::Floor), Ok(raw));
    // 0.1 as a double is a little above a tenth.
    assert_eq!(of(0.1).ui_amount(10, 0).unwrap(), Decimal::ONE);
    assert_eq!(of(0.1).raw_amount(Decimal::ONE, 0, Rounding::Floor), Ok(9));
    assert_eq!(of(0.1).raw_amount(Decimal::ONE, 0, Rounding::Ceil), Ok(10));
    assert_eq!(of(3.0).ui_amount(u64::MAX, 8).unwrap(), Decimal::from_i128_with_scale(3 * i128::from(u64::MAX), 8));
}

#[test]
fn extremes_are_zero_or_an_error_and_never_a_panic() {
    assert_eq!(of(f64::MIN_POSITIVE).ui_amount(u64::MAX, 8).unwrap(), Decimal::ZERO);
    assert_eq!(of(f64::MAX).ui_amount(1, 8), Err(ConvertError::Overflow));
    assert_eq!(of(f64::MAX).ui_amount(0, 8).unwrap(), Decimal::ZERO);
    assert_eq!(of(f64::MIN_POSITIVE).raw_amount(Decimal::ONE, 8, Rounding::Floor), Err(ConvertError::Overflow));
    assert_eq!(of(f64::MAX).raw_amount(Decimal::ONE, 8, Rounding::Floor), Ok(0));
    assert_eq!(of(f64::MAX).raw_amount(Decimal::ONE, 8, Rounding::Ceil), Ok(1));
    assert_eq!(of(1.0).raw_amount(Decimal::NEGATIVE_ONE, 8, Rounding::Ceil), Err(ConvertError::NotPositive));
}

#[test]
fn there_and_back_is_within_the_rounding() {
    let mut seed = 7u64;
    for _ in 0..10_000 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let multiplier = of(f64::from_bits((seed & Multiplier::FRACTION) | ((1_023 - 4 + seed % 8) << 52)));
        let raw = seed >> (seed % 60);
        let ui = multiplier.ui_amount(raw, 8).unwrap();
        // The wallet's amount is rounded down. Converted back and rounded up it is at most the start, and shows the same amount.
        let back = multiplier.raw_amount(ui, 8, Rounding::Ceil).unwrap();
        assert!(back <= raw);
        assert_eq!(multiplier.ui_amount(back, 8).unwrap(), ui);
    }
}

#[test]
fn the_new_multiplier_counts_from_its_moment_on() {
    let config = ScaledUiAmount { bits: 1.0f64.to_bits(), new_bits: 2.0f64.to_bits(), effective_at: 1_000 };
    assert_eq!(config.at(999), Ok(of(1.0)));
    assert_eq!(config.at(1_000), Ok(of(2.0)));
    let broken = ScaledUiAmount { new_bits: 0, ..config };
    assert_eq!(broken.at(999), Ok(of(1.0)));
    assert_eq!(broken.at(1_000), Err(ConvertError::Multiplier(0)));
}

#[test]
fn bytes_of_a_token_account_are_no_mint() {
    assert_eq!(ScaledUiAmount::of_mint(&[0; 165]), Err(ConvertError::NotAMint));
}
