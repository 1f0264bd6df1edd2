//! Who trades ahead of what is known to come: the carry of the next half-hour, and the next sample of the volatility.

use super::{Random, best};
use evergreen_math::{
    BasisPoints, Dollars, Ratio, Seconds, UnixTime,
    calendar::Week,
    volatility::{self, VolatilityParams, VolatilityState},
};
use evergreen_sdk::{
    evergreen::state::{PoolParams, UnderlyingParams},
    presets,
};

/// Half-hours of a year of 365 days.
const HALF_HOURS: f64 = 17_520.0;
/// Days of a path of samples.
const DAYS: usize = 12;
/// Half-hours after which a position is closed.
const STAYS: [usize; 4] = [1, 4, 12, 24];
/// Half-hourly moves after which it is opened, in deviations at the quoted volatility; nothing for one that is opened always.
const MOVES: [f64; 4] = [0.0, 2.0, 3.0, 4.0];
/// Value of a straddle of 7 days at the money over the price, at a volatility of one.
const STRADDLE: f64 = 0.098;
/// Half-hours of its tenor.
const TENOR: f64 = 7.0 * 48.0;

/// Returns what the one gains most in an hour, basis points of their delta, who is on the paid side for each half-hour whose carry they know, at the largest skew
/// that trades can make, and pays `round_trip` each time. Whoever moves the rate for a position of that size is paid no more: their trade moves the carry by
/// as much as the largest carry, in the proportion of its size to the limit.
pub fn carry(pool: &PoolParams, round_trip: f64) -> f64 {
    let limit = pool.direction_limit_bps.iter().copied().max().unwrap_or_default();
    let most = f64::from(pool.carry_bps) / 1e4 * f64::from(limit) / 1e4;
    2.0 * (1e4 * most / HALF_HOURS - round_trip)
}

/// Half-hours of prices with the estimate before and after each sample.
pub struct Samples {
    /// Moves of the half-hours, logarithms.
    moves: Vec<f64>,
    /// Mark, ask, bid and the volatility of funding at the price of each half-hour, just before it is sampled, and just after.
    before: Vec<[f64; 4]>,
    after: Vec<[f64; 4]>,
}

fn params(params: &UnderlyingParams) -> VolatilityParams {
    let ratio = |bps: u16| BasisPoints(bps).to_ratio();
    VolatilityParams {
        fast_half_life: Seconds(params.vol_fast_half_life),
        slow_half_life: Seconds(params.vol_fast_half_life * u32::from(params.vol_slow_half_lives)),
        min_interval: Seconds(params.vol_min_interval),
        sample_cap_sigmas: params.vol_sample_cap,
        start: ratio(params.vol_start_bps),
        multiplier: ratio(params.vol_multiplier_bps),
        min: ratio(params.vol_min_bps),
        max: ratio(params.vol_max_bps),
        max_change_per_hour: BasisPoints(params.vol_max_change_bps),
        week: Week::EVEN,
    }
}

fn float(x: Ratio) -> f64 {
    x.to_bits() as f64 * (-64f64).exp2()
}

fn quotes(params: &VolatilityParams, state: &VolatilityState, price: f64, now: i64) -> Option<[f64; 4]> {
    let price = Dollars::from_bits((price * 64f64.exp2()) as i128);
    let quoted = volatility::quoted(params, state, price, UnixTime(now)).ok()?;
    let week = Seconds(7 * Seconds::DAY.0);
    Some([quoted.mark(week).ok()?, quoted.ask, quoted.bid(week).ok()?, quoted.marks.front].map(float))
}

impl Samples {
    /// Draws a path whose volatility (percent a year) is one third or five thirds of itself for four hours at a time. Nothing for prices or parameters of no market.
    pub fn of(seed: u64, percent: f64) -> Option<Self> {
        let mut random = Random(seed.wrapping_mul(0x0303_0303_0303_0303));
        let params = params(&presets::btc(presets::PYTH_RECEIVER).params);
        let deviation = percent / 100.0 / HALF_HOURS.sqrt();
        let (mut price, mut now, mut scale) = (100_000.0f64, 0, 1.0);
        let mut state = params.start(Dollars::from_int(100_000), UnixTime(0)).ok()?;
        let mut samples = Self { moves: Vec::new(), before: Vec::new(), after: Vec::new() };
        // Forty days come first, in which the averages arrive.
        for half_hour in 0..(40 + DAYS) * 48 {
            if half_hour % 8 == 0 {
                scale = if random.unit() < 0.5 { 1.0 / 3.0 } else { 5.0 / 3.0 } / (13.0f64 / 9.0).sqrt();
            }
            let moved = deviation * scale * random.normal();
            price *= moved.exp();
            now += 1_800;
            let before = quotes(&params, &state, price, now - 1)?;
            let sampled = Dollars::from_bits((price * 64f64.exp2()) as i128);
            state = volatility::sample(&params, &state, sampled, UnixTime(now), UnixTime(now)).ok()?;
            if half_hour >= 40 * 48 {
                samples.moves.push(moved);
                samples.before.push(before);
                samples.after.push(quotes(&params, &state, price, now)?);
            }
        }
        Some(samples)
    }

    /// Returns what a straddle gains that is bought a second before the sample of a half-hour that moved so far, hedged, and sold some half-hours later, basis points of
    /// notional, mean over all that a path has.
    fn gain(&self, (moved, stay): (f64, usize), costs: f64) -> f64 {
        let (mut gain, mut count) = (0.0, 0.0f64);
        for opened in 0..self.moves.len().saturating_sub(stay) {
            let [mark, ask, ..] = self.before[opened];
            if self.moves[opened].abs() * HALF_HOURS.sqrt() < moved * mark {
                continue;
            }
            let mut sum = -1e4 * STRADDLE * ask - costs;
            for half_hour in opened + 1..=opened + stay {
                let [mark, _, _, funding] = self.after[half_hour - 1];
                let realised = self.moves[half_hour].powi(2) * HALF_HOURS;
                // What its curvature earns less what funding takes.
                sum += 1e4 * STRADDLE * (realised / mark - funding) / TENOR;
            }
            gain += sum + 1e4 * STRADDLE * self.before[opened + stay][2];
            count += 1.0;
        }
        gain / count.max(1.0)
    }
}

/// Returns the mean gain of a trade of the best of these strategies, and half of its interval, basis points of notional.
pub fn samples(paths: &[Samples], costs: f64) -> (f64, f64) {
    let strategies: Vec<(f64, usize)> = MOVES.iter().flat_map(|m| STAYS.iter().map(|s| (*m, *s))).collect();
    best(paths, &strategies, |path, strategy| path.gain(strategy, costs))
}
