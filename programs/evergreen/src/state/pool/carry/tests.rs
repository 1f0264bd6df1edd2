//! Rates do not depend on who touches a pool, or how often.

use super::{CARRY_RATES, HALF_HOUR, PoolCarry, half_hour};
use evergreen_math::{BasisPoints, CarryRate, Native, carry::CarryRule};

const RULE: CarryRule = CarryRule { per_skew: BasisPoints(60_000), limit: BasisPoints(4_000), base: -100 };
const DEPTH: Native = Native(1_000_000);
const START: i64 = 1_700_000_000 / HALF_HOUR * HALF_HOUR;

/// A pool whose net delta is moved at moments since the start, and which is touched at others.
fn played(changes: &[(i64, i64)], touches: &[i64], end: i64) -> PoolCarry {
    let mut carry = PoolCarry { touched: START, ..PoolCarry::default() };
    for moment in 0..=end {
        let change = changes.iter().find(|(at, _)| *at == moment);
        if change.is_some() || touches.contains(&moment) || moment == end {
            carry.advance(&RULE, DEPTH, START + moment).unwrap();
        }
        if let Some((_, net_delta)) = change {
            carry.net_delta = *net_delta;
        }
    }
    carry
}

#[test]
fn a_rate_is_that_of_the_average_of_the_half_hour_before() {
    // 100,000 for a third of a half-hour and 40,000 for the rest: 60,000 on average, a skew of 0.06, 36 % a year less the base.
    let carry = played(&[(0, 100_000), (600, 40_000)], &[], 3 * HALF_HOUR);
    let rate = |number: u32| carry.rate(half_hour(START) + number);
    assert_eq!(rate(1), CarryRate(360_000 - 10_000));
    assert_eq!((rate(2), rate(3)), (CarryRate(240_000 - 10_000), CarryRate(240_000 - 10_000)));
    // Half-hours before the oldest that is kept, and those to come, have the rate at that end.
    assert_eq!((rate(0), rate(9)), (CarryRate(0), rate(3)));
    assert_eq!(carry.rate(half_hour(START) - 100), carry.rate(half_hour(START) + 3 - (CARRY_RATES as u32 - 1)));
}

#[test]
fn whoever_touches_and_how_often_changes_nothing() {
    let changes = [(17, 300_000), (1_799, -500_000), (1_801, 200_000), (5_000, 0), (5_400, 77_777), (9_001, -1)];
    let end = 20_000;
    let untouched = played(&changes, &[], end);
    let every: Vec<i64> = (0..end).collect();
    assert_eq!(played(&changes, &every, end), untouched);
    assert_eq!(played(&changes, &[1_800, 3_599, 3_600, 3_601, 12_345], end), untouched);
}

#[test]
fn half_hours_without_a_touch_are_those_of_the_net_delta_that_stands() {
    let carry = played(&[(100, 250_000)], &[], 100 * HALF_HOUR + 7);
    for number in 93..=100 {
        assert_eq!(carry.rate(half_hour(START) + number), CarryRate(1_500_000 - 10_000));
    }
    assert_eq!((carry.sum.get(), carry.touched), (7 * 250_000, START + 100 * HALF_HOUR + 7));
}

#[test]
fn a_sign_that_has_turned_leaves_the_base() {
    // Longs for nearly all of the half-hour, shorts at its end: what the average says would have the pool pay.
    let carry = played(&[(0, 200_000), (1_790, -200_000)], &[], HALF_HOUR);
    assert_eq!(carry.rate(half_hour(START) + 1), CarryRate(-10_000));
}

#[test]
fn a_clock_that_stands_or_goes_back_changes_nothing() {
    let mut carry = played(&[(0, 200_000)], &[], 900);
    let before = carry;
    for now in [START + 900, START, 0, i64::MIN] {
        carry.advance(&RULE, DEPTH, now).unwrap();
        assert_eq!(carry, before);
    }
    // From the beginning of time on a new pool has the base.
    let mut fresh = PoolCarry::default();
    fresh.advance(&RULE, Native::ZERO, START).unwrap();
    assert_eq!(fresh.rates, [-10_000; CARRY_RATES]);
}

#[test]
fn no_rule_and_no_time_reaches_the_border_of_a_sum() {
    // The largest carry of any rule, all the time up to the last second that accounts can hold.
    let rule = CarryRule { per_skew: BasisPoints(u16::MAX), limit: BasisPoints(u16::MAX), base: i16::MAX };
    let mut carry = PoolCarry { net_delta: i64::MAX, ..PoolCarry::default() };
    for now in [1, START, i64::from(u32::MAX)] {
        carry.advance(&rule, Native(1), now).unwrap();
        assert!(carry.rates.iter().all(|rate| rate.unsigned_abs() < 1 << 26), "{:?}", carry.rates);
        assert!(carry.carried.unsigned_abs() < 1 << 58, "{}", carry.carried);
    }
    assert!(carry.carried > 1 << 56, "{}", carry.carried);
    // What is beyond is an error, and no sum that stands still.
    carry.carried = i64::MAX - 1;
    let error = carry.advance(&rule, Native(1), i64::from(u32::MAX) + 1).unwrap_err();
    assert_eq!(error, crate::errors::EvergreenError::Overflow.into());
}
