use crate::common::{bps, cases, float};
use evergreen_math::option::{OptionKind, OptionPricer, Terms};
use evergreen_math::volatility::Smile;
use evergreen_math::{Dollars, MathError, Seconds};
use proptest::prelude::*;

#[test]
fn smile_by_hand() {
    let smile = Smile { skew: bps(-200), convexity: bps(100) };
    let (sigma, spot) = (bps(6_000), Dollars::from_int(100_000));
    let at =
        |strike: i64| float(smile.sigma(sigma, spot, Dollars::from_int(strike), Seconds(604_800)).unwrap().to_bits());
    let expected = |strike: f64| {
        let m = ((strike / 1e5).ln() / (0.6 * (7.0f64 / 365.0).sqrt())).clamp(-4.0, 4.0);
        0.6 * (1.0 - 0.02 * m + 0.01 * m * m)
    };
    for strike in [50_000i64, 80_000, 95_000, 100_000, 105_000, 120_000, 150_000, 1, 1 << 40] {
        assert!((at(strike) - expected(strike as f64)).abs() < 1e-12, "{strike}");
    }
}

/// At the limits of `Smile::check` no call is dearer at a higher strike and no put is cheaper; at a convexity of 6 % some are.
#[test]
fn smiles_without_arbitrage() {
    let spot = Dollars::from_int(100_000);
    let ordered = |smile: Smile| {
        let mut ordered = true;
        for base in [2_500i64, 4_000, 6_000, 10_000, 15_000] {
            for (days, call_cap, put_cap) in [(1u32, 11_000i64, 9_000i64), (7, 12_000, 8_000), (30, 14_000, 6_000)] {
                for (kind, cap) in [(OptionKind::Call, call_cap), (OptionKind::Put, put_cap)] {
                    let mut last: Option<f64> = None;
                    for strike in (50_000i64..150_000).step_by(500) {
                        let strike = Dollars::from_int(strike);
                        let terms = Terms::new(kind, strike, Seconds(days * 86_400), Some(bps(cap))).unwrap();
                        if terms.is_capped_at(spot) {
                            continue;
                        }
                        let sigma = smile.sigma(bps(base), spot, strike, terms.tenor()).unwrap();
                        let value = OptionPricer::new(&terms, sigma).unwrap().at(spot).unwrap().value().unwrap();
                        let value = float(value.to_bits());
                        let sign = if kind == OptionKind::Call { -1.0 } else { 1.0 };
                        ordered &= last.is_none_or(|last| sign * (value - last) >= -1e-9);
                        last = Some(value);
                    }
                }
            }
        }
        ordered
    };
    for skew in [-2_000, 0, 2_000] {
        for convexity in [0, 200] {
            let smile = Smile { skew: bps(skew), convexity: bps(convexity) };
            assert_eq!(smile.check(), Ok(()));
            assert!(ordered(smile), "skew {skew}, convexity {convexity}");
        }
        let steep = Smile { skew: bps(skew), convexity: bps(600) };
        assert_eq!(steep.check(), Err(MathError::InvalidParameter));
        assert!(!ordered(steep), "skew {skew}: the limit could be wider");
    }
}

proptest! {
    #![proptest_config(cases(3_000))]

    /// Any smile at any strike stays within the volatilities that can be valued.
    #[test]
    fn smiles_stay_in_the_domain(
        skew in -10_000i64..10_000,
        convexity in -10_000i64..10_000,
        sigma in 1i64..100_000,
        spot in 1i128..i128::MAX,
        strike in 1i128..i128::MAX,
        tenor in 1u32..,
    ) {
        let smile = Smile { skew: bps(skew), convexity: bps(convexity) };
        let (spot, strike) = (Dollars::from_bits(spot), Dollars::from_bits(strike));
        let sigma = smile.sigma(bps(sigma), spot, strike, Seconds(tenor)).unwrap();
        prop_assert!(OptionPricer::MIN_VOLATILITY <= sigma && sigma <= OptionPricer::MAX_VOLATILITY);
    }
}
