//! Funding by who touches a series, on simulated prices.

use super::{FundingPoints, FundingRules, HALF_HOUR};
use crate::state::{DAY, Pool, Series};
use evergreen_math::{
    BasisPoints, Dollars, Ratio, Seconds, UnixTime,
    calendar::Week,
    option::{OptionKind, Terms},
    volatility::Smile,
};

const START: i64 = 1_800_000_000;
const SIGMA: f64 = 0.6;

/// Normal numbers from a linear congruential generator.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

fn dollars(price: f64) -> Dollars {
    Dollars::from_bits((price * 2f64.powi(64)) as i128)
}

/// Who touches a series, and when.
#[derive(Clone, Copy, Debug)]
enum Touches {
    /// Nobody, before the end of the day.
    Never,
    /// Everybody, every ten seconds.
    Always,
    /// A keeper, every half-hour.
    Keeper,
    /// A keeper every half-hour, and the holder whenever the time value has fallen by 3 % since the last touch.
    AtLows,
    /// A keeper every half-hour, and the writer whenever it has risen by 3 %.
    AtHighs,
    /// Nobody but the holder, at lows, and somebody else every two hours.
    OnlyLows,
}

const STRATEGIES: [Touches; 6] =
    [Touches::Never, Touches::Always, Touches::Keeper, Touches::AtLows, Touches::AtHighs, Touches::OnlyLows];

impl Touches {
    fn touches(self, since: i64, ratio: f64) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::Keeper => since >= HALF_HOUR,
            Self::AtLows => since >= HALF_HOUR || ratio < 0.97,
            Self::AtHighs => since >= HALF_HOUR || ratio > 1.03,
            Self::OnlyLows => since >= 4 * HALF_HOUR || ratio < 0.97,
        }
    }
}

/// One series under one strategy.
struct Played {
    series: Series,
    touches: i128,
    last: f64,
    /// Funding by the rule before: a trapezoid between touches, and the smaller rate beyond an hour.
    before: f64,
}

fn series(strike: u64, days: i64, cap_percent: u16) -> Series {
    let mut series: Series = bytemuck::Zeroable::zeroed();
    (series.strike, series.tenor, series.status) = (strike, (days * DAY) as u32, 1);
    series.cap_bps = cap_percent * 100;
    series.funding_touched = START as u32;
    series
}

/// What each strategy is charged in a day on average, in dollars, and the true integral.
struct Day {
    paid: [f64; STRATEGIES.len()],
    before: [f64; STRATEGIES.len()],
    truth: f64,
}

/// Plays days of the market. Panics where two strategies but the first are charged differently.
fn play(strike: u64, days: i64, cap_percent: u16, jumps: bool, paths: u64, carry_bps: i16) -> Day {
    const STEP: i64 = 10;
    let terms = Terms::new(
        OptionKind::Call,
        Dollars::from_int(strike as i64),
        Seconds((days * DAY) as u32),
        Some(BasisPoints(cap_percent * 100).to_ratio()),
    )
    .unwrap();
    let sigma = Ratio::from_bits((SIGMA * 2f64.powi(64)) as i128);
    let value = |price: f64| {
        let time_value = terms.value(sigma, dollars(price)).map_or(Dollars::ZERO, |value| value.time_value);
        time_value.to_bits() as f64 / 2f64.powi(64)
    };
    let cap = strike as f64 * f64::from(cap_percent) / 100.0;
    let mut day = Day { paid: Default::default(), before: Default::default(), truth: 0.0 };
    let rules = FundingRules { smile: Smile::FLAT, week: Week::EVEN };
    let mut pool: Pool = bytemuck::Zeroable::zeroed();
    (pool.params.funding_full_gap, pool.params.carry_base_bps[0]) = (9_000, carry_bps);
    for seed in 0..paths {
        let mut random = Random(seed * 7_919 + 17);
        let (mut price, mut now, mut points) = (100_000.0f64, START, FundingPoints::default());
        points.enter(UnixTime(START), dollars(price), sigma);
        let start = value(price);
        let mut all = STRATEGIES.map(|_| Played {
            series: series(strike, days, cap_percent),
            touches: 0,
            last: start,
            before: 0.0,
        });
        let deviation = SIGMA * (STEP as f64 / (365.0 * DAY as f64)).sqrt();
        while now < START + DAY {
            now += STEP;
            price *= (deviation * random.normal() - deviation * deviation / 2.0).exp();
            // Three jumps a day of 1.5 %.
            if jumps && random.uniform() < 3.0 * STEP as f64 / DAY as f64 {
                price *= (0.015 * random.normal()).exp();
            }
            if price >= cap {
                break;
            }
            let present = value(price);
            day.truth += present * STEP as f64 / (days * DAY) as f64;
            if now % 60 == 0 {
                points.enter(UnixTime(now), dollars(price), sigma);
            }
            for (strategy, played) in STRATEGIES.iter().zip(&mut all) {
                let since = now - i64::from(played.series.funding_touched);
                if strategy.touches(since, present / played.last) || now == START + DAY {
                    let (seen, tenor) = (since.min(3_600) as f64, (days * DAY) as f64);
                    played.before += (played.last + present) / 2.0 * seen / tenor;
                    played.before += played.last.min(present) * (since as f64 - seen) / tenor;
                    played.last = present;
                    points.accrue(&mut played.series, &rules, &pool, UnixTime(now)).unwrap();
                    played.touches += 1;
                }
            }
        }
        for played in &mut all {
            points.accrue(&mut played.series, &rules, &pool, UnixTime(now)).unwrap();
        }
        let exact = all[1].series.funding().index.0;
        for (place, played) in all.iter().enumerate() {
            let index = played.series.funding().index.0;
            // Each accrual rounds down by less than 2^−40 dollars.
            if place > 0 {
                let most = played.touches.max(all[1].touches) + 64;
                assert!((index - exact).abs() <= most, "{:?}: {index} and {exact}", STRATEGIES[place]);
            }
            day.paid[place] += index as f64 / 2f64.powi(40) / paths as f64;
            day.before[place] += played.before / paths as f64;
        }
    }
    day.truth /= paths as f64;
    day
}

/// Whoever touches, and however often, the same is paid to the last bits of the index, as long as a series is touched once in two
/// and a half hours. A series that nobody touches for a day pays the average of the rates at both ends of what is no longer known.
#[test]
fn audit_a9_funding_does_not_depend_on_who_touches() {
    for (days, cap) in [(1, 110), (7, 120), (30, 140)] {
        for strike in [100_000u64, 104_000, 97_000] {
            for jumps in [false, true] {
                let day = play(strike, days, cap, jumps, 8, 0);
                let percent = |paid: f64| (paid / day.truth - 1.0) * 100.0;
                let list = |all: [f64; STRATEGIES.len()]| all.map(|paid| format!("{:+.1}", percent(paid))).join(" ");
                println!(
                    "{days} d, strike {strike}, jumps {jumps}: {:.2} $; before {}; now {}",
                    day.truth,
                    list(day.before),
                    list(day.paid)
                );
                // The grid of half-hours favours nobody.
                assert!(percent(day.paid[1]).abs() < 4.0, "{:+.2} %", percent(day.paid[1]));
            }
        }
    }
}

/// With a carry that holders are paid the index falls, and it does so by the same amount whoever touches; [`play`] compares the strategies.
#[test]
fn a_negative_carry_pays_holders_whoever_touches() {
    let (without, with) = (play(80_000, 7, 140, true, 4, 0), play(80_000, 7, 140, true, 4, -5_000));
    // 50 % a year on a delta of about 100,000 dollars, for a day, where the time value is next to nothing.
    let paid = with.paid[1] - without.paid[1];
    assert!((-145.0..-125.0).contains(&paid), "{paid}");
    assert!(with.paid[1] < 0.0, "{}", with.paid[1]);
}

/// Whoever applies points as they come, and whoever applies all of them at once, comes to the same, whatever the gaps between them and the carry. Before, the carry up to a
/// point was counted twice where the next one came later than `funding_full_gap` after it, and once where somebody had touched the series between them.
#[test]
fn audit_replay_comes_to_the_same_in_parts_and_at_once() {
    let (mut random, rules) = (Random(5), FundingRules { smile: Smile::FLAT, week: Week::EVEN });
    let sigma = Ratio::from_bits((SIGMA * 2f64.powi(64)) as i128);
    for (strike, full_gap) in [(100_000u64, 60), (80_000, 1_800), (95_000, 3_600), (100_000, 9_000)] {
        let mut pool: Pool = bytemuck::Zeroable::zeroed();
        (pool.params.funding_full_gap, pool.params.carry_bps, pool.depth) = (full_gap, 20_000, 1_000_000_000);
        (pool.underlying_count, pool.params.direction_limit_bps[0]) = (1, 5_000);
        pool.underlyings[0].carry.touched = START;
        let mut points = FundingPoints::default();
        points.enter(UnixTime(START), dollars(100_000.0), sigma);
        let mut listed = series(strike, 7, 140);
        listed.set_slope(dollars(60_000.0), UnixTime(START));
        points.accrue(&mut listed, &rules, &pool, UnixTime(START)).unwrap();
        let (mut at_once, mut in_parts) = (listed, listed);
        let (mut begin, mut moved) = (START / HALF_HOUR + 1, 0);
        for _ in 0..40 {
            // Five half-hours, some of them without a point: as many as are kept.
            for half_hour in begin..begin + 5 {
                if random.uniform() < 0.3 {
                    continue;
                }
                let moment = half_hour * HALF_HOUR + (random.uniform() * 1_790.0) as i64;
                pool.advance_carry(moment).unwrap();
                pool.underlyings[0].carry.net_delta = (random.normal() * 1e8) as i64;
                points.enter(UnixTime(moment), dollars(100_000.0 * (0.02 * random.normal()).exp()), sigma);
                for now in [moment, moment + 1, moment + 5] {
                    points.replay(&mut in_parts, &rules, &pool, UnixTime(now)).unwrap();
                }
                assert_eq!(i64::from(in_parts.funding_touched), moment.max(i64::from(at_once.funding_touched)));
                assert_eq!(points.waiting(in_parts.funding_touched.into()), 0);
            }
            begin += 5;
            let now = UnixTime(begin * HALF_HOUR - 1);
            pool.advance_carry(now.0).unwrap();
            for one in [&mut at_once, &mut in_parts] {
                let before = one.funding().index.0;
                points.accrue(one, &rules, &pool, now).unwrap();
                moved += i64::from(one.funding().index.0 != before);
            }
            let indices = [&at_once, &in_parts].map(|one| one.funding().index.0 as f64 / 2f64.powi(40));
            // A carry is kept to 2^19 millionths a year times seconds, a thousandth of a dollar on this slope.
            assert!((indices[0] - indices[1]).abs() < 0.05, "full gap {full_gap}: {indices:?}");
            at_once = in_parts;
        }
        assert!(moved > 40);
    }
}
