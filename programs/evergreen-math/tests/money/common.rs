//! Random inputs like those of a market, and the number of cases of a property.

use evergreen_math::option::{OptionKind, Terms};
use evergreen_math::{Dollars, PointScale, Ratio, Seconds};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// A configuration of `count` cases. A case that fails is written beside the test and runs first from then on.
pub fn cases(count: u32) -> ProptestConfig {
    println!("{count} cases");
    ProptestConfig {
        cases: count,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    }
}

/// A number given in basis points.
pub fn bps(value: i64) -> Ratio {
    Ratio::from_bits((i128::from(value) << 64) / 10_000)
}

/// An amount given in cents.
pub fn cents(value: i64) -> Dollars {
    Dollars::from_bits((i128::from(value) << 64) / 100)
}

/// The default scale, e = 3.
pub fn scale() -> PointScale {
    PointScale::new(3).unwrap()
}

/// The approximate number of these 64.64 bits.
pub fn float(bits: i128) -> f64 {
    bits as f64 / 2f64.powi(64)
}

/// Either kind, strikes of 1 to 200,000 dollars, tenors of an hour to 90 days, caps of 5 % to 80 %.
pub fn any_terms() -> impl Strategy<Value = Terms> {
    (any::<bool>(), 1i64..200_000, 3_600u32..=90 * 86_400, 500i64..8_000).prop_map(|(call, strike, tenor, cap)| {
        let (kind, ratio) = if call { (OptionKind::Call, 10_000 + cap) } else { (OptionKind::Put, 10_000 - cap) };
        Terms::new(kind, Dollars::from_int(strike), Seconds(tenor), Some(bps(ratio))).unwrap()
    })
}

/// 5 % to 400 % a year.
pub fn any_sigma() -> impl Strategy<Value = Ratio> {
    (501i64..=40_000).prop_map(bps)
}

/// Mostly the strike times 0.6 to 1.6, and in one case of ten anything from a ten-thousandth to ten thousand times the strike.
pub fn spot_near(strike: Dollars) -> impl Strategy<Value = Dollars> {
    let near = (6_000i64..16_000).prop_map(bps);
    let far = (-60i32..=60).prop_map(|e| Ratio::from_bits((2f64.powf(f64::from(e) / 4.5) * 2f64.powi(64)) as i128));
    prop_oneof![9 => near, 1 => far]
        .prop_map(move |factor| strike.mul_floor(factor).unwrap().max(Dollars::from_bits(1)))
}

/// Terms with a spot around their strike.
pub fn terms_and_spot() -> impl Strategy<Value = (Terms, Dollars)> {
    any_terms().prop_flat_map(|terms| (Just(terms), spot_near(terms.strike())))
}
