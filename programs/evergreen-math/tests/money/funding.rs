use crate::common::{cases, cents, scale};
use evergreen_math::funding::{FundingIndex, SeriesFunding, claims, owed, pool_claim, settled_up_to};
use evergreen_math::{Dollars, MathError, NativeDelta, PointScale, Points, Seconds, UnixTime};
use proptest::prelude::*;

const HOUR: Seconds = Seconds::HOUR;
const WEEK: Seconds = Seconds(7 * 86_400);

fn start(rate: Dollars) -> SeriesFunding {
    SeriesFunding { rate, ..SeriesFunding::starting(UnixTime(1_000_000)) }
}

#[test]
fn an_hour_at_a_constant_rate() {
    let rate = Dollars::from_int(1_680);
    let after = start(rate).advance(rate, UnixTime(1_003_600), WEEK, HOUR).unwrap();
    // 1,680 dollars a week are ten dollars an hour.
    assert_eq!(after.index, FundingIndex(10 << 40));
    let due = owed(Points(1_000), after.index, FundingIndex::ZERO, scale()).unwrap();
    assert_eq!(due, NativeDelta(10));
}

#[test]
fn a_changed_rate_counts_from_now_on_and_by_the_average_beyond_an_hour() {
    let (low, high) = (Dollars::from_int(1_680), Dollars::from_int(3_360));
    for (from, to, first) in [(low, high, 10), (high, low, 20)] {
        let after = start(from).advance(to, UnixTime(1_003_600), WEEK, HOUR).unwrap();
        assert_eq!((after.index, after.rate), (FundingIndex(first << 40), to));
        let after = start(from).advance(to, UnixTime(1_010_800), WEEK, HOUR).unwrap();
        // The first hour costs what the rate in force asks for, the next two cost 15 dollars each.
        assert_eq!(after.index, FundingIndex((first + 30) << 40));
        assert_eq!(after.rate, to);
    }
}

#[test]
fn a_clock_that_stands_or_goes_back_changes_the_rate_only() {
    let before = start(cents(100));
    for now in [1_000_000, 999_999, 0, i64::MIN] {
        let after = before.advance(cents(300), UnixTime(now), WEEK, HOUR).unwrap();
        assert_eq!(after, SeriesFunding { rate: cents(300), ..before });
    }
}

#[test]
fn refusals() {
    let series = start(cents(100));
    let now = UnixTime(1_000_060);
    assert_eq!(series.advance(cents(1), now, Seconds::ZERO, HOUR), Err(MathError::TenorOutOfRange));
    assert_eq!(start(Dollars::MAX).advance(Dollars::MAX, now, WEEK, HOUR), Err(MathError::Overflow));
    assert_eq!(owed(Points(i64::MAX), FundingIndex(i128::MAX), FundingIndex::ZERO, scale()), Err(MathError::Overflow));
}

proptest! {
    #![proptest_config(cases(4_000))]

    /// A gap at a constant rate is accrued in one step or in many. More steps never raise the index and lower it by less than one
    /// of its units a step; what a position of up to 2^47 points at e = 3 owes changes by at most one native unit a step.
    #[test]
    fn splitting_a_gap(
        rate in -10_000_000i64..10_000_000,
        steps in prop::collection::vec(1i64..20_000, 1..40),
        tenor in 3_600u32..7_776_000,
        points in -(1i64 << 47)..(1i64 << 47),
    ) {
        let rate = cents(rate);
        let total: i64 = steps.iter().sum();
        let once = start(rate).advance(rate, UnixTime(1_000_000 + total), Seconds(tenor), HOUR).unwrap();
        let (mut many, mut now) = (start(rate), 1_000_000);
        for step in &steps {
            now += step;
            many = many.advance(rate, UnixTime(now), Seconds(tenor), HOUR).unwrap();
        }
        let lost = once.index.0 - many.index.0;
        prop_assert!((0..steps.len() as i128).contains(&lost), "lost {lost} in {} steps", steps.len());
        let due = |f: SeriesFunding| owed(Points(points), f.index, FundingIndex::ZERO, scale()).unwrap().0;
        prop_assert!((due(once) - due(many)).unsigned_abs() <= steps.len() as u64);
    }

    /// Settling at every step instead of once never gains the user anything, and costs less than one unit a step.
    #[test]
    fn settling_often_never_gains(
        rates in prop::collection::vec((-1_000_000i64..1_000_000, 1i64..10_000), 1..20),
        points in -(1i64 << 40)..(1i64 << 40),
    ) {
        let mut series = start(Dollars::ZERO);
        let (mut now, mut paid, mut snapshot) = (1_000_000, 0, FundingIndex::ZERO);
        for (rate, step) in &rates {
            now += step;
            let next = series.advance(cents(*rate), UnixTime(now), WEEK, HOUR).unwrap();
            series = next;
            paid += owed(Points(points), series.index, snapshot, scale()).unwrap().0;
            snapshot = series.index;
        }
        let once = owed(Points(points), series.index, FundingIndex::ZERO, scale()).unwrap().0;
        prop_assert!(paid >= once && paid - once < rates.len() as i64);
    }

    /// Whole units of what a position owes, or is owed, are settled in any number of parts: the index stays between the snapshot and the present one; no part is more than was asked for, nor less by more than a step of the index is worth;
    /// and all parts together cost the position no more than a step for each.
    #[test]
    fn parts_of_funding_are_settled_as_far_as_they_go(
        (points, change, e) in (-(1i64 << 44)..(1i64 << 44), -(1i128 << 56)..(1i128 << 56), 0u8..=9),
        parts in prop::collection::vec(0u64..=1_000, 1..8),
    ) {
        prop_assume!(points != 0);
        let (scale, held) = (PointScale::new(e).unwrap(), Points(points));
        let begun = FundingIndex(7 << 40);
        let now = FundingIndex(begun.0 + change);
        // What a step of the index is worth on the position, in native units.
        let step = points.unsigned_abs() as f64 / (1u64 << 40) as f64 / 10f64.powi(e.into());
        let all = owed(held, now, begun, scale).unwrap().0;
        let (mut snapshot, mut paid) = (begun, 0);
        for part in &parts {
            let left = owed(held, now, snapshot, scale).unwrap().0;
            let whole = if left > 0 { left - 1 } else { left };
            let wanted = (i128::from(whole) * i128::from(*part) / 1_000) as i64;
            let to = settled_up_to(held, snapshot, NativeDelta(wanted), scale).unwrap();
            prop_assert!((snapshot.0.min(now.0)..=snapshot.0.max(now.0)).contains(&to.0));
            let moved = owed(held, to, snapshot, scale).unwrap().0;
            prop_assert!(moved.abs() <= wanted.abs() && moved.signum() * wanted.signum() >= 0, "{moved} for {wanted}");
            prop_assert!((wanted - moved).abs() as f64 <= step.floor() + 1.0 && (step >= 1.0 || moved == wanted), "{moved} for {wanted}");
            (snapshot, paid) = (to, paid + moved);
        }
        let lost = paid + owed(held, now, snapshot, scale).unwrap().0 - all;
        prop_assert!(lost >= -1 && lost as f64 <= parts.len() as f64 * (step + f64::from(u8::from(step >= 1.0))) + 1.0, "lost {lost}");
    }

    /// Neither the pool's claim nor that on a side exceeds the sum of what accounts owe, and falls short of it by at most two units and two per account,
    /// whatever positions were opened, changed and closed, and however far the index is: the sums wrap around. Without positions all are zero.
    #[test]
    fn claim_is_what_accounts_owe(
        events in prop::collection::vec((0usize..6, -(1i64 << 44)..(1i64 << 44), -1_000_000i64..1_000_000, 0i64..20_000), 1..40),
        (e, begun) in (0u8..=9, -(1i128 << 80)..(1i128 << 80)),
        close in any::<bool>(),
    ) {
        let scale = PointScale::new(e).unwrap();
        let mut series = SeriesFunding { index: FundingIndex(begun), ..start(Dollars::ZERO) };
        let mut accounts = [(0i64, FundingIndex(begun)); 6];
        let mut now = 1_000_000;
        let turn = |series: &mut SeriesFunding, accounts: &mut [(i64, FundingIndex); 6], who: usize, to: i64| {
            let (points, snapshot) = accounts[who];
            let before = claim(series, accounts, scale);
            let due = i128::from(owed(Points(points), series.index, snapshot, scale).unwrap().0);
            *series = series.on_position_change(Points(points), snapshot, Points(to), scale).unwrap();
            accounts[who] = (to, series.index);
            // What is paid and what is still claimed add up, but for roundings.
            let kept = due + i128::from(claim(series, accounts, scale)) - i128::from(before);
            assert!((-3..=4).contains(&kept), "{due} {before} {kept}");
        };
        // A side is opened and closed in points of 2^44 within weeks, so what is unsettled stays within 64 bits of native units only at a scale for such points.
        let shrink = if e < 3 { 1 << 20 } else { 1 };
        for (who, to, rate, step) in events {
            now += step;
            series = series.advance(cents(rate), UnixTime(now), WEEK, HOUR).unwrap();
            turn(&mut series, &mut accounts, who, to / shrink);
            let owed_by = |is_meant: &dyn Fn(i64) -> bool| -> i64 {
                let meant = accounts.iter().filter(|(points, _)| is_meant(*points));
                meant.map(|(points, snapshot)| owed(Points(*points), series.index, *snapshot, scale).unwrap().0).sum()
            };
            let most = 2 + 2 * accounts.len() as i64;
            let close_below = |claim: i64, owed: i64| (0..=most).contains(&(owed - claim));
            let (long, short) = sides(&accounts);
            let sides = claims(long, short, &series, scale).unwrap();
            prop_assert!(close_below(claim(&series, &accounts, scale), owed_by(&|_| true)));
            prop_assert!(close_below(sides.bought.0, owed_by(&|points| points > 0)));
            prop_assert!(close_below(sides.written.0, owed_by(&|points| points < 0)));
        }
        if close {
            for who in 0..accounts.len() {
                turn(&mut series, &mut accounts, who, 0);
            }
            prop_assert_eq!((series.bought_basis, series.written_basis), (0, 0));
            prop_assert_eq!(pool_claim(Points::ZERO, Points::ZERO, &series, scale), Ok(NativeDelta::ZERO));
        }
    }

    /// Over any gap the accrual lies between those of the two rates.
    #[test]
    fn accrual_lies_between_the_rates(from in -1_000_000i64..1_000_000, to in -1_000_000i64..1_000_000, gap in 1i64..400_000) {
        let after = start(cents(from)).advance(cents(to), UnixTime(1_000_000 + gap), WEEK, HOUR).unwrap();
        let at = |rate: i64| {
            start(cents(rate)).advance(cents(rate), UnixTime(1_000_000 + gap), WEEK, HOUR).unwrap().index.0
        };
        prop_assert!(after.index.0 >= at(from.min(to)));
        prop_assert!(after.index.0 <= at(from.max(to)));
    }
}

/// The claims are small and large, exact and not, on either side of zero. A claim unit is 2^29 points and dollars at e = 9, and one at e = 0.
#[test]
fn claims_round_down_at_every_size() {
    for (e, bought, written, expected) in [
        (0u8, 1u64, 0u64, -1i64),
        (0, 0, 1, 1),
        (9, 1, 0, -1),
        (9, 0, 1, 0),
        // Two units are 2^30 points and dollars, more than 10^9 of them.
        (9, 0, 2, 1),
        (9, 2, 0, -2),
        (9, 0, 1 << 62, ((1i128 << 91) / 1_000_000_000) as i64),
        (9, 1 << 62, 0, -((1i128 << 91) / 1_000_000_000) as i64 - 1),
        (9, 1 << 62, 1 << 62, 0),
    ] {
        let series =
            SeriesFunding { bought_basis: bought, written_basis: written, ..SeriesFunding::starting(UnixTime(0)) };
        let scale = PointScale::new(e).unwrap();
        let claim = pool_claim(Points::ZERO, Points::ZERO, &series, scale);
        assert_eq!(claim, Ok(NativeDelta(expected)), "{e} {bought} {written}");
    }
    let beyond =
        SeriesFunding { bought_basis: 1 << 63, written_basis: u64::MAX >> 1, ..SeriesFunding::starting(UnixTime(0)) };
    let scale = PointScale::new(0).unwrap();
    // Each of them wraps around to a side that is owed to; together they are beyond 64 bits.
    let beyond = SeriesFunding { bought_basis: 1, written_basis: 1 << 63, ..beyond };
    assert_eq!(pool_claim(Points::ZERO, Points::ZERO, &beyond, scale), Err(MathError::Overflow));
}

/// What is owed to one side does not hide what the other one owes.
#[test]
fn sides_are_told_apart() {
    let (long, short) = (Points(7_000), Points(9_000));
    let mut series = start(Dollars::from_int(1_680));
    series = series.on_position_change(Points::ZERO, series.index, long, scale()).unwrap();
    series = series.on_position_change(Points::ZERO, series.index, Points(-9_000), scale()).unwrap();
    let after = series.advance(Dollars::ZERO, UnixTime(1_003_600), WEEK, HOUR).unwrap();
    let sides = claims(long, short, &after, scale()).unwrap();
    // They owe 70 and are owed 90 native units, rounded down in claim units of 512 points and dollars, a thousand of which are a native unit.
    assert_eq!((sides.bought, sides.written), (NativeDelta(69), NativeDelta(-91)));
    assert_eq!(pool_claim(long, short, &after, scale()), Ok(NativeDelta(-21)));
}

fn sides(accounts: &[(i64, FundingIndex); 6]) -> (Points, Points) {
    let sum = |sign: i64| Points(accounts.iter().map(|(points, _)| (points * sign).max(0)).sum());
    (sum(1), sum(-1))
}

fn claim(series: &SeriesFunding, accounts: &[(i64, FundingIndex); 6], scale: PointScale) -> i64 {
    let (long, short) = sides(accounts);
    pool_claim(long, short, series, scale).unwrap().0
}
