//! The volatility of quotes: a bounded average of squared returns, and a smile over strikes.
//!
//! *Average.* Prices `P` come irregularly. A sample after `Δt` years adds `v = ln²(P/P₋)/Δt`, an estimate of the annual
//! variance, with weight `1 − 2^(−Δt/half-life)`, so that a squared return counts the same however often samples are taken.
//! `v` is cut at `c²` times the blended variance (`c` = 5: five standard deviations).
//!
//! *Blend and bounds.* The target is `clamp(mult · √(w·average + (1 − w)·long-run²), σ_min, σ_max)`.
//!
//! *Gaps.* Time beyond [`FULL_SAMPLE_GAP`] without a sample counts as one at the long-run variance: the average decays
//! toward it, and a return over a long gap has the weight of one hour only.
//!
//! *Rate limit.* The volatility of quotes follows the target by at most x % an hour, and so does the target while it decays. It is a continuous function of time:
//! a sample changes the target, but not the volatility at that moment, so no sample makes a mark jump.

use crate::elementary::{LN_2_SCALED, LOG2_BITS, exp, ln, sqrt};
use crate::error::{MathError, MathResult};
use crate::fixed_point::{Scaled, mul_high};
use crate::option::{OptionPricer, PricePoint, Terms};
use crate::units::{BasisPoints, Dollars, Ratio, Seconds, UnixTime};

/// Longest gap between samples that counts in full as the weight of a return.
pub const FULL_SAMPLE_GAP: Seconds = Seconds::HOUR;

/// Parameters of the volatility of one underlying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolatilityParams {
    /// Half-life of the average.
    pub half_life: Seconds,
    /// Least time between two samples.
    pub min_interval: Seconds,
    /// A sample's return is cut at this many standard deviations.
    pub sample_cap_sigmas: u16,
    /// Weight `w` of the average against the long-run variance.
    pub ewma_weight: BasisPoints,
    /// Long-run volatility per √year.
    pub long_run: Ratio,
    /// Mark-up on the blended volatility.
    pub multiplier: Ratio,
    /// Least volatility of quotes per √year.
    pub min: Ratio,
    /// Largest volatility of quotes per √year.
    pub max: Ratio,
    /// The most that the volatility moves in an hour, as a share of itself.
    pub max_change_per_hour: BasisPoints,
}

/// State of the volatility of one underlying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolatilityState {
    /// Average of squared log returns, per year.
    pub ewma_variance: Ratio,
    /// Volatility of quotes at the last sample, per √year.
    pub sigma: Ratio,
    /// Price of the last sample, in dollars.
    pub last_price: Dollars,
    /// Moment of the last sample.
    pub last_time: UnixTime,
}

impl VolatilityParams {
    /// Checks the parameters. Errors: `InvalidParameter` unless `5 % ≤ min ≤ long-run ≤ max ≤ 400 %`, shares are at most 100 %, the half-life is
    /// positive, the multiplier positive and at most 10, and a sample is cut at 1 to 100 standard deviations.
    pub fn check(&self) -> MathResult<()> {
        let ordered = OptionPricer::MIN_VOLATILITY <= self.min && self.min <= self.long_run;
        let ordered = ordered && self.long_run <= self.max && self.max <= OptionPricer::MAX_VOLATILITY;
        let shares = self.ewma_weight <= BasisPoints::ONE && self.max_change_per_hour <= BasisPoints::ONE;
        let multiplier = self.multiplier.is_positive() && self.multiplier <= Ratio::from_int(10);
        let cut = (1..=100).contains(&self.sample_cap_sigmas);
        if ordered && shares && multiplier && cut && !self.half_life.is_zero() {
            Ok(())
        } else {
            Err(MathError::InvalidParameter)
        }
    }

    /// Returns the state of a new underlying, whose average and volatility are at the long-run level. Errors: as
    /// [`check`](Self::check); `Domain` for a price that is not positive.
    pub fn start(&self, price: Dollars, now: UnixTime) -> MathResult<VolatilityState> {
        self.check()?;
        if !price.is_positive() {
            return Err(MathError::Domain);
        }
        let ewma_variance = self.long_run.mul_floor(self.long_run)?;
        let sigma = self.target(ewma_variance)?;
        Ok(VolatilityState { ewma_variance, sigma, last_price: price, last_time: now })
    }

    /// Returns `w·average + (1 − w)·long-run²`.
    fn blended_variance(&self, ewma_variance: Ratio) -> MathResult<Ratio> {
        let long_run_variance = self.long_run.mul_floor(self.long_run)?;
        let excess = ewma_variance.checked_sub(long_run_variance)?;
        long_run_variance.checked_add(excess.mul_floor(self.ewma_weight.to_ratio())?)
    }

    /// Returns the target that the volatility of quotes follows, per √year.
    fn target(&self, ewma_variance: Ratio) -> MathResult<Ratio> {
        let blended = sqrt(self.blended_variance(ewma_variance)?.max(Ratio::ZERO))?;
        Ok(blended.mul_floor(self.multiplier)?.min(self.max).max(self.min))
    }

    /// Returns `2^(−elapsed/half-life)`.
    fn survival(&self, elapsed: Seconds) -> MathResult<Ratio> {
        let half_lives = Ratio::from_int(i64::from(elapsed.0)).div_int(i64::from(self.half_life.0))?;
        exp(Ratio::ZERO.checked_sub(half_lives.min(Ratio::from_int(64)).mul_floor(LN_2)?)?)
    }

    /// Returns the average after a gap; over the time beyond [`FULL_SAMPLE_GAP`] it decays toward the long-run variance.
    fn decayed(&self, ewma_variance: Ratio, gap: Seconds) -> MathResult<Ratio> {
        let beyond = gap.0.saturating_sub(FULL_SAMPLE_GAP.0);
        if beyond == 0 {
            return Ok(ewma_variance);
        }
        let long_run_variance = self.long_run.mul_floor(self.long_run)?;
        let excess = ewma_variance.checked_sub(long_run_variance)?;
        long_run_variance.checked_add(excess.mul_floor(self.survival(Seconds(beyond))?)?)
    }

    /// Returns the target after a gap, per √year. Where it decays it moves by at most the limit, counted from the moment at which it
    /// begins to move.
    ///
    /// The decay `|d ln target/dt|` only slows down with time. So once the limit, which begins with it, has caught up, it is never
    /// exceeded again, and the result moves by at most x % an hour at every moment.
    fn target_after(&self, ewma_variance: Ratio, gap: Seconds) -> MathResult<Ratio> {
        let first = self.target(ewma_variance)?;
        let beyond = gap.0.saturating_sub(FULL_SAMPLE_GAP.0);
        if beyond == 0 {
            return Ok(first);
        }
        let last = self.target(self.decayed(ewma_variance, gap)?)?;
        let at_bound = (first == self.max && last < first) || (first == self.min && last > first);
        let rested = if at_bound { self.rests_at(first, ewma_variance)? } else { 0 };
        self.limited(first, last, Seconds(beyond.saturating_sub(rested)))
    }

    /// Returns for how many seconds of decay the target stays at a bound, rounded up; it leaves the bound later.
    fn rests_at(&self, bound: Ratio, ewma_variance: Ratio) -> MathResult<u32> {
        let long_run_variance = self.long_run.mul_floor(self.long_run)?;
        let blended = bound.ratio_to(self.multiplier)?;
        let left = blended.mul_floor(blended)?.checked_sub(long_run_variance)?;
        let excess = self.blended_variance(ewma_variance)?.checked_sub(long_run_variance)?;
        // The excess falls to what is left by 2^(−t/half-life).
        let factor = left.ratio_to(excess)?.min(Ratio::ONE).max(Ratio::from_bits(1));
        let half_lives = Ratio::ZERO.checked_sub(ln(factor)?)?.ratio_to(LN_2)?;
        let seconds = half_lives.mul_int(i64::from(self.half_life.0))?.to_bits() >> 64;
        Ok(u32::try_from(seconds).unwrap_or(u32::MAX).saturating_add(1))
    }

    /// Returns `sigma` moved toward `target` by at most what `elapsed` allows: a factor of `1 + (x − x²/2)·t` up or down, `t` in
    /// hours. As `1 + (x − x²/2)·t ≤ (1 + x)^t`, neither one long step nor many short ones ever exceed x % an hour.
    fn limited(&self, sigma: Ratio, target: Ratio, elapsed: Seconds) -> MathResult<Ratio> {
        let x = i128::from(self.max_change_per_hour.0.min(BasisPoints::ONE.0));
        // In units of 1/(2·10^8), x − x²/2 is 2·10^4·x − x², at most 10^8.
        let rate = x.saturating_mul(20_000_i128.saturating_sub(x));
        // rate·elapsed < 2^59 in units of 1/(2·10^8·3,600); the reciprocal of that is below 2^61 in 2^−100.
        const PER_HOUR: i128 = (1 << 100) / (200_000_000 * 3_600);
        let moved = rate.saturating_mul(i128::from(elapsed.0)).saturating_mul(PER_HOUR);
        let factor = Ratio::ONE.checked_add(Ratio::from_bits(moved >> 36))?;
        if target >= sigma {
            Ok(target.min(sigma.mul_floor(factor).unwrap_or(Ratio::MAX)))
        } else {
            Ok(target.max(sigma.ratio_to(factor)?))
        }
    }
}

/// Binary exponent of the unit of binary logarithms.
const LOG2_UNIT: i64 = -(LOG2_BITS as i64);
/// Natural logarithm of two.
const LN_2: Ratio = Ratio::from_bits(0xb172_17f7_d1cf_79ac);

/// Takes a price, in dollars, into the average and returns the new state.
///
/// Errors: `SampleTooEarly` before [`VolatilityParams::min_interval`] (at least one second) has passed, also when the clock
/// went back; `Domain` for a price that is not positive or a state without such a price; `Overflow` for a state or a price
/// beyond those of any market.
pub fn sample(
    params: &VolatilityParams,
    state: &VolatilityState,
    price: Dollars,
    now: UnixTime,
) -> MathResult<VolatilityState> {
    let elapsed = now.since(state.last_time).map_err(|_| MathError::SampleTooEarly)?;
    if elapsed < params.min_interval || elapsed.is_zero() {
        return Err(MathError::SampleTooEarly);
    }
    if !price.is_positive() || !state.last_price.is_positive() {
        return Err(MathError::Domain);
    }
    let sigma = sigma_base(params, state, now)?;
    let average = params.decayed(state.ewma_variance, elapsed)?;
    let cut = i64::from(params.sample_cap_sigmas).saturating_mul(i64::from(params.sample_cap_sigmas));
    let largest = params.blended_variance(average)?.mul_int(cut)?;
    let log_return = ln(price.ratio_to(state.last_price)?)?;
    // A return whose square does not fit the type is cut anyway.
    let variance = annual_variance(log_return, elapsed).unwrap_or(largest).min(largest);
    let counted = Seconds(elapsed.0.min(FULL_SAMPLE_GAP.0));
    let weight = Ratio::ONE.checked_sub(params.survival(counted)?)?;
    let moved = variance.checked_sub(average)?.mul_floor(weight)?;
    let ewma_variance = average.checked_add(moved)?.max(Ratio::ZERO);
    Ok(VolatilityState { ewma_variance, sigma, last_price: price, last_time: now })
}

/// Returns `r²` per year.
fn annual_variance(log_return: Ratio, elapsed: Seconds) -> MathResult<Ratio> {
    log_return.mul_floor(log_return)?.mul_int(i64::from(Seconds::YEAR.0))?.div_int(i64::from(elapsed.0))
}

/// Returns the volatility of quotes at the money, per √year, within `[min, max]`. It is continuous in time, as the module says;
/// if the clock went back, it is the volatility of the last sample. Errors: `Overflow`, `InvalidParameter` or `DivisionByZero` only for
/// parameters that [`VolatilityParams::check`] refuses or a state that no function here made.
pub fn sigma_base(params: &VolatilityParams, state: &VolatilityState, now: UnixTime) -> MathResult<Ratio> {
    let elapsed = now.since(state.last_time).unwrap_or(Seconds::ZERO);
    let target = params.target_after(state.ewma_variance, elapsed)?;
    let sigma = params.limited(state.sigma, target, elapsed)?;
    Ok(sigma.min(params.max).max(params.min))
}

/// Returns the same estimate as of `now`, before its parameters change: the old parameters decay the average and move the
/// volatility up to `now`, and new ones apply from there. The price of the last sample stays, so that the return since then
/// counts once, in the next sample. If the clock went back, nothing changes. Errors: as [`sigma_base`].
pub fn rest(params: &VolatilityParams, state: &VolatilityState, now: UnixTime) -> MathResult<VolatilityState> {
    let Ok(elapsed) = now.since(state.last_time) else { return Ok(*state) };
    Ok(VolatilityState {
        ewma_variance: params.decayed(state.ewma_variance, elapsed)?,
        sigma: sigma_base(params, state, now)?,
        last_price: state.last_price,
        last_time: now,
    })
}

/// A smile over strikes: `σ(K) = σ_base · (1 + a·m + b·m²)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Smile {
    /// `a`, the skew: it is positive when high strikes are dearer.
    pub skew: Ratio,
    /// `b`, the convexity: it is positive when strikes far from spot are dearer.
    pub convexity: Ratio,
}

impl Smile {
    /// No smile.
    pub const FLAT: Self = Self { skew: Ratio::ZERO, convexity: Ratio::ZERO };
    /// Largest standardised moneyness; larger ones count as this.
    pub const MAX_MONEYNESS: Ratio = Ratio::from_int(4);
    /// Steepest skew, either way, of a smile without arbitrage: 20 %.
    pub const MAX_SKEW: Ratio = Ratio::from_bits((1 << 64) / 5);
    /// Largest convexity of a smile without arbitrage: 2 %.
    pub const MAX_CONVEXITY: Ratio = Ratio::from_bits((1 << 64) / 50);

    /// Checks that the smile is not so steep that a call could cost more at a higher strike, or a put at a lower one, which would
    /// make buying the one and writing the other a profit without risk. Within `|a| ≤ 20 %` and `0 ≤ b ≤ 2 %` that cannot happen
    /// for volatilities of 25 % to 150 %, tenors of 1 to 30 days and strikes within half of spot (it begins at b of 2.5 % to 4 %).
    /// Errors: `InvalidParameter` outside those limits.
    pub fn check(&self) -> MathResult<()> {
        let skew = Ratio::from_bits(self.skew.to_bits().saturating_abs());
        if skew <= Self::MAX_SKEW && !self.convexity.is_negative() && self.convexity <= Self::MAX_CONVEXITY {
            Ok(())
        } else {
            Err(MathError::InvalidParameter)
        }
    }

    /// Returns the volatility at a strike, per √year, cut to the domain of option values [5 %, 400 %].
    /// `m = ln(K/S)/(σ_base·√T)`, cut to [−4, 4]. Errors: `Domain` for a spot, strike, volatility or tenor that is not
    /// positive, `Overflow`.
    pub fn sigma(&self, sigma_base: Ratio, spot: Dollars, strike: Dollars, tenor: Seconds) -> MathResult<Ratio> {
        if !spot.is_positive() || !strike.is_positive() {
            return Err(MathError::Domain);
        }
        let strikes = self.of_tenor(sigma_base, tenor)?;
        if *self == Self::FLAT {
            return strikes.at_distance(0);
        }
        strikes.at_distance(PricePoint::new(strike)?.log().0.saturating_sub(PricePoint::new(spot)?.log().0))
    }

    /// Returns the smile of one tenor, which holds all that is common to its strikes. Errors: `Domain` for a volatility or tenor that is not
    /// positive.
    pub fn of_tenor(&self, sigma_base: Ratio, tenor: Seconds) -> MathResult<TenorSmile> {
        if !sigma_base.is_positive() || tenor.is_zero() {
            return Err(MathError::Domain);
        }
        if *self == Self::FLAT {
            return Ok(TenorSmile {
                smile: *self,
                sigma_base,
                deviations: Scaled::ZERO,
                words: self.words(sigma_base),
            });
        }
        let sigma = Scaled::from_bits(sigma_base.to_bits().unsigned_abs());
        let variance = sigma.mul(sigma).mul(Scaled::new(u64::from(tenor.0), 0));
        // This is 1/(σ·√T) with T in years of 365 days, converted from binary to natural logarithms.
        let per_deviation = Scaled::new(u64::from(Seconds::YEAR.0), 0).div(variance).sqrt();
        let deviations = per_deviation.mul(LN_2_SCALED).times_power(LOG2_UNIT);
        Ok(TenorSmile { smile: *self, sigma_base, deviations, words: self.words(sigma_base) })
    }

    /// Returns the smile in words if skew and convexity are below a quarter, which includes all that [`check`](Self::check) allows.
    fn words(&self, sigma_base: Ratio) -> Option<SmileWords> {
        const QUARTER: u64 = 1 << 62;
        let skew = self.skew.to_bits().unsigned_abs();
        let (skew, convexity) = (u64::try_from(skew).ok()?, u64::try_from(self.convexity.to_bits()).ok()?);
        if skew >= QUARTER || convexity >= QUARTER || sigma_base > OptionPricer::MAX_VOLATILITY {
            return None;
        }
        // The volatility is at most 4, in units of 2^−61.
        let sigma = u64::try_from(sigma_base.to_bits() >> 3).ok()?;
        Some(SmileWords { sigma, skew, convexity, falls: self.skew.is_negative() })
    }

    /// Returns the volatility per √year at a standardised moneyness `m`, cut as in [`sigma`](Self::sigma). Errors: `Overflow`.
    pub fn at_moneyness(&self, sigma_base: Ratio, moneyness: Ratio) -> MathResult<Ratio> {
        let m = moneyness.min(Self::MAX_MONEYNESS).max(Ratio::from_int(-4));
        let slope = self.skew.checked_add(self.convexity.mul_floor(m)?)?;
        let factor = Ratio::ONE.checked_add(slope.mul_floor(m)?)?;
        Ok(sigma_base.mul_floor(factor)?.max(OptionPricer::MIN_VOLATILITY).min(OptionPricer::MAX_VOLATILITY))
    }
}

/// A [`Smile`] at one volatility and tenor.
#[derive(Clone, Copy, Debug)]
pub struct TenorSmile {
    smile: Smile,
    sigma_base: Ratio,
    /// Standardised moneyness of one unit of a binary logarithm; zero without smile.
    deviations: Scaled,
    words: Option<SmileWords>,
}

/// A smile in words: volatility in units of 2^−61; |skew| and convexity in units of 2^−64, below a quarter.
#[derive(Clone, Copy, Debug)]
struct SmileWords {
    sigma: u64,
    skew: u64,
    convexity: u64,
    falls: bool,
}

impl SmileWords {
    /// Returns the volatility at a moneyness of this size in units of 2^−61, at most 4, below the spot or above it. Its error is at
    /// most 2^−53.
    #[inline]
    fn sigma(&self, size: u64, is_below: bool) -> Ratio {
        const ONE: u64 = 1 << 61;
        const LEAST: u64 = (ONE >> 3) / 20;
        // |skew|·m and convexity·m² are in units of 2^−61, below 1 and 4.
        let (linear, square) = (mul_high(self.skew, size), mul_high(mul_high(self.convexity, size), size) << 3);
        let factor = ONE.wrapping_add(square);
        let factor = if self.falls == is_below { factor.wrapping_add(linear) } else { factor.saturating_sub(linear) };
        // The product is below 4 · 6, in units of 2^−58.
        let sigma = mul_high(self.sigma, factor);
        if sigma <= LEAST {
            OptionPricer::MIN_VOLATILITY
        } else if sigma >= ONE >> 1 {
            OptionPricer::MAX_VOLATILITY
        } else {
            Ratio::from_bits(i128::from(sigma) << 6)
        }
    }
}

impl TenorSmile {
    /// Returns the volatility of [`Smile::sigma`] per √year without computing a logarithm. Errors: `Overflow`.
    pub fn sigma(&self, spot: PricePoint, terms: &Terms) -> MathResult<Ratio> {
        // Both logarithms lie within ±64.
        self.at_distance(terms.logarithms().0.saturating_sub(spot.log().0))
    }

    /// Returns the volatility per √year where `log` is the binary logarithm of strike over spot.
    fn at_distance(&self, log: i64) -> MathResult<Ratio> {
        if let Some(words) = &self.words {
            let size = self.deviations.times_power(61).times(log.unsigned_abs()).min(1 << 63);
            return Ok(words.sigma(size, log < 0));
        }
        let size = Scaled::new(log.unsigned_abs(), 0).mul(self.deviations);
        let size = size.to_bits().and_then(|m| i128::try_from(m).ok()).map_or(Smile::MAX_MONEYNESS, Ratio::from_bits);
        let size = size.min(Smile::MAX_MONEYNESS);
        let moneyness = if log < 0 { Ratio::from_bits(size.to_bits().saturating_neg()) } else { size };
        self.smile.at_moneyness(self.sigma_base, moneyness)
    }
}

/// Returns whether `price` lies within `band` of `slow`: `|price − slow| ≤ band · slow`, exactly.
/// Errors: `Domain` when either is not positive, `Overflow`.
pub fn within_band(price: Dollars, slow: Dollars, band: BasisPoints) -> MathResult<bool> {
    if !price.is_positive() || !slow.is_positive() {
        return Err(MathError::Domain);
    }
    let gap = price.checked_sub(slow)?.to_bits().unsigned_abs();
    let gap = gap.checked_mul(u128::from(BasisPoints::ONE_U64)).ok_or(MathError::Overflow)?;
    let allowed = slow.to_bits().unsigned_abs().checked_mul(u128::from(band.0)).ok_or(MathError::Overflow)?;
    Ok(gap <= allowed)
}
