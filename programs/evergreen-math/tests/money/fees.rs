use crate::common::{bps, cases, cents, scale};
use evergreen_math::fees::{
    FeeParams, FeeSplit, PenaltyParams, fee_per_unit, latency_floor, split_referral, trade_fee, waiting_floors,
};
use evergreen_math::{BasisPoints, Dollars, MathError, Native, NativeDelta, Points, Ratio, Seconds};
use proptest::prelude::*;

const CAP: BasisPoints = BasisPoints(1_250);

#[test]
fn five_basis_points_or_an_eighth_of_the_value() {
    let price = Dollars::from_int(100_000);
    assert_eq!(fee_per_unit(price, Dollars::from_int(3_000), BasisPoints(5), CAP), Ok(Dollars::from_int(50)));
    assert_eq!(fee_per_unit(price, Dollars::from_int(8), BasisPoints(5), CAP), Ok(Dollars::from_int(1)));
    // A rest of a share is rounded up to the last bit.
    assert_eq!(
        fee_per_unit(Dollars::from_bits(20_001), Dollars::from_int(8), BasisPoints(5), CAP),
        Ok(Dollars::from_bits(11))
    );
    assert_eq!(trade_fee(Points(-1_000), Dollars::from_int(50), scale()), Ok(Native(50)));
    assert_eq!(trade_fee(Points(1), Dollars::ZERO, scale()), Ok(Native(1)));
    assert_eq!(trade_fee(Points(0), Dollars::from_int(50), scale()), Ok(Native(0)));
    assert_eq!(trade_fee(Points(1), Dollars::from_bits(-1), scale()), Err(MathError::Domain));
}

#[test]
fn latency_floors() {
    // 1.5 · 60 % · √(10 / 31,536,000) = 5.07 basis points.
    assert_eq!(latency_floor(bps(6_000), Seconds(10)), Ok(BasisPoints(6)));
    // 1.5 · 100 % · √(10 / 31,536,000) = 8.45 basis points.
    assert_eq!(latency_floor(Ratio::ONE, Seconds(10)), Ok(BasisPoints(9)));
    // 1.5 · 1 · √(1/4) is exactly 7,500 basis points and is not rounded up.
    assert_eq!(latency_floor(Ratio::ONE, Seconds(Seconds::YEAR.0 / 4)), Ok(BasisPoints(7_500)));
    assert_eq!(latency_floor(Ratio::ZERO, Seconds(10)), Ok(BasisPoints(0)));
    assert_eq!(latency_floor(Ratio::ONE, Seconds(0)), Ok(BasisPoints(0)));
    assert_eq!(latency_floor(bps(40_001), Seconds(10)), Err(MathError::VolatilityOutOfRange));
    assert_eq!(latency_floor(Ratio::from_int(4), Seconds(u32::MAX)), Err(MathError::Overflow));
    assert_eq!(FeeParams::default().check_latency_floor(BasisPoints(4)), Ok(()));
    assert_eq!(FeeParams::default().check_latency_floor(BasisPoints(5)), Err(MathError::InvalidParameter));
}

#[test]
fn floors_of_waiting() {
    let floors = |window, kept| {
        let floors = waiting_floors(bps(6_600), Seconds(window), BasisPoints(kept));
        floors.map(|(open, close)| (open.0, close.0))
    };
    // 66 % · √(13 / 31,536,000) = 4.24 basis points: 3.00 and 2.12 where nothing comes back, 3.53 and 2.50 of 72 %, 5.99 and 4.24 of a quarter.
    assert_eq!([floors(10, 10_000), floors(10, 7_200), floors(10, 2_500)], [Ok((3, 3)), Ok((4, 3)), Ok((6, 5))]);
    // With twenty seconds 5.64: 3.99 and 2.82, 5.43 and 3.83 of 54 %.
    assert_eq!([floors(20, 10_000), floors(20, 5_400)], [Ok((4, 3)), Ok((6, 4))]);
    assert_eq!(floors(10, 0), Err(MathError::Overflow));
    let quarter = Seconds(Seconds::YEAR.0 / 4 - 3);
    assert_eq!(waiting_floors(Ratio::ONE, quarter, BasisPoints::ONE), Ok((BasisPoints(3_536), BasisPoints(2_500))));
    assert_eq!(waiting_floors(Ratio::ONE, Seconds(u32::MAX), BasisPoints::ONE), Err(MathError::Overflow));
    assert_eq!(waiting_floors(bps(40_001), Seconds(10), BasisPoints::ONE), Err(MathError::VolatilityOutOfRange));
    let fees = |open, close| FeeParams { open: BasisPoints(open), close: BasisPoints(close), ..FeeParams::default() };
    for (open, close, covered) in [(5, 3, true), (5, 2, false), (4, 3, false), (6, 3, true)] {
        let floors = (BasisPoints(5), BasisPoints(3));
        assert_eq!(fees(open, close).check_waiting_floors(floors).is_ok(), covered, "{open} {close}");
    }
}

/// What two choices are worth for each round trip, in standard deviations of the price in the window: opening lapses for the bond, closing for its fee, and each is filled for what is kept of its fee where that
/// is better. The second is what leaving costs alone. Prices move by a normal number, or by jumps that come seldom.
fn worth_of_waiting(bond: f64, (open, close): (f64, f64), kept: f64, moves: &[(f64, f64)]) -> (f64, f64) {
    let mean = |f: &dyn Fn(f64) -> f64| moves.iter().map(|(x, weight)| f(*x) * weight).sum::<f64>();
    // What is left to pay for who wants to leave: the fixed point of paying the fee and waiting, or leaving.
    let (mut low, mut high) = (-50.0, 50.0);
    for _ in 0..200 {
        let cost = (low + high) / 2.0;
        if mean(&|x| (x + cost + (1.0 - kept) * close).max(0.0)) < close { low = cost } else { high = cost }
    }
    (mean(&|x| (x - kept * open - low).max(-bond)), low)
}

/// Within the floors no choice pays, nor does leaving alone, for normal moves and for jumps, with a bond of a strike at half of the price, whatever is kept of the fees; below them it does.
#[test]
fn waiting_pays_below_the_floor_alone() {
    let normal: Vec<(f64, f64)> = (-6_000..=6_000)
        .map(|x| f64::from(x) / 1_000.0)
        .map(|x| (x, (-x * x / 2.0).exp() / (2.0 * core::f64::consts::PI).sqrt() / 1_000.0))
        .collect();
    let jumps = |chance: f64| {
        let size = (1.0 / chance).sqrt();
        vec![(size, chance / 2.0), (-size, chance / 2.0), (0.0, 1.0 - chance)]
    };
    for moves in [normal.clone(), jumps(1.0), jumps(0.3), jumps(0.01)] {
        for kept in [0.25f64, 0.54, 0.72, 1.0] {
            let (open, close) = (0.5f64.sqrt() / kept.sqrt(), 0.5 / kept.sqrt());
            for more in [(1.0, 1.0), (1.5, 1.0), (1.0, 1.4), (3.0, 6.0), (10.0, 20.0)] {
                let fees = (more.0 * open, more.1 * close);
                for part in [0.5, 0.7, 1.0] {
                    let (worth, leaving) = worth_of_waiting(part * fees.0, fees, kept, &moves);
                    assert!(worth <= 1e-6 && leaving >= -1e-6, "{fees:?} {kept} {part}: {worth} {leaving}");
                }
            }
        }
    }
    assert!(worth_of_waiting(0.2, (0.2, 0.2), 1.0, &normal).0 > 0.1);
    assert!(worth_of_waiting(1.0, (1.0, 0.05), 1.0, &normal).0 > 0.1);
    // At the floors of whole fees, where a quarter of them is kept.
    assert!(worth_of_waiting(0.35, (0.71, 0.5), 0.25, &normal).0 > 0.1);
}

#[test]
fn a_split_has_to_be_whole() {
    let bad = FeeSplit::new(BasisPoints(6_000), BasisPoints(2_500), BasisPoints(1_501));
    assert_eq!(bad, Err(MathError::InvalidParameter));
    let parts = FeeSplit::default().split(Native(7)).unwrap();
    assert_eq!((parts.main, parts.insurance, parts.protocol), (Native(5), Native(1), Native(1)));
}

#[test]
fn a_penalty_by_hand() {
    let params = PenaltyParams::default();
    let penalty = |notional, equity, gain| {
        let due = params.due(Native(notional), NativeDelta(gain)).unwrap();
        let p = params.penalty(due, NativeDelta(equity), NativeDelta(gain)).unwrap();
        (p.liquidator.0, p.insurance.0)
    };
    assert_eq!(penalty(1_000_000, 1_000_000, 1_000_000), (2_000, 2_000));
    assert_eq!(penalty(1_000_001, 1_000_000, 1_000_000), (2_000, 2_001));
    assert_eq!(penalty(1_000_000, 10_000, 1_000_000), (1_000, 1_000));
    assert_eq!(penalty(1_000_000, 1_000_000, 1_505), (150, 151));
    assert_eq!(penalty(1_000_000, -5, 1_000_000), (0, 0));
    assert_eq!(penalty(1_000_000, 1_000_000, -5), (0, 0));
}

proptest! {
    #![proptest_config(cases(20_000))]

    #[test]
    fn splits_conserve(fee in any::<u64>(), insurance in 0u16..=10_000, protocol in 0u16..=10_000, referrer in 0u16..=10_000) {
        let protocol = protocol % (10_001 - insurance);
        let main = 10_000 - insurance - protocol;
        let split = FeeSplit::new(BasisPoints(main), BasisPoints(insurance), BasisPoints(protocol)).unwrap();
        let parts = split.split(Native(fee)).unwrap();
        prop_assert_eq!(parts.main.0 + parts.insurance.0 + parts.protocol.0, fee);
        let exact = |share: u16| u128::from(fee) * u128::from(share) / 10_000;
        prop_assert!(u128::from(parts.main.0) >= exact(main) && u128::from(parts.main.0) <= exact(main) + 2);
        // Whoever is no pool gets no more than their share, to the unit.
        prop_assert_eq!(u128::from(parts.insurance.0), exact(insurance));
        prop_assert_eq!(u128::from(parts.protocol.0), exact(protocol));
        let (to_referrer, to_protocol) = split_referral(parts.protocol, BasisPoints(referrer)).unwrap();
        prop_assert_eq!(to_referrer.0 + to_protocol.0, parts.protocol.0);
        prop_assert_eq!(u128::from(to_referrer.0), u128::from(parts.protocol.0) * u128::from(referrer) / 10_000);
    }

    /// The fees of parts are together never less than the fee of the whole.
    #[test]
    fn splitting_never_saves(
        a in 1i64..1 << 40,
        b in 1i64..1 << 40,
        price in 1i64..100_000_000,
        value in 0i64..10_000_000,
        rate in 0u16..200,
    ) {
        let per_unit = fee_per_unit(cents(price), cents(value), BasisPoints(rate), CAP).unwrap();
        let fee = |points: i64| trade_fee(Points(points), per_unit, scale()).unwrap().0;
        prop_assert!(fee(a) + fee(b) >= fee(a + b));
        prop_assert_eq!(fee(a), fee(-a));
        // The fee is at least the exact share, and above it by the roundings at most.
        let exact = |amount: i64, share: u16| a as f64 * amount as f64 / 100.0 * f64::from(share) / 1e4 / 1e3;
        let wanted = exact(price, rate).min(exact(value, CAP.0));
        prop_assert!(fee(a) as f64 >= wanted * (1.0 - 1e-12) && (fee(a) as f64) < wanted * (1.0 + 1e-9) + 2.0);
    }

    #[test]
    fn penalties_are_bounded(notional in any::<u64>(), equity in any::<i64>(), gain in any::<i64>()) {
        let params = PenaltyParams::default();
        let due = params.due(Native(notional), NativeDelta(gain)).unwrap();
        let penalty = params.penalty(due, NativeDelta(equity), NativeDelta(gain)).unwrap();
        let total = penalty.total().unwrap().0;
        prop_assert!(u128::from(total) * 5 <= gain.max(0) as u128);
        prop_assert!(u128::from(total) * 5 <= equity.max(0) as u128);
        prop_assert!(u128::from(total) <= u128::from(notional) * 40 / 10_000 + 1);
        prop_assert!(penalty.insurance.0 - penalty.liquidator.0 <= 1);
    }

    /// The floor is at least 1.5 σ√age and above it by less than one basis point.
    #[test]
    fn floors_cover(sigma in 0i64..40_000, age in 0u32..86_400) {
        let floor = f64::from(latency_floor(bps(sigma), Seconds(age)).unwrap().0);
        let exact = 1.5 * sigma as f64 * (f64::from(age) / 31_536_000.0).sqrt();
        prop_assert!(floor >= exact - 1e-6 && floor < exact + 1.000_001, "{floor} {exact}");
    }
}
