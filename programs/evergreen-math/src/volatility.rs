//! The volatility of quotes: the larger of two averages of squared returns.
//!
//! *Averages.* Prices `P` are sampled on a grid of times. A sample after `Δt` years adds `v = ln²(P/P₋)/τ`, an estimate of the annual
//! variance (`τ` is `Δt` as [the week](crate::calendar) counts it), to a fast and to a slow average with weight `1 − 2^(−Δt/half-life)`, so that a squared return counts the same however often
//! samples are taken, and the return over a gap counts for the time of the gap. `v` is cut at `c²` times the larger average. An average is at
//! most what the largest volatility of quotes needs.
//!
//! *Target.* `clamp(mult · √(larger average), σ_min, σ_max)`: it rises within the fast half-life and falls within the slow one. Without samples
//! it stays: nothing is known, so there is no level to which it would return.
//!
//! *Marks* of the shortest tenor (`front`) follow the target by at most x % an hour, those of the longest (`back`) the target of the slow average; a tenor takes its part of what lies between ([`Marks::of`]), because a
//! burst is expected to be over long before an option of 30 days. Funding is paid at `front`: it pays for the variance that there is. They are a continuous function of time: a sample changes the targets, but not the
//! volatilities at that moment, so no sample makes a mark jump.
//!
//! *Trades* count where marks are known to go ([`quoted`](fn@quoted)): whoever buys pays at least the target, and what a sample at the price of the
//! trade would make of it; whoever sells gets at most the target, and what is left of it when a burst is over, less what the burst adds to funding until then.
//! Otherwise a move that is on its way could be bought, or sold, before it has come.

use crate::calendar::{Span, Week};
use crate::elementary::{exp, ln, sqrt};
use crate::error::{MathError, MathResult};
use crate::option::OptionPricer;
use crate::units::{BasisPoints, Dollars, Ratio, Seconds, UnixTime};

mod quoted;

pub use crate::smile::{Smile, TenorSmile};
pub use quoted::{Marks, Quoted};

/// Parameters of the volatility of one underlying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolatilityParams {
    /// Half-life of the fast average.
    pub fast_half_life: Seconds,
    /// Half-life of the slow average.
    pub slow_half_life: Seconds,
    /// Least time between two samples.
    pub min_interval: Seconds,
    /// A sample's return is cut at this many standard deviations.
    pub sample_cap_sigmas: u16,
    /// Volatility of a new underlying per √year.
    pub start: Ratio,
    /// Mark-up on the root of the larger average.
    pub multiplier: Ratio,
    /// Least volatility of quotes per √year.
    pub min: Ratio,
    /// Largest volatility of quotes per √year.
    pub max: Ratio,
    /// The most that the volatility moves in an hour, as a share of itself.
    pub max_change_per_hour: BasisPoints,
    /// How fast variance runs by the day of the week.
    pub week: Week,
}

/// State of the volatility of one underlying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolatilityState {
    /// Fast average of squared log returns, per year.
    pub fast_variance: Ratio,
    /// Slow average of the same.
    pub slow_variance: Ratio,
    /// Price of the last sample, in dollars.
    pub last_price: Dollars,
    /// Grid time of the last sample.
    pub last_time: UnixTime,
    /// Volatility of marks of the shortest tenor at `sigma_time`, per √year.
    pub front: Ratio,
    /// That of the longest; at most `front`.
    pub back: Ratio,
    /// Moment at which the last sample was taken.
    pub sigma_time: UnixTime,
}

impl VolatilityParams {
    /// Checks the parameters. Errors: `InvalidParameter` unless `5 % ≤ min ≤ start ≤ max ≤ 400 %`, the share is at most 100 % and at least
    /// [`least_change_per_hour`](Self::least_change_per_hour), the fast half-life positive and at most the slow one, the multiplier positive and at most 10, a sample is cut at 1 to 100 standard
    /// deviations, and no day of the weekend is faster than an even one.
    pub fn check(&self) -> MathResult<()> {
        self.week.check()?;
        let ordered = OptionPricer::MIN_VOLATILITY <= self.min && self.min <= self.start;
        let ordered = ordered && self.start <= self.max && self.max <= OptionPricer::MAX_VOLATILITY;
        let multiplier = self.multiplier.is_positive() && self.multiplier <= Ratio::from_int(10);
        let cut = (1..=100).contains(&self.sample_cap_sigmas);
        let half_lives = !self.fast_half_life.is_zero() && self.fast_half_life <= self.slow_half_life;
        let least = Self::least_change_per_hour(self.fast_half_life);
        let change = least <= self.max_change_per_hour && self.max_change_per_hour <= BasisPoints::ONE;
        if ordered && multiplier && cut && half_lives && change { Ok(()) } else { Err(MathError::InvalidParameter) }
    }

    /// Returns the state of a new underlying, whose quotes are at the starting volatility: its averages are what this takes, at most what the
    /// largest volatility takes. Errors: as [`check`](Self::check); `Domain` for a price that is not positive.
    pub fn start(&self, price: Dollars, now: UnixTime) -> MathResult<VolatilityState> {
        self.check()?;
        if !price.is_positive() {
            return Err(MathError::Domain);
        }
        let variance = self.variance_of(self.start)?;
        let (fast_variance, slow_variance) = (variance, variance);
        let state = VolatilityState {
            fast_variance,
            slow_variance,
            last_price: price,
            last_time: now,
            front: self.start,
            back: self.start,
            sigma_time: now,
        };
        Ok(state)
    }

    /// Returns the average at which the target is this volatility, rounded down.
    fn variance_of(&self, sigma: Ratio) -> MathResult<Ratio> {
        let root = sigma.ratio_to(self.multiplier)?;
        root.mul_floor(root)
    }

    /// Returns the target at an average, per √year.
    #[inline(never)]
    fn target(&self, variance: Ratio) -> MathResult<Ratio> {
        Ok(sqrt(variance.max(Ratio::ZERO))?.mul_floor(self.multiplier)?.min(self.max).max(self.min))
    }

    /// Returns for how long what a burst adds to the volatility of marks would last, if it stayed as it is and then ended: one and a half times the mean life of the fast average, since a
    /// root falls more slowly than what it is of, up to six times the slow average's.
    pub fn burst(fast_half_life: Seconds) -> Seconds {
        // 1.5/ln 2 is just below 13/6.
        let life = u64::from(fast_half_life.0).saturating_mul(13) / 6;
        Seconds(u32::try_from(life).unwrap_or(u32::MAX))
    }

    /// Returns the least [`max_change_per_hour`](Self::max_change_per_hour) for a fast half-life: marks have to fall as fast as a burst ends, or its funding would outlast it.
    pub fn least_change_per_hour(fast_half_life: Seconds) -> BasisPoints {
        const HOUR_BPS: u32 = Seconds::HOUR.0 * 10_000;
        let change = HOUR_BPS.div_ceil(Self::burst(fast_half_life).0.max(1));
        BasisPoints(u16::try_from(change).unwrap_or(u16::MAX))
    }

    /// Returns the largest variance that counts as one sample. Averages of nothing do not hold it down: it is at least what the least
    /// volatility of quotes gives.
    fn largest(&self, state: &VolatilityState) -> MathResult<Ratio> {
        let cut = i64::from(self.sample_cap_sigmas).saturating_mul(i64::from(self.sample_cap_sigmas));
        state.larger().max(self.min.mul_floor(self.min)?).mul_int(cut)
    }

    /// Returns an average after a sample.
    #[inline(never)]
    fn averaged(&self, average: Ratio, variance: Ratio, elapsed: Seconds, half_life: Seconds) -> MathResult<Ratio> {
        let half_lives = Ratio::from_int(i64::from(elapsed.0)).div_int(i64::from(half_life.0))?;
        let survival = exp(Ratio::ZERO.checked_sub(half_lives.min(Ratio::from_int(64)).mul_floor(LN_2)?)?)?;
        let moved = variance.checked_sub(average)?.mul_floor(Ratio::ONE.checked_sub(survival)?)?;
        Ok(average.checked_add(moved)?.max(Ratio::ZERO).min(self.variance_of(self.max)?))
    }

    /// Returns the factor by which volatilities of marks move at most, up or down, in `elapsed`: `1 + (x − x²/2)·t`, `t` in
    /// hours. As `1 + (x − x²/2)·t ≤ (1 + x)^t`, neither one long step nor many short ones ever exceed x % an hour.
    #[inline(never)]
    fn factor(&self, elapsed: Seconds) -> MathResult<Ratio> {
        let x = i128::from(self.max_change_per_hour.0.min(BasisPoints::ONE.0));
        // In units of 1/(2·10^8), x − x²/2 is 2·10^4·x − x², at most 10^8.
        let rate = x.saturating_mul(20_000_i128.saturating_sub(x));
        // rate·elapsed < 2^59 in units of 1/(2·10^8·3,600); the reciprocal of that is below 2^61 in 2^−100.
        const PER_HOUR: i128 = (1 << 100) / (200_000_000 * 3_600);
        let moved = rate.saturating_mul(i128::from(elapsed.0)).saturating_mul(PER_HOUR);
        Ratio::ONE.checked_add(Ratio::from_bits(moved >> 36))
    }

    /// Returns a volatility of marks that has followed its target by at most a factor, within the bounds.
    fn followed(&self, sigma: Ratio, target: Ratio, factor: Ratio) -> MathResult<Ratio> {
        let moved = if target >= sigma {
            target.min(sigma.mul_floor(factor).unwrap_or(Ratio::MAX))
        } else {
            target.max(sigma.ratio_to(factor)?)
        };
        Ok(moved.min(self.max).max(self.min))
    }
}

impl VolatilityState {
    /// Returns the larger average.
    fn larger(&self) -> Ratio {
        self.fast_variance.max(self.slow_variance)
    }
}

/// Natural logarithm of two.
const LN_2: Ratio = Ratio::from_bits(0xb172_17f7_d1cf_79ac);

/// Takes the price of a grid time, in dollars, into the averages, at `now`, and returns the new state. The return counts from grid time to grid
/// time; volatilities of marks move on from what it is at `now`.
///
/// Errors: `SampleTooEarly` before [`VolatilityParams::min_interval`] (at least one second) has passed, also when the clock
/// went back; `Domain` for a price that is not positive or a state without such a price; `Overflow` for a state or a price
/// beyond those of any market.
pub fn sample(
    params: &VolatilityParams,
    state: &VolatilityState,
    price: Dollars,
    grid: UnixTime,
    now: UnixTime,
) -> MathResult<VolatilityState> {
    let elapsed = grid.since(state.last_time).map_err(|_| MathError::SampleTooEarly)?;
    if elapsed < params.min_interval || elapsed.is_zero() {
        return Err(MathError::SampleTooEarly);
    }
    if !price.is_positive() || !state.last_price.is_positive() {
        return Err(MathError::Domain);
    }
    let largest = params.largest(state)?;
    let log_return = ln(price.ratio_to(state.last_price)?)?;
    // A return whose square does not fit the type is cut anyway.
    let span = params.week.between(state.last_time, grid);
    let variance = annual_variance(log_return, span).unwrap_or(largest).min(largest);
    let average = |average, half_life| params.averaged(average, variance, elapsed, half_life);
    Ok(VolatilityState {
        fast_variance: average(state.fast_variance, params.fast_half_life)?,
        slow_variance: average(state.slow_variance, params.slow_half_life)?,
        last_price: price,
        last_time: grid,
        ..rest(params, state, now)?
    })
}

/// Returns `r²` per year of even days.
fn annual_variance(log_return: Ratio, span: Span) -> MathResult<Ratio> {
    const YEAR: i64 = (Seconds::YEAR.0 as i64) << 16;
    let span = i64::try_from(span.0).map_err(|_| MathError::Overflow)?;
    log_return.mul_floor(log_return)?.mul_int(YEAR)?.div_int(span)
}

/// Returns the volatilities of marks at the money, each within `[min, max]`. They are continuous in time, as the module says;
/// if the clock went back, they are those of the last sample. Errors: `Overflow`, `InvalidParameter` or `DivisionByZero` only for
/// parameters that [`VolatilityParams::check`] refuses or a state that no function here made.
#[inline(never)]
pub fn marks(params: &VolatilityParams, state: &VolatilityState, now: UnixTime) -> MathResult<Marks> {
    marked(params, state, &targets(params, state)?, now)
}

/// Returns the targets of the larger and of the slow average.
fn targets(params: &VolatilityParams, state: &VolatilityState) -> MathResult<[Ratio; 2]> {
    let target = params.target(state.larger())?;
    let slow = if state.fast_variance > state.slow_variance { params.target(state.slow_variance)? } else { target };
    Ok([target, slow])
}

#[inline(never)]
fn marked(
    params: &VolatilityParams,
    state: &VolatilityState,
    targets: &[Ratio; 2],
    now: UnixTime,
) -> MathResult<Marks> {
    let elapsed = now.since(state.sigma_time).unwrap_or(Seconds::ZERO);
    let factor = params.factor(elapsed)?;
    let front = params.followed(state.front, targets[0], factor)?;
    let is_one = state.front == state.back && targets[0] == targets[1];
    let back = if is_one { front } else { params.followed(state.back, targets[1], factor)? };
    Ok(Marks { front, back, burst: VolatilityParams::burst(params.fast_half_life) })
}

/// Returns the volatilities of marks and of trades at a price in dollars:
///
/// ```text
/// ask  = max(front, target, target that a sample at this price would leave)
/// calm = min(back, target of the slow average)
/// ```
///
/// That sample is one over the time since the last one, but at least the least interval: a price that has just jumped counts as it will
/// at the next grid time. Its return is `|P − P₋|/min(P, P₋)`, at least the logarithm, and its weight `Δt·ln 2/half-life`, at least that of a
/// sample, both against the buyer.
///
/// Errors: as [`marks`]; `Domain` for a price that is not positive.
#[inline(never)]
pub fn quoted(params: &VolatilityParams, state: &VolatilityState, price: Dollars, now: UnixTime) -> MathResult<Quoted> {
    if !price.is_positive() || !state.last_price.is_positive() {
        return Err(MathError::Domain);
    }
    let targets = targets(params, state)?;
    let marks = marked(params, state, &targets, now)?;
    let expected = expected(params, state, targets[0], price, now)?;
    Ok(Quoted { marks, calm: marks.back.min(targets[1]), ask: marks.front.max(expected) })
}

/// Returns the target, or what a sample at a price would make of it, if that is more, per √year.
#[inline(never)]
fn expected(
    params: &VolatilityParams,
    state: &VolatilityState,
    target: Ratio,
    price: Dollars,
    now: UnixTime,
) -> MathResult<Ratio> {
    let elapsed = Seconds(now.since(state.last_time).unwrap_or(Seconds::ZERO).0.max(params.min_interval.0).max(1));
    let (low, high) = (price.min(state.last_price), price.max(state.last_price));
    let moved = high.checked_sub(low)?.ratio_to(low);
    let largest = params.largest(state)?;
    let span = params.week.between(state.last_time, state.last_time.after(elapsed)?);
    let variance = moved.and_then(|moved| annual_variance(moved, span)).unwrap_or(largest).min(largest);
    let mut larger = state.larger();
    for (average, half_life) in
        [(state.fast_variance, params.fast_half_life), (state.slow_variance, params.slow_half_life)]
    {
        if variance > average {
            let time = i64::from(elapsed.0);
            let weight = LN_2.mul_int(time)?.div_int(i64::from(half_life.0))?.min(Ratio::ONE);
            let more = variance.checked_sub(average)?.mul_floor(weight)?;
            larger = larger.max(average.checked_add(more)?);
        }
    }
    if larger > state.larger() { params.target(larger) } else { Ok(target) }
}

/// Returns the same estimate with the volatilities of marks moved on to `now`, before its parameters change: new ones apply from there. If the
/// clock went back, nothing changes. Errors: as [`marks`].
pub fn rest(params: &VolatilityParams, state: &VolatilityState, now: UnixTime) -> MathResult<VolatilityState> {
    if now < state.sigma_time {
        return Ok(*state);
    }
    let marks = marks(params, state, now)?;
    Ok(VolatilityState { front: marks.front, back: marks.back, sigma_time: now, ..*state })
}

/// Seconds for which [`outlook`] looks ahead: 8 hours.
pub const OUTLOOK: Seconds = Seconds(28_800);

/// Returns the targets of the volatility, per √year: of the larger and of the slow average, now and, if the price rests, after [`OUTLOOK`]. What new
/// parameters change in these is known to whoever knows the parameters. Errors: as [`marks`].
#[inline(never)]
pub fn outlook(params: &VolatilityParams, state: &VolatilityState) -> MathResult<[Ratio; 4]> {
    let mut targets = [Ratio::ZERO; 4];
    for (pair, elapsed) in targets.chunks_exact_mut(2).zip([Seconds::ZERO, OUTLOOK]) {
        let fast = params.averaged(state.fast_variance, Ratio::ZERO, elapsed, params.fast_half_life)?;
        let slow = params.averaged(state.slow_variance, Ratio::ZERO, elapsed, params.slow_half_life)?;
        for (target, variance) in pair.iter_mut().zip([fast.max(slow), slow]) {
            *target = params.target(variance)?;
        }
    }
    Ok(targets)
}

/// Returns whether a volatility lies within `band` of another: `|new − old| ≤ band · old`, exactly. Errors: `Overflow`.
pub fn near(new: Ratio, old: Ratio, band: BasisPoints) -> MathResult<bool> {
    is_within(new.to_bits(), old.to_bits(), band)
}

fn is_within(new: i128, old: i128, band: BasisPoints) -> MathResult<bool> {
    let gap = new.abs_diff(old).checked_mul(u128::from(BasisPoints::ONE_U64)).ok_or(MathError::Overflow)?;
    let allowed = old.unsigned_abs().checked_mul(u128::from(band.0)).ok_or(MathError::Overflow)?;
    Ok(gap <= allowed)
}

/// Returns whether `price` lies within `band` of `slow`: `|price − slow| ≤ band · slow`, exactly.
/// Errors: `Domain` when either is not positive, `Overflow`.
pub fn within_band(price: Dollars, slow: Dollars, band: BasisPoints) -> MathResult<bool> {
    if !price.is_positive() || !slow.is_positive() {
        return Err(MathError::Domain);
    }
    is_within(price.to_bits(), slow.to_bits(), band)
}
