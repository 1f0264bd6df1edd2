use crate::common::{bps, float};
use crate::volatility::{params, start};
use evergreen_math::volatility::{VolatilityParams, near, outlook};
use evergreen_math::{BasisPoints, Ratio, Seconds};

#[test]
fn the_outlook_tells_what_parameters_change() {
    // A burst: the fast average is four times the slow one.
    let mut state = start();
    state.fast_variance = state.slow_variance.mul_int(4).unwrap();
    let [larger, slow, larger_then, slow_then] =
        outlook(&params(), &state).unwrap().map(|sigma| float(sigma.to_bits()));
    assert!((larger - 1.2).abs() < 1e-9 && (slow - 0.6).abs() < 1e-9, "{larger} {slow}");
    // After eight hours of rest, at half-lives of 6 hours and 30 days.
    assert!((larger_then - 1.2 * 2f64.powf(-8.0 / 12.0)).abs() < 1e-9, "{larger_then}");
    assert!((slow_then - 0.6 * 2f64.powf(-8.0 / 1_440.0)).abs() < 1e-9, "{slow_then}");
    // A bound that holds quotes up shows what a lower one would do, and a half-life only later.
    let bounded = VolatilityParams { min: bps(13_000), ..params() };
    assert_eq!(outlook(&bounded, &state).unwrap(), [bps(13_000); 4]);
    let faster = outlook(&VolatilityParams { fast_half_life: Seconds(3_600), ..params() }, &state).unwrap();
    assert_eq!(faster[..2], outlook(&params(), &state).unwrap()[..2]);
    assert!(!near(faster[2], outlook(&params(), &state).unwrap()[2], BasisPoints(100)).unwrap());
}

#[test]
fn volatilities_are_near_exactly() {
    assert!(near(bps(10_100), bps(10_000), BasisPoints(100)).unwrap());
    assert!(!near(Ratio::from_bits(bps(10_100).to_bits() + (1 << 40)), bps(10_000), BasisPoints(100)).unwrap());
    assert!(near(bps(6_000), bps(6_000), BasisPoints(0)).unwrap());
    assert!(!near(Ratio::from_bits(bps(6_000).to_bits() - 1), bps(6_000), BasisPoints(0)).unwrap());
}
