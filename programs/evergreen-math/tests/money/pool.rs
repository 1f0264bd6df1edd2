use crate::common::{any_sigma, bps, cases, scale, terms_and_spot};
use evergreen_math::bounds::{value_at_least, value_at_most};
use evergreen_math::option::{OptionKind, OptionPricer, PricePoint, Terms};
use evergreen_math::pool::owed;
use evergreen_math::reserve::{free_cash, required, reserve_limit, reserve_use};
use evergreen_math::{BasisPoints, Dollars, MathError, Native, Points, Rounding, Seconds};
use proptest::prelude::*;

#[test]
fn reserves_by_hand() {
    let cap = Dollars::from_int(20_000);
    assert_eq!(required(Points(1_000_001), cap, scale()), Ok(Native(20_000_020)));
    assert_eq!(required(Points(1), Dollars::from_int(1), scale()), Ok(Native(1)));
    assert_eq!(required(Points(-1), cap, scale()), Err(MathError::Domain));
    assert_eq!(required(Points(1), Dollars::from_int(-1), scale()), Err(MathError::Domain));
    assert_eq!(reserve_limit(Native(101), BasisPoints(8_000)), Ok(Native(80)));
    assert_eq!(reserve_limit(Native(101), BasisPoints(10_001)), Err(MathError::InvalidParameter));
    let used = reserve_use(Native(80), Native(101), BasisPoints(8_000)).unwrap();
    assert!(used.is_within() && used.free() == Native(0));
    assert!(!reserve_use(Native(81), Native(101), BasisPoints(8_000)).unwrap().is_within());
    assert_eq!(free_cash(Native(80), Native(101), BasisPoints(8_000)), Ok(Native(1)));
    assert_eq!(free_cash(Native(u64::MAX), Native(101), BasisPoints(1)), Ok(Native(0)));
    assert_eq!(free_cash(Native(1), Native(101), BasisPoints(0)), Err(MathError::InvalidParameter));
}

#[test]
fn what_is_owed_by_hand() {
    // A call of 30 days at the money, without cap, at 60 %: the time value is K/u with u = √(1 + 8/(σ²·T)).
    let terms = Terms::new(OptionKind::Call, Dollars::from_int(100_000), Seconds(30 * 86_400), None).unwrap();
    let spot = PricePoint::new(Dollars::from_int(100_000)).unwrap();
    let at = |points, rounding| owed(&terms, bps(6_000), spot, Points(points), (scale(), rounding)).unwrap().0;
    let per_point = 100_000.0 / (1.0 + 8.0 / (0.36 * 30.0 / 365.0f64)).sqrt() / 1e3;
    let expected = 1_000_000.0 * per_point;
    assert!((at(1_000_000, Rounding::Floor) as f64 - expected).abs() < 2.0, "{expected}");
    assert_eq!(at(1_000_000, Rounding::Ceil), at(1_000_000, Rounding::Floor) + 1);
    assert_eq!(at(-1_000_000, Rounding::Ceil), -at(1_000_000, Rounding::Floor));
    assert_eq!(at(0, Rounding::Ceil), 0);
}

#[test]
fn values_beyond_the_domain() {
    let at = |terms: &Terms, spot: Dollars| {
        let (pricer, point) = (OptionPricer::new(terms, bps(40_000)).unwrap(), PricePoint::new(spot).unwrap());
        assert_eq!(pricer.at_point(point).map(|_| ()), Err(MathError::MoneynessOutOfRange));
        (value_at_least(&pricer, point).unwrap(), value_at_most(&pricer, point).unwrap())
    };
    let month = Seconds(90 * 86_400);
    let strike = Dollars::from_int(1_000);
    // Out of the money the bounds are zero and the value at the edge of the domain.
    let call = Terms::new(OptionKind::Call, strike, month, Some(bps(20_000))).unwrap();
    let (least, most) = at(&call, Dollars::from_int(1));
    assert!(least == Dollars::ZERO && most.is_positive() && most < Dollars::from_int(2));
    let put = Terms::new(OptionKind::Put, strike, month, Some(bps(10))).unwrap();
    let (least, most) = at(&put, Dollars::from_int(1_000_000));
    assert!(least == Dollars::ZERO && most.is_positive() && most < Dollars::from_int(200));
    // In the money the bounds are the intrinsic value and the cap payoff.
    let (least, most) = at(&put, Dollars::from_int(5));
    assert!(least == Dollars::from_int(995) && most == put.cap_payoff().unwrap());
    let uncapped = Terms::new(OptionKind::Call, strike, month, None).unwrap();
    let spot = Dollars::from_int(200_000);
    assert_eq!(at(&uncapped, spot), (Dollars::from_int(199_000), spot));
}

proptest! {
    #![proptest_config(cases(4_000))]

    /// What is owed is the value times the points, bounded beyond the domain; rounded up it is never less than rounded down, by more than a unit only
    /// there; it rises with the volatility where traders are long; and what is owed on the opposite net position is the opposite.
    #[test]
    fn what_is_owed_is_the_value(
        (terms, spot) in terms_and_spot(),
        (sigma, other) in (any_sigma(), any_sigma()),
        net in -(1i64 << 40)..(1i64 << 40),
    ) {
        let point = PricePoint::new(spot).unwrap();
        let at = |sigma, net, rounding| owed(&terms, sigma, point, Points(net), (scale(), rounding)).unwrap().0;
        let (low, high) = (at(sigma, net, Rounding::Floor), at(sigma, net, Rounding::Ceil));
        prop_assert!(low <= high);
        prop_assert_eq!(at(sigma, -net, Rounding::Floor), -high);
        prop_assert_eq!(at(sigma, -net, Rounding::Ceil), -low);
        let pricer = OptionPricer::new(&terms, sigma).unwrap();
        let (least, most) = (value_at_least(&pricer, point).unwrap(), value_at_most(&pricer, point).unwrap());
        let (for_low, for_high) = if net < 0 { (most, least) } else { (least, most) };
        prop_assert_eq!(low, scale().native(Points(net), for_low, Rounding::Floor).unwrap().0);
        prop_assert_eq!(high, scale().native(Points(net), for_high, Rounding::Ceil).unwrap().0);
        if net > 0 && sigma >= other {
            // Values are exact to 2^−40 of themselves.
            let slack = 2 + (net >> 36) * (terms.strike().to_bits() >> 64) as i64 / 1_000;
            prop_assert!(at(sigma, net, Rounding::Ceil) >= at(other, net, Rounding::Floor) - slack);
        }
    }

    /// At every spot, even where the pricer has no answer, intrinsic value ≤ lower bound ≤ upper bound ≤ cap payoff.
    #[test]
    fn values_are_bounded((terms, spot) in terms_and_spot(), sigma in any_sigma()) {
        let (pricer, point) = (OptionPricer::new(&terms, sigma).unwrap(), PricePoint::new(spot).unwrap());
        let (least, most) = (value_at_least(&pricer, point).unwrap(), value_at_most(&pricer, point).unwrap());
        prop_assert!(terms.intrinsic(spot) <= least && least <= most && most <= terms.cap_payoff().unwrap());
    }

    /// Closing any part of a series frees at least as much reserve as can be paid for that part.
    #[test]
    fn reserves_cover_what_closing_pays(open in 0i64..1 << 40, part in 0i64..1 << 40, (terms, _) in terms_and_spot()) {
        let part = part.min(open);
        let cap = terms.cap_payoff().unwrap();
        let held = |points: i64| required(Points(points), cap, scale()).unwrap().0;
        let paid = scale().native(Points(part), cap, Rounding::Floor).unwrap().0;
        prop_assert!(held(open) - held(open - part) >= paid as u64);
    }

    /// The reserve rule holds after the free cash has left the pool, and would not hold if one unit more had left.
    #[test]
    fn free_cash_is_exact(reserved in 0u64..1 << 50, cash in 0u64..1 << 50, utilisation in 1u16..=10_000) {
        let free = free_cash(Native(reserved), Native(cash), BasisPoints(utilisation)).unwrap().0;
        let within = |cash: u64| reserve_use(Native(reserved), Native(cash), BasisPoints(utilisation)).unwrap().is_within();
        if within(cash) {
            prop_assert!(within(cash - free));
            prop_assert!(cash == free || !within(cash - free - 1));
        } else {
            prop_assert_eq!(free, 0);
        }
    }
}
