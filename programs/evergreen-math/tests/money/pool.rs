use crate::common::{any_sigma, bps, cases, scale, terms_and_spot};
use evergreen_math::bounds::{value_at_least, value_at_most};
use evergreen_math::option::{OptionKind, OptionPricer, PricePoint, Terms};
use evergreen_math::pool::{Liability, MarketBounds, nav_bounds};
use evergreen_math::reserve::{free_cash, required, reserve_limit, reserve_use};
use evergreen_math::{BasisPoints, Dollars, MathError, Native, NativeDelta, Points, Rounding, Seconds};
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
fn net_assets_by_hand() {
    let liability = Liability { low: NativeDelta(100), high: NativeDelta(130) };
    let nav = nav_bounds(NativeDelta(1_000), NativeDelta(7), liability).unwrap();
    assert_eq!((nav.lower, nav.upper), (NativeDelta(877), NativeDelta(907)));
    assert_eq!(nav_bounds(NativeDelta(i64::MIN), NativeDelta(0), liability), Err(MathError::Overflow));
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

    /// The bounds hold the value at any volatility within the band, and they widen with the band. What the
    /// pool owes on a net position is the opposite of what it owes on the opposite net position.
    #[test]
    fn bounds_hold_the_value(
        (terms, spot) in terms_and_spot(),
        sigma in any_sigma(),
        net in -(1i64 << 40)..(1i64 << 40),
        band in 0u16..=5_000,
        inside in -10_000i64..=10_000,
    ) {
        let point = PricePoint::new(spot).unwrap();
        let owed = |band: u16, net: i64| {
            let bounds = MarketBounds::new(point, BasisPoints(band)).unwrap();
            bounds.liability(&terms, sigma, Points(net), scale()).unwrap()
        };
        let liability = owed(band, net);
        let moved = sigma.checked_add(sigma.mul_floor(bps(inside * i64::from(band) / 10_000)).unwrap()).unwrap();
        let pricer = OptionPricer::new(&terms, moved.max(OptionPricer::MIN_VOLATILITY).min(OptionPricer::MAX_VOLATILITY)).unwrap();
        if let Ok(value) = pricer.at_point(point).and_then(|v| v.value()) {
            // Values are exact to 2^−40 of themselves.
            let slack = 2 + (net.unsigned_abs() >> 36) as i64 * (terms.strike().to_bits() >> 64) as i64 / 1_000;
            prop_assert!(scale().native(Points(net), value, Rounding::Floor).unwrap().0 >= liability.low.0 - slack);
            prop_assert!(scale().native(Points(net), value, Rounding::Ceil).unwrap().0 <= liability.high.0 + slack);
        }
        prop_assert!(liability.low <= liability.high);
        let opposite = owed(band, -net);
        prop_assert_eq!(opposite.low.0, -liability.high.0);
        prop_assert_eq!(opposite.high.0, -liability.low.0);
        let wider = owed((band + 1_000).min(10_000), net);
        prop_assert!(wider.low <= liability.low && wider.high >= liability.high);
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

    /// The bounds are at most a quarter further apart than valuations at the ends of the volatility band. (The largest excess seen
    /// is a fifth: a put of 30 days next to its cap, at a volatility of 150 %.)
    #[test]
    fn bounds_are_near_two_valuations(
        call in any::<bool>(),
        strike in 1_000i64..200_000,
        factor in 7_500i64..13_000,
        days in 1u32..=30,
        sigma in 2_500i64..15_000,
    ) {
        const BAND: u16 = 1_000;
        let (kind, ratio) = if call { (OptionKind::Call, 12_000) } else { (OptionKind::Put, 8_000) };
        let terms = Terms::new(kind, Dollars::from_int(strike), Seconds(days * 86_400), Some(bps(ratio))).unwrap();
        let spot = terms.strike().mul_floor(bps(factor)).unwrap();
        let point = PricePoint::new(spot).unwrap();
        let bounds = MarketBounds::new(point, BasisPoints(BAND)).unwrap();
        let net = 1_000_000_000;
        let found = bounds.liability(&terms, bps(sigma), Points(net), scale()).unwrap();
        let at = |share: i64| {
            let sigma = bps(sigma).mul_floor(bps(share)).unwrap();
            let value = OptionPricer::new(&terms, sigma).unwrap().at_point(point).unwrap().value().unwrap();
            scale().native(Points(net), value, Rounding::Floor).unwrap().0
        };
        let (least, most) = (at(9_000), at(11_000));
        prop_assert!(found.low.0 <= least + 2 && found.high.0 >= most - 2, "{:?} {} {}", found, least, most);
        let (width, exact) = (found.high.0 - found.low.0, most - least);
        prop_assert!(width <= exact + exact / 4 + 2, "{} and {}", width, exact);
    }
}
