//! Elementary functions against reference values, exact identities, and their stated error bounds.

use evergreen_math::elementary::{exp, ln, pow, sqrt};
use evergreen_math::{MathError, Ratio};
use num_bigint::BigInt;
use proptest::prelude::*;

const REFERENCE: &str = include_str!("golden/elementary.csv");

fn ratio(bits: i128) -> Ratio {
    Ratio::from_bits(bits)
}

/// The stated bound of `pow`: (1 + |y|)·2^−60 of the result plus one unit.
fn pow_bound(result: i128, y: i128) -> i128 {
    let bound: BigInt = (BigInt::from(result) * (BigInt::from(y.abs()) + (BigInt::from(1) << 64))) >> 124;
    i128::try_from(bound).unwrap() + 1
}

/// The errors keep the stated bounds, in units of 2^−64. The reference is rounded down, so one unit more is allowed above.
#[test]
fn reference_values() {
    let mut rows = 0;
    for line in REFERENCE.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [x, y, expected]: [i128; 3] = core::array::from_fn(|i| fields[i + 1].parse().unwrap());
        let (result, bound) = match fields[0] {
            "ln" => (ln(ratio(x)), 8),
            "exp" => (exp(ratio(x)), (expected >> 60) + 1),
            "pow" => (pow(ratio(x), ratio(y)), pow_bound(expected, y)),
            other => panic!("{other}"),
        };
        let error = result.unwrap().to_bits() - expected;
        assert!((-bound..=bound + 1).contains(&error), "{line}: off by {error}, allowed {bound}");
        rows += 1;
    }
    assert!(rows > 400, "{rows}");
}

#[test]
fn exact_points() {
    assert_eq!(ln(Ratio::ONE), Ok(Ratio::ZERO));
    assert_eq!(exp(Ratio::ZERO), Ok(Ratio::ONE));
    assert_eq!(sqrt(Ratio::ZERO), Ok(Ratio::ZERO));
    assert_eq!(sqrt(Ratio::from_int(144)), Ok(Ratio::from_int(12)));
    assert_eq!(pow(Ratio::from_int(7), Ratio::ZERO), Ok(Ratio::ONE));
    assert_eq!(pow(Ratio::from_int(2), Ratio::from_int(-3)), Ok(ratio(1 << 61)));
    assert_eq!(pow(Ratio::ONE, Ratio::MAX), Ok(Ratio::ONE));
}

#[test]
fn outside_the_domain() {
    for x in [Ratio::ZERO, ratio(-1), ratio(i128::MIN)] {
        assert_eq!(ln(x), Err(MathError::Domain));
        assert_eq!(pow(x, Ratio::ONE), Err(MathError::Domain));
    }
    assert_eq!(sqrt(ratio(-1)), Err(MathError::Domain));
    assert_eq!(sqrt(ratio(i128::MIN)), Err(MathError::Domain));
    assert_eq!(exp(Ratio::from_int(44)), Err(MathError::Overflow));
    assert_eq!(exp(Ratio::MAX), Err(MathError::Overflow));
    assert_eq!(exp(ratio(i128::MIN)), Ok(Ratio::ZERO));
    assert_eq!(pow(Ratio::from_int(2), Ratio::from_int(63)), Err(MathError::Overflow));
    assert_eq!(pow(Ratio::from_int(2), Ratio::MAX), Err(MathError::Overflow));
    assert_eq!(pow(Ratio::from_int(2), ratio(i128::MIN)), Ok(Ratio::ZERO));
}

/// Any positive number; all magnitudes are equally likely.
fn positive() -> impl Strategy<Value = i128> {
    (1i128..i128::MAX, 0u32..127).prop_map(|(bits, shift)| (bits >> shift).max(1))
}

fn config() -> ProptestConfig {
    let persistence = proptest::test_runner::FileFailurePersistence::WithSource("regressions");
    ProptestConfig { cases: 20_000, failure_persistence: Some(Box::new(persistence)), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    /// The root is the largest whose square does not exceed the radicand.
    #[test]
    fn sqrt_is_exact(x in positive()) {
        let root = BigInt::from(sqrt(ratio(x)).unwrap().to_bits());
        let radicand = BigInt::from(x) << 64;
        prop_assert!(&root * &root <= radicand);
        let next: BigInt = root + 1;
        prop_assert!(&next * &next > radicand);
    }

    /// From one number to the next, ln falls by no more than one unit of 2^−64.
    #[test]
    fn ln_is_monotone(x in positive()) {
        let next = x.saturating_add(1);
        prop_assert!(ln(ratio(x)).unwrap().to_bits() <= ln(ratio(next)).unwrap().to_bits() + 1);
    }

    /// For a larger argument, exp never falls by more than its error.
    #[test]
    fn exp_is_monotone(x in -(46i128 << 64)..(43i128 << 64), step in 1i128..(1 << 70)) {
        let (low, high) = (exp(ratio(x)).unwrap(), exp(ratio((x + step).min(43 << 64))).unwrap());
        prop_assert!(low.to_bits() <= high.to_bits() + (high.to_bits() >> 60));
    }

    /// exp(ln x) equals x within the error bounds of both.
    #[test]
    fn exp_inverts_ln(x in positive()) {
        prop_assume!(x < (1 << 126));
        let back = exp(ln(ratio(x)).unwrap()).unwrap().to_bits();
        prop_assert!((back - x).abs() <= (x >> 59) + 2, "{x} came back as {back}");
    }

    /// No input makes any of the functions panic.
    #[test]
    fn no_panic(x in any::<i128>(), y in any::<i128>(), shift in 0u32..127) {
        for (x, y) in [(x, y), (x >> shift, y), (x, y >> shift), (x >> shift, y >> shift)] {
            let _ = (ln(ratio(x)), exp(ratio(x)), sqrt(ratio(x)), pow(ratio(x), ratio(y)));
        }
    }
}
