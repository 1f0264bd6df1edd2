//! Every helper that divides or rounds goes in the direction that it names.

use evergreen_math::carry::DeltaSum;
use evergreen_math::fees::fee_per_unit;
use evergreen_math::funding::{FundingIndex, owed, settled_up_to};
use evergreen_math::margin::Blend;
use evergreen_math::{
    BasisPoints, Dollars, MathError, Native, NativeDelta, PointScale, Points, Ratio, Rounding, Seconds,
};

const BOTH: [Rounding; 2] = [Rounding::Floor, Rounding::Ceil];

/// Returns `number / divisor`, rounded as asked, for a divisor above zero.
fn rounded(number: i128, divisor: i128, rounding: Rounding) -> i128 {
    match rounding {
        Rounding::Floor => number.div_euclid(divisor),
        Rounding::Ceil => -(-number).div_euclid(divisor),
    }
}

/// All pairs of signed 8-bit numbers.
fn pairs() -> impl Iterator<Item = (i128, i128)> {
    (-128..128).flat_map(|a| (-128..128).map(move |b| (a, b)))
}

/// Domain: all 8-bit triples of an amount, a numerator and a denominator × both directions.
#[test]
fn products_over_a_denominator() {
    for (amount, numerator) in (0u64..256).flat_map(|a| (0u64..256).map(move |n| (a, n))) {
        assert_eq!(Native(amount).mul_div(numerator, 0, Rounding::Floor), Err(MathError::DivisionByZero));
        for denominator in 1u64..256 {
            let product = amount * numerator;
            let [down, up] = BOTH.map(|rounding| Native(amount).mul_div(numerator, denominator, rounding).unwrap().0);
            assert_eq!((down, up), (product / denominator, product.div_ceil(denominator)));
        }
    }
}

/// Domain: all pairs of signed 8-bit numbers in units of 2^−64, 2^−60, 1/2 and 2^40, each unit with each.
#[test]
fn fixed_points_are_rounded_down_and_ratios_toward_zero() {
    for (shift, other) in [0u32, 4, 63, 104].into_iter().flat_map(|a| [0u32, 4, 63].map(|b| (a, b))) {
        for (a, b) in pairs() {
            let (x, y) = (a << shift, b << other);
            // The product has at most 14 bits above the shifts, which may not fit the reference.
            if shift + other <= 112 {
                assert_eq!(Dollars::from_bits(x).mul_floor(Ratio::from_bits(y)), Ok(Dollars::from_bits((x * y) >> 64)));
            }
            let whole = Dollars::from_bits(x).div_int(b as i64);
            let expected = (b != 0).then(|| rounded(x * b.signum(), b.abs(), Rounding::Floor));
            assert_eq!(whole.ok().map(Dollars::to_bits), expected, "{x} / {b}");
            if shift <= 4 && other == 0 {
                let expected = (b != 0).then(|| (a << (shift + 64)) / b);
                let ratio = Dollars::from_bits(x).ratio_to(Dollars::from_bits(b));
                assert_eq!(ratio.ok().map(Ratio::to_bits), expected, "{x} to {b}");
            }
        }
    }
}

/// Domain: all signed 8-bit points × all signed 8-bit prices in eighths and in 2^−64 of a dollar × exponents of 0 to 3 × both directions; and such products in units of 2^−16.
#[test]
fn native_units_of_points() {
    for scale in (0..=3).map(|e| PointScale::new(e).unwrap()) {
        let power = i128::from(scale.points_per_unit_dollar().get());
        for (points, price) in pairs() {
            for (shift, rounding) in [61, 0].into_iter().flat_map(|shift| BOTH.map(|rounding| (shift, rounding))) {
                let found =
                    scale.native(Points(points as i64), Dollars::from_bits(price << shift), rounding).unwrap().0;
                let exact = rounded(points * (price << shift), power << 64, rounding);
                assert_eq!(i128::from(found), exact, "{points} at {price} << {shift}, {scale:?}");
            }
            for rounding in BOTH {
                let found = scale.native_of::<16>((points * price) << 10, rounding).unwrap().0;
                assert_eq!(i128::from(found), rounded((points * price) << 10, power << 16, rounding));
            }
        }
    }
}

/// Domain: all pairs of signed 8-bit amounts × all parts of wholes of 1 to 16 × both directions.
#[test]
fn what_lies_between_two_amounts() {
    for (from, to) in pairs() {
        for (part, whole) in (1u64..=16).flat_map(|whole| (0..=whole).map(move |part| (part, whole))) {
            for rounding in BOTH {
                let found =
                    Blend { part, whole }.of(NativeDelta(from as i64), NativeDelta(to as i64), rounding).unwrap();
                let exact = from + rounded((to - from) * i128::from(part), i128::from(whole), rounding);
                assert_eq!(i128::from(found.0), exact, "{part}/{whole} from {from} to {to}");
            }
        }
    }
}

/// Domain: all signed 8-bit points × all signed 8-bit steps of the index in units of 2^−40, 2^−8 and 1/8 dollar × exponents of 0 to 3.
#[test]
fn funding_is_rounded_against_the_position_and_settled_for_no_more_than_is_due() {
    for scale in (0..=3).map(|e| PointScale::new(e).unwrap()) {
        let power = i128::from(scale.points_per_unit_dollar().get());
        for shift in [0u32, 32, 37] {
            for (points, step) in pairs() {
                let (position, now) = (Points(points as i64), FundingIndex(step << shift));
                let due = owed(position, now, FundingIndex::ZERO, scale).unwrap();
                assert_eq!(i128::from(due.0), rounded(points * (step << shift), power << 40, Rounding::Ceil));
                // An index up to which no more is owed than what is asked for.
                let until = settled_up_to(position, FundingIndex::ZERO, due, scale).unwrap();
                let settled = owed(position, until, FundingIndex::ZERO, scale).unwrap();
                assert!(settled.0.abs() <= due.0.abs() && settled.0.signum() * due.0.signum() >= 0, "{points} {step}");
            }
        }
    }
}

/// Domain: all 8-bit prices and values in units of 2^−64 and 1/2 dollar × all rates and caps of value of 0 to 300 basis points in steps of 25, and 1.
#[test]
fn a_fee_is_rounded_up_and_is_the_lesser_of_its_two_parts() {
    let rates = || (0u16..=300).step_by(25).chain([1]);
    for shift in [0u32, 63] {
        for (rate, cap) in rates().flat_map(|rate| rates().map(move |cap| (rate, cap))) {
            for (price, value) in (0i128..256).step_by(5).flat_map(|p| (0i128..256).step_by(5).map(move |v| (p, v))) {
                let (price, value) = (price << shift, value << shift);
                let up = |amount: i128, share: u16| rounded(amount * i128::from(share), 10_000, Rounding::Ceil);
                let [of, most] = [price, value].map(Dollars::from_bits);
                let fee = fee_per_unit(of, most, BasisPoints(rate), BasisPoints(cap)).unwrap();
                assert_eq!(fee.to_bits(), up(price, rate).min(up(value, cap)));
            }
        }
    }
}

/// Domain: all signed 8-bit sums × all 8-bit spans.
#[test]
fn averages_are_rounded_toward_zero() {
    for (sum, span) in (-128i128..128).flat_map(|sum| (0u32..256).map(move |span| (sum, span))) {
        let average = DeltaSum(sum).average(Seconds(span)).ok().map(|average| i128::from(average.0));
        assert_eq!(average, (span != 0).then(|| sum / i128::from(span.max(1))));
    }
}
