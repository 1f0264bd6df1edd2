use crate::common::{any_sigma, any_terms, bps, cases, float, spot_near};
use evergreen_math::bounds::{slope_at_least, valuation_at_least};
use evergreen_math::carry::{CarryRate, CarryRule, Sides};
use evergreen_math::option::{OptionKind, OptionPricer, PricePoint, Terms, ValueAndSlope};
use evergreen_math::pool::value_and_slope;
use evergreen_math::{BasisPoints, Dollars, MathError, Native, NativeDelta, PointScale, Rounding, Seconds};
use proptest::prelude::*;

/// Six a year, at most at a skew of 0.4.
const RULE: CarryRule = CarryRule { per_skew: BasisPoints(60_000), limit: BasisPoints(4_000), base: 0 };

fn rate(rule: CarryRule, average: i64, present: i64, depth: u64) -> i32 {
    rule.rate(NativeDelta(average), NativeDelta(present), Native(depth)).unwrap().0
}

#[test]
fn a_carry_by_hand() {
    // A skew of a tenth costs 60 % a year, one of 0.4 or more 240 %.
    assert_eq!(rate(RULE, 100, 1, 1_000), 600_000);
    assert_eq!(rate(RULE, -100, -1, 1_000), -600_000);
    for skew in [400, 401, 100_000, i64::MAX] {
        assert_eq!(rate(RULE, skew, 1, 1_000), 2_400_000);
        assert_eq!(rate(RULE, -skew, -1, 1_000), -2_400_000);
    }
    assert_eq!((rate(RULE, 1, 1, 0), rate(RULE, 0, 0, 0)), (2_400_000, 0));
    // Where the average has not the sign of the present skew, the base alone is left.
    let based = CarryRule { base: -1_500, ..RULE };
    for (average, present) in [(100, -1), (-100, 1), (100, 0), (0, 100)] {
        assert_eq!((rate(RULE, average, present, 1_000), rate(based, average, present, 1_000)), (0, -150_000));
    }
    assert_eq!(rate(based, 100, 1, 1_000), 450_000);
    // A side may be as large as the limit and three quarters of the other.
    assert_eq!(RULE.largest(Native(1_001), Native::ZERO), Ok(Native(400)));
    assert_eq!(RULE.largest(Native(1_001), Native(301)), Ok(Native(625)));
}

#[test]
fn sides_by_hand() {
    // Three bought and one written of a call with a slope of 1.5 dollars, two bought of a put with −0.5; a thousand points pay a unit per dollar.
    let (call, put) = (Sides::of(3_000, 1_000, 3 << 15), Sides::of(2_000, 0, -(1 << 15)));
    assert_eq!((call.up >> 16, call.down >> 16, put.up, put.down >> 16), (4_500, 1_500, 0, 1_000));
    let (all, scale) = (call.with(Sides::ZERO, put).unwrap(), PointScale::new(3).unwrap());
    assert_eq!(all.net(scale), Ok(NativeDelta(2)));
    let side = |up, rounding| all.side(up, scale, rounding).unwrap().0;
    assert_eq!((side(true, Rounding::Floor), side(true, Rounding::Ceil)), (4, 5));
    assert_eq!((side(false, Rounding::Floor), side(false, Rounding::Ceil)), (2, 3));
    // The net delta is rounded down, also below zero; what is taken off leaves nothing.
    assert_eq!(put.net(scale), Ok(NativeDelta(-1)));
    assert_eq!(Sides::of(0, 1, 1).net(scale), Ok(NativeDelta(-1)));
    assert_eq!(all.with(call, Sides::ZERO).and_then(|rest| rest.with(put, Sides::ZERO)), Ok(Sides::ZERO));
    let most = Sides { up: i128::MAX, down: 0 };
    assert_eq!(most.with(Sides::ZERO, Sides::of(1, 0, 1)), Err(MathError::Overflow));
}

#[test]
fn carry_on_a_slope_by_hand() {
    // 60 % a year on 50,000 dollars is 82.19 a day, and as much is the other way round for a put or a negative rate.
    let year = Seconds::YEAR;
    let slope = Dollars::from_int(50_000);
    assert_eq!(CarryRate(1_000_000).on(slope, year), Ok(slope));
    let day = CarryRate(600_000).on(slope, Seconds::DAY).unwrap();
    assert!((float(day.to_bits()) - 30_000.0 / 365.0).abs() < 1e-12);
    let negative = Dollars::from_bits(-day.to_bits());
    assert_eq!(CarryRate(-600_000).on(slope, Seconds::DAY), Ok(negative));
    assert_eq!(CarryRate(600_000).on(Dollars::from_int(-50_000), Seconds::DAY), Ok(negative));
    let priced = ValueAndSlope { slope, ..ValueAndSlope::default() };
    assert_eq!(CarryRate(-600_000).funding_rate(&priced, Seconds::DAY), Ok(negative));
}

/// Slopes to 25 digits, from the formulas by a calculator with 40 digits (`tests/golden/slopes.py`).
#[test]
fn slopes_are_those_of_a_calculator() {
    for line in include_str!("../golden/slopes.csv").lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |place: usize| fields[place].parse::<i64>().unwrap();
        let kind = if fields[0] == "call" { OptionKind::Call } else { OptionKind::Put };
        let tenor = Seconds(u32::try_from(number(2)).unwrap());
        let terms = Terms::new(kind, Dollars::from_int(number(1)), tenor, Some(bps(number(3)))).unwrap();
        let pricer = OptionPricer::new(&terms, bps(number(4))).unwrap();
        let slope = pricer.with_slope(PricePoint::new(Dollars::from_int(number(5))).unwrap()).unwrap().slope;
        let expected: f64 = fields[6].parse().unwrap();
        let off = (float(slope.to_bits()) - expected).abs();
        assert!(off <= 1e-12 * number(5) as f64, "{line}: {} off by {off}", float(slope.to_bits()));
    }
}

proptest! {
    #![proptest_config(cases(4_000))]

    /// Whoever opens within the limit of a side, and closes at any time, never takes a side beyond four times the limit of one that stands alone.
    #[test]
    fn no_sequence_takes_a_side_beyond_four_times_the_limit(
        steps in proptest::collection::vec((any::<bool>(), any::<bool>(), 0u64..=1_000_000), 1..200),
        depth in 1_000u64..1_000_000_000,
    ) {
        let limit = RULE.largest(Native(depth), Native::ZERO).unwrap().0;
        let mut sides = [0u64; 2];
        for (up, opens, part) in steps {
            let (own, other) = (usize::from(!up), usize::from(up));
            if opens {
                let room = RULE.largest(Native(depth), Native(sides[other])).unwrap().0.saturating_sub(sides[own]);
                // Mostly all of it, so that the bound is neared.
                sides[own] += if part % 3 == 0 { room * part / 1_000_000 } else { room };
            } else {
                sides[own] -= if part % 3 == 0 { sides[own] * part / 1_000_000 } else { sides[own] };
            }
            prop_assert!(sides.iter().all(|side| *side <= 4 * limit), "{sides:?}, limit {limit}");
        }
    }

    /// The slope is that of the value: between two spots the value moves by what the slopes at both ends say, because it is convex. It has the
    /// sign of the kind and is at most the spot. The value is that without slope, to the bit.
    #[test]
    fn slopes_bound_the_value((terms, spot, step) in any_terms().prop_flat_map(|terms| {
        (Just(terms), spot_near(terms.strike()), 1i64..100)
    }), sigma in any_sigma()) {
        let pricer = OptionPricer::new(&terms, sigma).unwrap();
        let at = |spot| slope_at_least(&pricer, PricePoint::new(spot).unwrap()).unwrap();
        let further = spot.checked_add(spot.mul_floor(bps(step)).unwrap()).unwrap();
        let (here, there) = (at(spot), at(further));
        prop_assert_eq!(here.valuation, valuation_at_least(&pricer, PricePoint::new(spot).unwrap()).unwrap());
        let slope = here.slope.to_bits();
        let signed = if terms.kind() == OptionKind::Call { slope } else { -slope };
        prop_assert!(signed >= 0 && signed <= spot.to_bits());
        prop_assert!(!terms.is_capped_at(spot) || slope == 0);
        let in_domain = |spot: Dollars| {
            let ratio = float(spot.to_bits()) / float(terms.strike().to_bits());
            (0.0101..99.0).contains(&ratio) && !terms.is_capped_at(spot)
        };
        if !in_domain(spot) || !in_domain(further) {
            return Ok(());
        }
        let values = [&here, &there].map(|priced| float(priced.valuation.value().unwrap().to_bits()));
        let delta = |priced: &ValueAndSlope, spot: Dollars| float(priced.slope.to_bits()) / float(spot.to_bits());
        let width = float(further.to_bits()) - float(spot.to_bits());
        let error = 1e-11 * float(further.to_bits());
        prop_assert!(values[1] - values[0] >= width * delta(&here, spot) - error);
        prop_assert!(values[1] - values[0] <= width * delta(&there, further) + error);
    }

    /// The valuation of a registry finds the same value and slope.
    #[test]
    fn valuation_finds_the_same_slope((terms, spot) in crate::common::terms_and_spot(), sigma in any_sigma()) {
        let point = PricePoint::new(spot).unwrap();
        let priced = value_and_slope(&terms, sigma, point).unwrap();
        prop_assert_eq!(priced, slope_at_least(&OptionPricer::new(&terms, sigma).unwrap(), point).unwrap());
    }

    /// While the skew keeps its sign, the pool never pays on the whole, and never gets more than at the limit.
    #[test]
    fn the_pool_never_pays_on_the_whole(
        average in any::<i64>(), present in any::<i64>(), depth in any::<u64>(), per_skew in any::<u16>(), limit in any::<u16>(),
    ) {
        let rule = CarryRule { per_skew: BasisPoints(per_skew), limit: BasisPoints(limit), base: 0 };
        let rate = i128::from(rate(rule, average, present, depth));
        prop_assert!(rate * i128::from(present) >= 0);
        prop_assert!(rate.abs() * 100 <= i128::from(per_skew) * i128::from(limit));
        // It is the rate of the rule, rounded toward zero, below the limit.
        if depth > 0 && average.signum() == present.signum() && rate.abs() * 100 + 100 < i128::from(per_skew) * i128::from(limit) {
            let exact = i128::from(average.unsigned_abs()) * i128::from(per_skew) * 100;
            prop_assert_eq!(rate.abs(), exact / i128::from(depth));
        }
    }
}
