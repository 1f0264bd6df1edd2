use super::*;

fn percent(value: i64) -> Ratio {
    Ratio::from_bits((i128::from(value) << 64) / 100)
}

/// `value` with nine digits after the point, for comparison with published figures.
fn nano(value: Dollars) -> i128 {
    (value.to_bits() * 1_000_000_000 + (1 << 63)) >> 64
}

fn terms(kind: OptionKind, strike: i64, days: u32, cap: Option<Ratio>) -> Terms {
    Terms::new(kind, Dollars::from_int(strike), Seconds(days * 86_400), cap).unwrap()
}

/// The figures of the paper's example, to 10^−7 dollars.
#[test]
fn published_values_without_cap() {
    let pricer = OptionPricer::new(&terms(OptionKind::Call, 50_000, 7, None), Ratio::ONE).unwrap();
    for (spot, expected) in [(40_000, 223_366_704_183i128), (50_000, 2_445_162_142_330), (60_000, 10_415_267_344_600)] {
        let value = nano(pricer.at(Dollars::from_int(spot)).unwrap().value().unwrap());
        // The published figures have twelve digits.
        assert!((value - expected).abs() <= 100, "{spot}: {value}");
    }
}

/// A tenth of a bitcoin on a 300-dollar stock with eight decimals: 33,333,333.33 points of 10^−3.
#[test]
fn capped_call_in_tokens() {
    let h = percent(120);
    let terms = terms(OptionKind::Call, 100_000, 7, Some(h));
    let pricer = OptionPricer::new(&terms, percent(60)).unwrap();
    // dollars · 33,333,333.33 · 10^−3 · 10^−8 tokens, in units of 10^−9 tokens.
    let tokens = |dollars: Dollars| (nano(dollars) * 3_333_333_333 + 5_000_000_000_000) / 10_000_000_000_000;
    let at_the_money = pricer.at(Dollars::from_int(100_000)).unwrap();
    assert_eq!(tokens(at_the_money.value().unwrap()), 976_845_436);
    assert_eq!(tokens(at_the_money.funding_per_day(terms.tenor()).unwrap()), 139_549_348);
    assert_eq!(tokens(pricer.at(Dollars::from_int(110_000)).unwrap().value().unwrap()), 3_525_444_515);
    assert_eq!(tokens(terms.cap_payoff().unwrap()), 6_666_666_666);
    assert_eq!(terms.cap_payoff(), Some(Dollars::from_int(20_000)));
    assert_eq!(terms.cap_price(), Some(Dollars::from_int(120_000)));
}

#[test]
fn restored_terms_are_the_same() {
    for kind in [OptionKind::Call, OptionKind::Put] {
        for strike in [1, 2, 3, 999, 1_024, 99_500, 100_000, 1 << 40, 1 << 48] {
            for cap in [None, Some(5), Some(9_999), Some(10_001), Some(12_345), Some(20_000)] {
                let (strike, tenor) = (Dollars::from_int(strike), Seconds(604_800));
                let cap = cap.map(|bps| crate::BasisPoints(bps).to_ratio());
                let Ok(terms) = Terms::new(kind, strike, tenor, cap) else { continue };
                assert_ne!(terms.logarithms(), (0, 0));
                assert_eq!(Terms::restore(kind, strike, tenor, cap, terms.logarithms()), Ok(terms));
            }
        }
    }
}
