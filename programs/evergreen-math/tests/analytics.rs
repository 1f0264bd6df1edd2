//! Greeks against finite differences of the integer values; implied volatility as the inverse of the value.
#![cfg(feature = "analytics")]

use evergreen_math::greeks::Greeks;
use evergreen_math::implied::{ImpliedError, implied_volatility};
use evergreen_math::option::{OptionKind, OptionPricer, Terms};
use evergreen_math::{Dollars, MathError, Ratio, Seconds};
use proptest::prelude::*;

fn dollars(value: f64) -> Dollars {
    Dollars::from_bits((value * 2f64.powi(64)) as i128)
}

fn ratio(value: f64) -> Ratio {
    Ratio::from_bits((value * 2f64.powi(64)) as i128)
}

fn float(value: Dollars) -> f64 {
    value.to_bits() as f64 / 2f64.powi(64)
}

fn terms(kind: OptionKind, strike: f64, tenor: u32, cap: Option<f64>) -> Terms {
    Terms::new(kind, dollars(strike), Seconds(tenor), cap.map(ratio)).unwrap()
}

fn greeks(terms: &Terms, spot: f64, sigma: f64) -> Greeks {
    OptionPricer::new(terms, ratio(sigma)).unwrap().greeks(dollars(spot)).unwrap()
}

fn value(terms: &Terms, spot: f64, sigma: f64) -> f64 {
    float(OptionPricer::new(terms, ratio(sigma)).unwrap().at(dollars(spot)).unwrap().value().unwrap())
}

/// Compares each Greek with differences of the quantity whose slope it is; an error is measured against `scale`.
fn compare(terms: &Terms, spot: f64, sigma: f64) -> Result<(), TestCaseError> {
    let g = greeks(terms, spot, sigma);
    let tenor = f64::from(terms.tenor().0) / 31_536_000.0;
    let width = sigma * tenor.sqrt();
    let h = spot * 1e-3 * width.min(1.0);
    let d = sigma * 1e-4;
    let close = |name: &str, found: f64, expected: f64, scale: f64| {
        let good = (found - expected).abs() <= 1e-5 * (found.abs() + scale);
        prop_assert!(good, "{name}: {found}, by differences {expected} (scale {scale})\n{g:?}");
        Ok(())
    };
    // The natural sizes are S·width for a value and for a range of spots, and sigma for a range of volatilities.
    let size = spot * width;
    close("value", g.value, value(terms, spot, sigma), 1e-9)?;
    close("delta", g.delta, (value(terms, spot + h, sigma) - value(terms, spot - h, sigma)) / (2.0 * h), 1.0)?;
    let slope = |s| greeks(terms, s, sigma).delta;
    close("gamma", g.gamma, (slope(spot + h) - slope(spot - h)) / (2.0 * h), 1.0 / size)?;
    close("vega", g.vega, (value(terms, spot, sigma + d) - value(terms, spot, sigma - d)) / (2.0 * d), size / sigma)?;
    let vega = |s, v| greeks(terms, s, v).vega;
    close("vanna", g.vanna, (vega(spot + h, sigma) - vega(spot - h, sigma)) / (2.0 * h), 1.0 / sigma)?;
    close("volga", g.volga, (vega(spot, sigma + d) - vega(spot, sigma - d)) / (2.0 * d), size / (sigma * sigma))?;
    close("funding", g.funding_per_year, 0.5 * sigma * sigma * spot * spot * g.gamma, 1e-9)?;
    close("funding", g.funding_per_day * 365.0 * tenor, g.time_value, 1e-9)?;
    close("tenor", g.tenor_sensitivity * 2.0 * tenor / sigma, g.vega, 1e-9)
}

fn kind() -> impl Strategy<Value = OptionKind> {
    prop_oneof![Just(OptionKind::Call), Just(OptionKind::Put)]
}

/// Terms with a spot within three deviations of the strike, and a volatility.
fn option() -> impl Strategy<Value = (Terms, f64, f64)> {
    (kind(), any::<bool>(), 0.02..0.8f64, 0.06..3.9f64, 7_200u32..7_776_000, -3.0..3.0f64).prop_map(
        |(kind, capped, distance, sigma, tenor, deviations)| {
            let cap = if kind == OptionKind::Call { 1.0 + distance } else { 1.0 - distance };
            let terms = terms(kind, 60_000.0, tenor, capped.then_some(cap));
            let width = sigma * (f64::from(tenor) / 31_536_000.0).sqrt();
            (terms, 60_000.0 * (deviations * width).exp().clamp(0.02, 50.0), sigma)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn greeks_are_slopes((terms, spot, sigma) in option()) {
        let width = sigma * (f64::from(terms.tenor().0) / 31_536_000.0).sqrt();
        // Differences do not reach across the kinks at strike and cap.
        let away = |price: f64| (spot / price - 1.0).abs() > 2e-3 * width.min(1.0);
        prop_assume!(away(60_000.0) && terms.cap_price().is_none_or(|cap| away(float(cap))));
        prop_assume!(!terms.is_capped_at(dollars(spot)));
        compare(&terms, spot, sigma)?;
    }

    #[test]
    fn implied_volatility_inverts_the_value((terms, spot, sigma) in option()) {
        prop_assume!(!terms.is_capped_at(dollars(spot)));
        let spot = dollars(spot);
        let price = |sigma| OptionPricer::new(&terms, sigma).unwrap().at(spot).unwrap();
        let asked = price(ratio(sigma));
        let found = implied_volatility(&terms, spot, asked.value().unwrap()).unwrap();
        let back = price(found);
        prop_assert!(back.value().unwrap() <= asked.value().unwrap());
        // The value is within its error bound, and so is the volatility where the value depends on it.
        let error = asked.time_value.to_bits() - back.time_value.to_bits();
        prop_assert!(error <= (asked.time_value.to_bits() >> 40) + (1 << 20), "value off by {error}");
        if asked.time_value > dollars(0.01) {
            let vega = greeks(&terms, float(spot), sigma).vega;
            let off = (found.to_bits() as f64 / 2f64.powi(64) - sigma).abs() * vega / float(asked.value().unwrap());
            prop_assert!(off < 1e-9, "volatility off by {off}");
        }
    }
}

#[test]
fn continuous_across_the_strike() {
    for (kind, cap) in [(OptionKind::Call, Some(1.2)), (OptionKind::Put, Some(0.8)), (OptionKind::Put, None)] {
        let terms = terms(kind, 60_000.0, 604_800, cap);
        let (below, at, above) =
            (greeks(&terms, 59_999.999, 0.7), greeks(&terms, 60_000.0, 0.7), greeks(&terms, 60_000.001, 0.7));
        for (a, b) in [(below, at), (at, above)] {
            assert!((a.delta - b.delta).abs() < 1e-6 && (a.vega / b.vega - 1.0).abs() < 1e-6, "{a:?} {b:?}");
        }
    }
}

#[test]
fn nothing_moves_beyond_the_cap() {
    let terms = terms(OptionKind::Call, 60_000.0, 604_800, Some(1.2));
    let found = greeks(&terms, 72_000.1, 0.7);
    assert!((found.value - 12_000.0).abs() < 1e-9);
    assert_eq!(found, Greeks { value: found.value, ..Greeks::default() });
}

/// At the money the time value without cap is K/u, and delta and vega have closed forms.
#[test]
fn at_the_money() {
    let terms = terms(OptionKind::Call, 50_000.0, 604_800, None);
    let g = greeks(&terms, 50_000.0, 1.0);
    let u = 20.448_541_687_437_203;
    assert!((g.value - 50_000.0 / u).abs() < 1e-9);
    // Delta is (1 + u)/(2u); vega is d(K/u)/dσ = K·(u² − 1)/u³ at σ = 1.
    assert!((g.delta - (1.0 + u) / (2.0 * u)).abs() < 1e-12);
    assert!((g.vega - 50_000.0 * (u * u - 1.0) / (u * u * u)).abs() < 1e-8);
}

#[test]
fn values_without_implied_volatility() {
    let terms = terms(OptionKind::Call, 60_000.0, 604_800, Some(1.2));
    let ask = |spot: f64, value: f64| implied_volatility(&terms, dollars(spot), dollars(value));
    let below = ImpliedError::BelowIntrinsic { intrinsic: dollars(3_000.0) };
    assert_eq!(ask(63_000.0, 2_999.0), Err(below));
    let worth = |sigma| OptionPricer::new(&terms, sigma).unwrap().at(dollars(60_000.0)).unwrap().value().unwrap();
    let (lowest, highest) = (worth(OptionPricer::MIN_VOLATILITY), worth(OptionPricer::MAX_VOLATILITY));
    assert_eq!(ask(60_000.0, 1.0), Err(ImpliedError::BelowLowest { lowest }));
    assert_eq!(ask(60_000.0, 11_000.0), Err(ImpliedError::AboveHighest { highest }));
    assert_eq!(ask(72_000.0, 12_000.0), Err(ImpliedError::Insensitive));
    assert_eq!(ask(1.0, 1.0), Err(ImpliedError::Math(MathError::MoneynessOutOfRange)));
    assert_eq!(ask(-1.0, 1.0), Err(ImpliedError::Math(MathError::MoneynessOutOfRange)));
}

#[test]
fn the_highest_value_has_the_highest_volatility() {
    let terms = terms(OptionKind::Call, 60_000.0, 604_800, Some(1.2));
    let highest = OptionPricer::new(&terms, OptionPricer::MAX_VOLATILITY).unwrap().at(dollars(60_000.0)).unwrap();
    let found = implied_volatility(&terms, dollars(60_000.0), highest.value().unwrap());
    assert_eq!(found, Ok(OptionPricer::MAX_VOLATILITY));
}
