//! Fair value of one option at one volatility, as a function of the spot.
//!
//! With `x = S/K`, `u = sqrt(1 + 8/(σ²T))`, the cap ratio h of a call and l of a put, and the rate zero,
//! the time value solves `½σ²S²·TV'' = TV/T` away from
//! the strike, vanishes at zero and at the cap (or infinity), and its slope falls by one at the strike:
//!
//! ```text
//! call, S < K       (K/u) · (1 − h^−u) · x^((1+u)/2)
//! call, K ≤ S < hK  (K/u) · x^((1−u)/2) · (1 − (S/hK)^u)
//! put,  S > K       (K/u) · (1 − l^u) · x^((1−u)/2)
//! put,  lK < S ≤ K  (K/u) · x^((1+u)/2) · (1 − (lK/S)^u)
//! ```
//!
//! Every factor is positive and the only subtraction, `1 − r^u`, is computed without cancellation. Logarithms are
//! binary.

use super::{OptionKind, PricePoint, Terms};
use crate::elementary::{LN_2_SCALED, LOG2_BITS, LOG2_E_SCALED, LOG2_UNIT, Log2, exp2_neg};
use crate::error::{MathError, MathResult};
use crate::fixed_point::{Scaled, mul_high, mul_high_coarse, mul_wide, words};
use crate::units::{Dollars, Ratio, Seconds};

/// The value of an option on one unit of the index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Valuation {
    /// What exercise would pay now, in dollars.
    pub intrinsic: Dollars,
    /// What the option is worth above that, in dollars; it is paid once per tenor as funding.
    pub time_value: Dollars,
}

impl Valuation {
    /// Makes a valuation from bits below 2^127.
    pub(crate) const fn of(intrinsic: u128, time_value: u128) -> Self {
        Self { intrinsic: dollars(intrinsic), time_value: dollars(time_value) }
    }

    /// Returns intrinsic and time value together, in dollars. Errors: `Overflow`, which no valuation of an [`OptionPricer`] causes.
    pub fn value(&self) -> MathResult<Dollars> {
        self.intrinsic.checked_add(self.time_value)
    }

    /// Returns the funding over a span at this time value, `TV · span / tenor`, rounded down to 2^−64 dollars.
    /// Errors: `DivisionByZero`, `Overflow`.
    pub fn funding(&self, span: Seconds, tenor: Seconds) -> MathResult<Dollars> {
        if tenor.is_zero() {
            return Err(MathError::DivisionByZero);
        }
        let rate = self.time_value.mul_int(i64::from(span.0))?;
        rate.div_int(i64::from(tenor.0))
    }

    /// Returns the funding per day at this time value, in dollars, rounded down. Errors: as [`Self::funding`].
    pub fn funding_per_day(&self, tenor: Seconds) -> MathResult<Dollars> {
        self.funding(Seconds::DAY, tenor)
    }

    /// Returns the funding per second at this time value, in dollars, rounded down. Errors: as [`Self::funding`].
    pub fn funding_per_second(&self, tenor: Seconds) -> MathResult<Dollars> {
        self.funding(Seconds(1), tenor)
    }
}

/// The value of an option on one unit of the index, and how it moves with the spot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ValueAndSlope {
    /// The value.
    pub valuation: Valuation,
    /// `S·∂V/∂S`, in dollars: by how much the value would change if the price doubled at its present slope. It lies between zero and the
    /// spot for a call, between minus the spot and zero for a put, and is zero at the cap and beyond.
    pub slope: Dollars,
}

/// The parts of a value at one spot from which [`OptionPricer::greeks`] computes sensitivities.
#[cfg(feature = "analytics")]
pub(crate) struct CurvePoint {
    pub(crate) u: Scaled,
    pub(crate) sigma: Scaled,
    /// (S/K)^p, the first power of the time value.
    pub(crate) decay: Scaled,
    /// ln(S/K).
    pub(crate) log_moneyness: f64,
    /// The second power divided by the first: (S/H)^u in the money and (K/H)^u out of the money, where H is the cap price; for a
    /// put the ratios are inverted.
    pub(crate) cap_ratio_power: Scaled,
    /// |ln(H/K)|.
    pub(crate) log_cap_ratio: f64,
}

/// The pricer of one option at one volatility; what does not depend on the spot is computed once.
///
/// The domain is a volatility in [5 %, 400 %] a year and a spot/strike in [0.01, 100]; at or beyond the cap any spot is valid.
/// The relative error of the time value is ≤ 2^−40 above 10^−6 dollars (in practice below 2^−42); for smaller time values the
/// absolute error is at most that plus 2^−63 dollars. The time value is rounded down, is never negative, and never exceeds
/// cap payoff − intrinsic.
#[derive(Clone, Copy, Debug)]
pub struct OptionPricer {
    terms: Terms,
    u: Scaled,
    /// Volatility per √year.
    #[cfg(feature = "analytics")]
    sigma: Ratio,
    /// K/u, in dollars.
    peak: Scaled,
    /// The time value at the strike, in dollars: `K/u · (1 − h^−u)` for a call, `K/u · (1 − l^u)` for a put.
    capped_peak: Scaled,
}

impl OptionPricer {
    /// The lowest volatility, 5 % a year.
    pub const MIN_VOLATILITY: Ratio = Ratio::from_bits((1 << 64) / 20);
    /// The highest volatility, 400 % a year.
    pub const MAX_VOLATILITY: Ratio = Ratio::from_int(4);

    /// Makes the pricer of these terms at volatility `sigma` per √year. Errors: `VolatilityOutOfRange`.
    #[inline(never)]
    pub fn new(terms: &Terms, sigma: Ratio) -> MathResult<Self> {
        let u = steepness(sigma, terms.tenor)?;
        let peak = Scaled::from_bits(bits(terms.strike)).div(u);
        Ok(Self {
            terms: *terms,
            u,
            #[cfg(feature = "analytics")]
            sigma,
            peak,
            capped_peak: capped_peak(terms, u, peak),
        })
    }

    /// Returns the terms that this pricer was made for.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Returns the value at a spot; this computes one logarithm and one exponential, or two between strike and cap.
    /// Errors: `MoneynessOutOfRange` for a spot outside [K/100, 100·K] that has not reached the cap.
    pub fn at(&self, spot: Dollars) -> MathResult<Valuation> {
        self.at_point(PricePoint::new(spot)?)
    }

    /// Returns the value at a spot whose logarithm is known; this computes one exponential, or two between strike and cap.
    /// Errors: as [`Self::at`].
    pub fn at_point(&self, point: PricePoint) -> MathResult<Valuation> {
        value_at(&self.terms, self.u, point, self.peak, || self.capped_peak)
    }

    /// Returns value and slope at a spot whose logarithm is known. They share their powers, so the slope costs three products and no
    /// exponential more:
    ///
    /// | | `S·∂V/∂S`, with `a = (u+1)/2`, `b' = (u−1)/2` |
    /// | --- | --- |
    /// | call out of the money | `a·TV` |
    /// | call in the money | `S − K·x^−b' + a·TV` |
    /// | put out of the money | `−b'·TV` |
    /// | put in the money | `−(S − K·x^a + b'·TV)` |
    ///
    /// The slope is rounded toward zero and off by at most 10^−12 of the spot. Errors: as [`Self::at`].
    #[inline(never)]
    pub fn with_slope(&self, point: PricePoint) -> MathResult<ValueAndSlope> {
        let parts = parts_at(&self.terms, self.u, point, self.peak, || self.capped_peak)?;
        parts.with_slope(&self.terms, self.u, point)
    }

    /// Returns intrinsic and time value together, in dollars, at a spot whose logarithm is known. Errors: as [`Self::at`].
    #[inline]
    pub(crate) fn total(&self, point: PricePoint) -> MathResult<Dollars> {
        let parts = parts_at(&self.terms, self.u, point, self.peak, || self.capped_peak)?;
        // The sum is at most the cap payoff, or without cap a few times the spot, which is below 2^55 dollars.
        Ok(dollars(parts.intrinsic.wrapping_add(parts.time_value()?)))
    }

    /// Returns the parts of which sensitivities are made, at a spot inside the domain that has not reached the cap.
    #[cfg(feature = "analytics")]
    #[allow(clippy::float_arithmetic)]
    pub(crate) fn point(&self, point: PricePoint) -> CurvePoint {
        let log = point.log();
        let is_below = point.price() < self.terms.strike;
        let (rate, distance) = decay_of(&self.terms, self.u, is_below, log);
        let natural = |from: Log2, to: Log2| -> f64 {
            const UNIT: f64 = core::f64::consts::LN_2 / (1u64 << LOG2_BITS) as f64;
            to.0.wrapping_sub(from.0) as f64 * UNIT
        };
        let is_call = self.terms.kind == OptionKind::Call;
        let (cap_ratio_power, log_cap_ratio) = match self.terms.cap_price() {
            None => (Scaled::ZERO, 0.0),
            Some(cap) => {
                // Out of the money both powers have one exponent, so their quotient is that of the strike.
                let (price, log) =
                    if is_below == is_call { (self.terms.strike, self.terms.log_strike) } else { (point.price(), log) };
                let discount = cap_discount(self.u, self.terms.log_cap.distance(log), bits(price), bits(cap));
                let eta = natural(self.terms.log_strike, self.terms.log_cap);
                (one_minus(discount), if is_call { eta } else { -eta })
            }
        };
        CurvePoint {
            u: self.u,
            sigma: Scaled::from_bits(self.sigma.to_bits().unsigned_abs()),
            decay: exp2_neg(rate.times(distance)),
            log_moneyness: natural(self.terms.log_strike, log),
            cap_ratio_power,
            log_cap_ratio,
        }
    }
}

/// Returns the value at one spot alone; the time value at the strike is computed only where it is needed. Errors: as [`OptionPricer::new`] and
/// [`OptionPricer::at`].
pub(crate) fn value(terms: &Terms, sigma: Ratio, point: PricePoint) -> MathResult<Valuation> {
    let u = steepness(sigma, terms.tenor)?;
    let peak = Scaled::from_bits(bits(terms.strike)).div(u);
    value_at(terms, u, point, peak, || capped_peak(terms, u, peak))
}

/// Returns value and slope at one spot alone. Errors: the same.
pub(crate) fn value_and_slope(terms: &Terms, sigma: Ratio, point: PricePoint) -> MathResult<ValueAndSlope> {
    let u = steepness(sigma, terms.tenor)?;
    let peak = Scaled::from_bits(bits(terms.strike)).div(u);
    parts_at(terms, u, point, peak, || capped_peak(terms, u, peak))?.with_slope(terms, u, point)
}

/// Returns the time value at the strike, in dollars: `K/u · (1 − h^−u)` for a call, `K/u · (1 − l^u)` for a put.
#[inline]
fn capped_peak(terms: &Terms, u: Scaled, peak: Scaled) -> Scaled {
    if !terms.cap.is_positive() {
        return peak;
    }
    let distance = terms.log_cap.distance(terms.log_strike);
    peak.mul(cap_discount(u, distance, bits(terms.strike), bits(terms.cap)))
}

/// Returns the power with which the time value falls between strike and spot, `(u+1)/2` below the strike and `(u−1)/2` above it,
/// and the distance of the logarithms of strike and spot.
#[inline]
fn decay_of(terms: &Terms, u: Scaled, is_below: bool, log: Log2) -> (Scaled, u64) {
    if is_below {
        (u.half_of_one_more(), terms.log_strike.above(log))
    } else {
        (u.half_of_one_less(), log.above(terms.log_strike))
    }
}

/// The parts of a value at one spot; amounts are in units of 2^−64 dollars.
#[derive(Clone, Copy, Debug)]
struct Parts {
    intrinsic: u128,
    /// `K/u`, times the factor that the cap leaves, in dollars.
    peak: Scaled,
    /// The time value is `peak · 2^−exponent`, the exponent in units of 2^−56, before it is cut to `most`.
    exponent: u64,
    /// Cap payoff less intrinsic value.
    most: u128,
}

impl Parts {
    /// Returns the time value in units of 2^−64 dollars, at most `most`. Errors: `Overflow`.
    #[inline(always)]
    fn time_value(&self) -> MathResult<u128> {
        Ok(self.peak.mul(exp2_neg(self.exponent)).to_bits().ok_or(MathError::Overflow)?.min(self.most))
    }

    /// Returns value and slope at the spot of these parts: see [`OptionPricer::with_slope`]. Errors: `Overflow`.
    #[inline(never)]
    fn with_slope(&self, terms: &Terms, u: Scaled, point: PricePoint) -> MathResult<ValueAndSlope> {
        let decay = exp2_neg(self.exponent);
        let time_value = self.peak.mul(decay);
        let valuation = Valuation::of(self.intrinsic, time_value.to_bits().ok_or(MathError::Overflow)?.min(self.most));
        if self.most == 0 {
            return Ok(ValueAndSlope { valuation, slope: Dollars::ZERO });
        }
        let is_call = terms.kind == OptionKind::Call;
        // The halves may have leading zeros, which a product must not.
        let power = if is_call { u.half_of_one_more() } else { u.half_of_one_less() };
        let power = Scaled::new(power.mantissa, power.exponent);
        let curved = time_value.mul(power).to_bits().ok_or(MathError::Overflow)?;
        let spot = bits(point.price());
        let linear = if self.intrinsic == 0 {
            0
        } else {
            // The price falls less below the strike than the power does: the product is at most the spot, but for its rounding.
            let power = Scaled::from_bits(bits(terms.strike)).mul(decay).to_bits().ok_or(MathError::Overflow)?;
            spot.saturating_sub(power)
        };
        // Both are at most the spot, but for roundings.
        let size = linear.saturating_add(curved).min(spot);
        let slope = dollars(size);
        let slope = if is_call { slope } else { Dollars::from_bits(slope.to_bits().wrapping_neg()) };
        Ok(ValueAndSlope { valuation, slope })
    }
}

/// Returns the value at a spot; `capped_peak` gives the time value at the strike where it is needed.
#[inline(always)]
fn value_at(
    terms: &Terms,
    u: Scaled,
    point: PricePoint,
    peak: Scaled,
    capped_peak: impl FnOnce() -> Scaled,
) -> MathResult<Valuation> {
    let parts = parts_at(terms, u, point, peak, capped_peak)?;
    Ok(Valuation::of(parts.intrinsic, parts.time_value()?))
}

#[inline(always)]
fn parts_at(
    terms: &Terms,
    u: Scaled,
    point: PricePoint,
    peak: Scaled,
    capped_peak: impl FnOnce() -> Scaled,
) -> MathResult<Parts> {
    let (spot, strike, cap) = (bits(point.price()), bits(terms.strike), bits(terms.cap));
    let is_call = terms.kind == OptionKind::Call;
    // Without a cap `cap` is zero: a call has to exclude that, and the positive spot of a put never reaches it.
    let is_capped = if is_call { spot >= cap && cap != 0 } else { spot <= cap };
    if is_capped {
        let intrinsic = difference(strike, cap);
        return Ok(Parts { intrinsic, peak: Scaled::ZERO, exponent: 0, most: 0 });
    }
    let is_below = spot < strike;
    let (rate, distance) = decay_of(terms, u, is_below, point.log());
    // A spot at an end of the domain belongs to it even where rounding to 64.64 bits moved it out by a unit.
    if distance > FARTHEST {
        return Err(MathError::MoneynessOutOfRange);
    }
    let exponent = rate.times(distance);
    // The time value is at most cap payoff − intrinsic. A put without cap pays at most its strike.
    let (intrinsic, peak, most) = if is_below == is_call {
        (0, capped_peak(), difference(strike, cap))
    } else {
        let peak = match cap {
            0 => peak,
            _ => peak.mul(cap_discount(u, terms.log_cap.distance(point.log()), spot, cap)),
        };
        (difference(spot, strike), peak, difference(spot, cap))
    };
    let most = if cap == 0 && is_call { u128::MAX } else { most };
    Ok(Parts { intrinsic, peak, exponent, most })
}

/// Returns `u = sqrt(1 + 8/(σ²T))`, with an exact square root. Errors: `VolatilityOutOfRange`.
fn steepness(sigma: Ratio, tenor: Seconds) -> MathResult<Scaled> {
    /// 8 years in seconds, because T is in seconds in 8/(σ²T).
    const EIGHT_YEARS: Scaled = Scaled::new(8 * Seconds::YEAR.0 as u64, 0);
    if sigma < OptionPricer::MIN_VOLATILITY || sigma > OptionPricer::MAX_VOLATILITY {
        return Err(MathError::VolatilityOutOfRange);
    }
    let (high, low) = words(sigma.to_bits().unsigned_abs());
    // σ ≤ 4 is in units of 2^−61 and σ² in units of 2^−58: at least 2^49 of them, and its product with T is at least 2^60.
    let sigma = (high << 61) | (low >> 3);
    let variance = Scaled::from_words(mul_wide(mul_high(sigma, sigma), u64::from(tenor.0))).times_power(64 - 58);
    Ok(EIGHT_YEARS.div(variance).add_one().sqrt())
}

/// Returns `1 − r^u` for the ratio r < 1 of spot and cap price and the difference `distance` of their logarithms, to full relative
/// precision however close the prices are.
#[inline]
fn cap_discount(u: Scaled, distance: u64, spot: u128, cap: u128) -> Scaled {
    /// 2^−14: from this distance on the difference of two logarithms has 40 good bits.
    const NEAR: u64 = 1 << (LOG2_BITS - 14);
    if distance < NEAR {
        return near_discount(u, spot, cap);
    }
    let exponent = u.times(distance);
    if exponent >> (LOG2_BITS - 8) != 0 {
        one_minus(exp2_neg(exponent))
    } else {
        one_minus_exp(Scaled::new(exponent, LOG2_UNIT).mul(LN_2_SCALED))
    }
}

/// Returns the same for a spot so close to the cap that their logarithms cancel; it uses the difference of the prices.
#[inline(never)]
fn near_discount(u: Scaled, spot: u128, cap: u128) -> Scaled {
    let gap = Scaled::from_bits(difference(spot, cap));
    let log = minus_ln_one_minus(gap.div(Scaled::from_bits(spot.max(cap))));
    let exponent = u.mul(log);
    if exponent.fraction() >> 56 != 0 {
        one_minus(exp2_neg(exponent.mul(LOG2_E_SCALED).times(1 << LOG2_BITS)))
    } else {
        one_minus_exp(exponent)
    }
}

/// log2 100, plus the two units by which the logarithms of spot and strike may be off.
const FARTHEST: u64 = 0x06a4_d3c2_5e68_dc57 + 2;

/// Returns the bits of an amount that is not negative.
const fn bits(amount: Dollars) -> u128 {
    amount.to_bits().unsigned_abs()
}

/// Returns the amount of these bits, which are below 2^127.
const fn dollars(bits: u128) -> Dollars {
    Dollars::from_bits(bits as i128)
}

/// Returns |a − b|.
#[inline]
const fn difference(a: u128, b: u128) -> u128 {
    if a > b { a.wrapping_sub(b) } else { b.wrapping_sub(a) }
}

/// Returns `1 − x` for 0 ≤ x ≤ 1.
fn one_minus(x: Scaled) -> Scaled {
    match x.fraction() {
        0 => Scaled::ONE,
        // This is 2^64 − x.
        fraction => Scaled::new(fraction.wrapping_neg(), -64),
    }
}

/// Returns `−ln(1 − d)` for 0 ≤ d < 2^−14 with a relative error below 2^−45: `d · (1 + d/2 + d²/3 + d³/4)`.
fn minus_ln_one_minus(d: Scaled) -> Scaled {
    const THIRD: u64 = u64::MAX / 3;
    let x = d.fraction();
    // x < 2^50, so no sum wraps, and a coarse product is off by d²·2^−18.
    let tail = mul_high(x, (1u64 << 63).wrapping_add(mul_high_coarse(x, THIRD.wrapping_add(x >> 2))));
    d.mul(Scaled { mantissa: (1u64 << 63).wrapping_add(tail >> 1), exponent: -63 })
}

/// Returns `1 − e^−t` for 0 ≤ t < 2^−8 with a relative error below 2^−46: `t · (1 − t/2 + t²/6 − t³/24 + t⁴/120 − t⁵/720)`.
fn one_minus_exp(t: Scaled) -> Scaled {
    const SIXTH: u64 = u64::MAX / 6;
    const TWENTY_FOURTH: u64 = u64::MAX / 24;
    const ONE_120TH: u64 = u64::MAX / 120;
    const ONE_720TH: u64 = u64::MAX / 720;
    let x = t.fraction();
    // Each product is below the coefficient it is taken from. The coarse products are off by 2^−31, which t² or a higher
    // power multiplies.
    let tail = ONE_120TH.wrapping_sub(mul_high_coarse(x, ONE_720TH));
    let tail = TWENTY_FOURTH.wrapping_sub(mul_high_coarse(x, tail));
    let tail = SIXTH.wrapping_sub(mul_high_coarse(x, tail));
    let tail = (1u64 << 63).wrapping_sub(mul_high(x, tail));
    let tail = mul_high(x, tail);
    t.mul(Scaled::new((1u64 << 63).wrapping_sub(tail >> 1), -63))
}
