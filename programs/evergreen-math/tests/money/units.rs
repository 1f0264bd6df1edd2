use crate::common::cases;
use evergreen_math::{
    BasisPoints, Dollars, MathError, Native, NativeDelta, PointScale, Points, Ratio, Rounding, Seconds, UnixTime,
};
use proptest::prelude::*;

#[test]
fn one_product_for_premium_payoff_and_reserve() {
    let scale = PointScale::new(3).unwrap();
    let half = Dollars::from_bits(1 << 63);
    for (points, floor, ceil) in
        [(2_000, 1, 1), (2_001, 1, 2), (-2_001, -2, -1), (-2_000, -1, -1), (0, 0, 0), (1, 0, 1)]
    {
        assert_eq!(scale.native(Points(points), half, Rounding::Floor), Ok(NativeDelta(floor)), "{points}");
        assert_eq!(scale.native(Points(points), half, Rounding::Ceil), Ok(NativeDelta(ceil)), "{points}");
    }
    assert_eq!(PointScale::new(10), Err(MathError::InvalidParameter));
    assert_eq!(scale.native(Points(i64::MIN), Dollars::MAX, Rounding::Floor), Err(MathError::Overflow));
}

#[test]
fn spans_of_time() {
    assert_eq!(UnixTime(10).since(UnixTime(4)), Ok(Seconds(6)));
    assert_eq!(UnixTime(4).since(UnixTime(10)), Err(MathError::TimeReversed));
    assert_eq!(UnixTime(i64::MAX).since(UnixTime(0)), Ok(Seconds(u32::MAX)));
    assert_eq!(UnixTime(i64::MAX).since(UnixTime(-1)), Err(MathError::Overflow));
}

#[test]
fn parts_and_signs() {
    assert_eq!(NativeDelta(i64::MIN).negative_part(), Native(1 << 63));
    assert_eq!(NativeDelta(i64::MIN).checked_neg(), Err(MathError::Overflow));
    assert_eq!(Points(i64::MIN).size(), Err(MathError::Overflow));
    assert_eq!(Native(5).checked_apply(NativeDelta(-6)), Err(MathError::Overflow));
    assert_eq!(Native(u64::MAX).to_delta(), Err(MathError::Overflow));
    assert_eq!(Native(10).mul_div(1, 0, Rounding::Floor), Err(MathError::DivisionByZero));
    assert_eq!(BasisPoints(10_000).to_ratio(), Ratio::ONE);
    assert_eq!(Ratio::ONE.div_int(0), Err(MathError::DivisionByZero));
    assert_eq!(Ratio::from_bits(i128::MIN).div_int(-1), Err(MathError::Overflow));
}

proptest! {
    #![proptest_config(cases(20_000))]

    /// The results are exactly the floor and the ceiling of the exact product, on either side of zero.
    #[test]
    fn native_brackets_the_exact_product(points in -(1i64 << 40)..(1i64 << 40), bits in -(1i128 << 86)..(1i128 << 86), cuts in (0u32..41, 0u32..87), e in 0u8..=9) {
        // Numbers of all widths: sizes below 2^32 are multiplied in another way.
        let (points, bits) = (points >> cuts.0, bits >> cuts.1);
        let scale = PointScale::new(e).unwrap();
        let (floor, ceil) = (
            scale.native(Points(points), Dollars::from_bits(bits), Rounding::Floor).unwrap().0,
            scale.native(Points(points), Dollars::from_bits(bits), Rounding::Ceil).unwrap().0,
        );
        let exact = i128::from(points) * bits;
        let unit = 10i128.pow(u32::from(e)) << 64;
        prop_assert_eq!(i128::from(floor), exact.div_euclid(unit));
        prop_assert_eq!(i128::from(ceil), -(-exact).div_euclid(unit));
    }

    /// Parts of a size rounded down are together at most the whole rounded down; rounded up they are at least the whole rounded up.
    #[test]
    fn roundings_of_parts(a in 0i64..1 << 40, b in 0i64..1 << 40, bits in 0i128..1 << 86) {
        let scale = PointScale::new(3).unwrap();
        let native = |p: i64, r| scale.native(Points(p), Dollars::from_bits(bits), r).unwrap().0;
        prop_assert!(native(a, Rounding::Floor) + native(b, Rounding::Floor) <= native(a + b, Rounding::Floor));
        prop_assert!(native(a, Rounding::Ceil) + native(b, Rounding::Ceil) >= native(a + b, Rounding::Ceil));
    }

    /// Around 2^32 the products are made in another way, on either side of a size and of whole dollars.
    #[test]
    fn native_is_exact_around_words(points in (1i64 << 32) - 3..(1i64 << 32) + 3, whole in (1i128 << 32) - 3..(1i128 << 32) + 3, fraction in prop_oneof![Just(0u64), Just(u64::MAX), any::<u64>()]) {
        let (scale, bits) = (PointScale::new(9).unwrap(), (whole << 64) | i128::from(fraction));
        let unit = 1_000_000_000i128;
        // The fraction of a dollar cannot change the whole units of 10^9 dollars unless it carries.
        let dollars = i128::from(points) * whole + ((i128::from(points) * i128::from(fraction)) >> 64);
        prop_assert_eq!(i128::from(scale.native(Points(points), Dollars::from_bits(bits), Rounding::Floor).unwrap().0), dollars / unit);
    }

    #[test]
    fn mul_div_is_exact(a in any::<u64>(), n in any::<u64>(), d in 1u64.., share in any::<u16>(), cut in 0u32..64) {
        let product = u128::from(a) * u128::from(n);
        let expected = |q: u128| u64::try_from(q).map(Native).map_err(|_| MathError::Overflow);
        prop_assert_eq!(Native(a).mul_div(n, d, Rounding::Floor), expected(product / u128::from(d)));
        prop_assert_eq!(Native(a).mul_div(n, d, Rounding::Ceil), expected(product.div_ceil(u128::from(d))));
        let a = a >> cut;
        let product = u128::from(a) * u128::from(share);
        let part = |rounding| Native(a).share(BasisPoints(share), rounding);
        prop_assert_eq!(part(Rounding::Floor), expected(product / 10_000));
        prop_assert_eq!(part(Rounding::Ceil), expected(product.div_ceil(10_000)));
    }

    #[test]
    fn division_rounds_down(bits in any::<i128>(), d in any::<i64>().prop_filter("a divisor", |d| *d != 0)) {
        if let Ok(quotient) = Dollars::from_bits(bits).div_int(d) {
            let (q, d) = (quotient.to_bits(), i128::from(d));
            let floor = if d > 0 { bits.div_euclid(d) } else { (bits.wrapping_neg()).div_euclid(-d) };
            prop_assume!(bits != i128::MIN);
            prop_assert_eq!(q, floor);
        }
    }
}
