//! Fair value of one option at one volatility, as a function of the spot.
//!
//! With `x = S/K`, `u = sqrt(1 + 8/(σ²T))` and the rate zero, the time value solves `½σ²S²·TV'' = TV/T` away from
//! the strike, vanishes at zero and at the cap (or infinity), and its slope falls by one at the strike:
//!
//! ```text
//! call, S < K       (K/u) · (1 − h^−u) · x^((1+u)/2)
//! call, K ≤ S < hK  (K/u) · x^((1−u)/2) · (1 − (S/hK)^u)
//! put,  S > K       (K/u) · (1 − l^u) · x^((1−u)/2)
//! put,  lK < S ≤ K  (K/u) · x^((1+u)/2) · (1 − (lK/S)^u)
//! ```
//!
//! Every factor is positive and the only subtraction, `1 − r^u`, is worked out without cancellation. Logarithms are
//! binary.

use super::{OptionKind, PricePoint, Terms};
use crate::elementary::{LN_2_SCALED, LOG2_BITS, LOG2_E_SCALED, LOG2_UNIT, Log2, exp2, exp2_neg};
use crate::error::{MathError, MathResult};
use crate::fixed_point::{Scaled, mul_high, mul_high_coarse, mul_wide, words};
use crate::units::{Dollars, Ratio, Seconds};

/// Value of an option, per unit of the index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Valuation {
    /// What exercise would pay now.
    pub intrinsic: Dollars,
    /// What the option is worth above that; it is paid once per tenor as funding.
    pub time_value: Dollars,
}

impl Valuation {
    /// Of bits below 2^127.
    pub(crate) const fn of(intrinsic: u128, time_value: u128) -> Self {
        Self { intrinsic: dollars(intrinsic), time_value: dollars(time_value) }
    }

    /// Intrinsic and time value together. Errors: `Overflow`, never for a valuation made by a [`OptionPricer`].
    pub fn value(&self) -> MathResult<Dollars> {
        self.intrinsic.checked_add(self.time_value)
    }

    /// Funding over a span at this time value, `TV · span / tenor`, rounded down to 2^−64 dollars.
    /// Errors: `DivisionByZero`, `Overflow`.
    pub fn funding(&self, span: Seconds, tenor: Seconds) -> MathResult<Dollars> {
        if tenor.is_zero() {
            return Err(MathError::DivisionByZero);
        }
        let rate = self.time_value.mul_int(i64::from(span.0))?;
        rate.div_int(i64::from(tenor.0))
    }

    /// Funding per day at this time value. Errors: as [`Self::funding`].
    pub fn funding_per_day(&self, tenor: Seconds) -> MathResult<Dollars> {
        self.funding(Seconds::DAY, tenor)
    }

    /// Funding per second at this time value. Errors: as [`Self::funding`].
    pub fn funding_per_second(&self, tenor: Seconds) -> MathResult<Dollars> {
        self.funding(Seconds(1), tenor)
    }
}

/// What [`OptionPricer::greeks`] needs to know about a pricer at a spot.
#[cfg(feature = "analytics")]
pub(crate) struct CurvePoint {
    pub(crate) u: Scaled,
    pub(crate) sigma: Scaled,
    /// (S/K)^p, the first power of the time value.
    pub(crate) decay: Scaled,
    /// ln(S/K).
    pub(crate) log_moneyness: f64,
    /// The second power divided by the first: (S/H)^u, out of the money (K/H)^u, or the inverse ratios of a put.
    pub(crate) cap_ratio_power: Scaled,
    /// |ln(H/K)|.
    pub(crate) log_cap_ratio: f64,
}

/// The value of one option at one volatility: all that does not depend on the spot, worked out once.
///
/// Domain: volatility in [5 %, 400 %] a year, spot/strike in [0.01, 100] (at or beyond the cap any spot).
/// Time value: relative error ≤ 2^−40 above 10^−6 dollars (in practice below 2^−42), absolute ≤ 2^−63 dollars + that
/// below; rounded down; never negative, and never above cap payoff − intrinsic.
#[derive(Clone, Copy, Debug)]
pub struct OptionPricer {
    terms: Terms,
    u: Scaled,
    /// Volatility per √year.
    #[cfg(feature = "analytics")]
    sigma: Ratio,
    /// K/u.
    peak: Scaled,
    /// K/u · (1 − h^−u): the time value at the strike.
    capped_peak: Scaled,
}

impl OptionPricer {
    /// The lowest volatility, 5 % a year.
    pub const MIN_VOLATILITY: Ratio = Ratio::from_bits((1 << 64) / 20);
    /// The highest volatility, 400 % a year.
    pub const MAX_VOLATILITY: Ratio = Ratio::from_int(4);

    /// The pricer of these terms at volatility `sigma` per √year. Errors: `VolatilityOutOfRange`.
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

    /// The terms this pricer was made for.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Value at a spot: one logarithm and one exponential, two between strike and cap.
    /// Errors: `MoneynessOutOfRange` for a spot outside [K/100, 100·K] that has not reached the cap.
    pub fn at(&self, spot: Dollars) -> MathResult<Valuation> {
        self.at_point(PricePoint::new(spot)?)
    }

    /// Value at a spot whose logarithm is known: one exponential, two between strike and cap.
    /// Errors: as [`Self::at`].
    pub fn at_point(&self, point: PricePoint) -> MathResult<Valuation> {
        value_at(&self.terms, self.u, point, self.peak, || self.capped_peak)
    }

    /// Intrinsic and time value together at a spot whose logarithm is known. Errors: as [`Self::at`].
    #[inline]
    pub(crate) fn total(&self, point: PricePoint) -> MathResult<Dollars> {
        let parts = parts_at(&self.terms, self.u, point, self.peak, || self.capped_peak)?;
        // Together at most the cap payoff, or without cap a few times the spot, which is below 2^55 dollars.
        Ok(dollars(parts.intrinsic.wrapping_add(parts.time_value()?)))
    }

    /// The parts a sensitivity is made of, at a spot inside the domain that has not reached the cap.
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
                // Out of the money the power is that of the strike: both terms share one exponent.
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

/// A pricer for a few spots: the time value at the strike is worked out when the first of them needs it.
pub(crate) struct Outline<'a> {
    pub(crate) terms: &'a Terms,
    pub(crate) u: Scaled,
    peak: Scaled,
    capped_peak: Option<Scaled>,
}

impl<'a> Outline<'a> {
    /// Errors: `VolatilityOutOfRange`.
    pub(crate) fn new(terms: &'a Terms, sigma: Ratio) -> MathResult<Self> {
        let u = steepness(sigma, terms.tenor)?;
        Ok(Self { terms, u, peak: Scaled::from_bits(bits(terms.strike)).div(u), capped_peak: None })
    }

    /// What the value at a spot is made of. Errors: as [`OptionPricer::at`].
    #[inline(never)]
    pub(crate) fn parts(&mut self, point: PricePoint) -> MathResult<Parts> {
        let Self { terms, u, peak, capped_peak: known } = self;
        parts_at(terms, *u, point, *peak, || *known.get_or_insert_with(|| capped_peak(terms, *u, *peak)))
    }
}

/// The value at one spot alone. Errors: as [`OptionPricer::new`] and [`OptionPricer::at`].
pub(super) fn value(terms: &Terms, sigma: Ratio, point: PricePoint) -> MathResult<Valuation> {
    let u = steepness(sigma, terms.tenor)?;
    let peak = Scaled::from_bits(bits(terms.strike)).div(u);
    value_at(terms, u, point, peak, || capped_peak(terms, u, peak))
}

/// The time value at the strike, `K/u · (1 − h^−u)`.
#[inline]
fn capped_peak(terms: &Terms, u: Scaled, peak: Scaled) -> Scaled {
    if !terms.cap.is_positive() {
        return peak;
    }
    let distance = terms.log_cap.distance(terms.log_strike);
    peak.mul(cap_discount(u, distance, bits(terms.strike), bits(terms.cap)))
}

/// The power of x that a time value falls with on the side of the strike where the spot is: `(u+1)/2` and the distance
/// of the logarithms below, `(u−1)/2` and that above.
#[inline]
fn decay_of(terms: &Terms, u: Scaled, is_below: bool, log: Log2) -> (Scaled, u64) {
    if is_below {
        (u.half_of_one_more(), terms.log_strike.above(log))
    } else {
        (u.half_of_one_less(), log.above(terms.log_strike))
    }
}

/// What a value at one spot is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    pub(crate) intrinsic: u128,
    /// Time value at the strike, as far as the cap leaves it.
    peak: Scaled,
    /// The time value is `peak · 2^−exponent`, the exponent in units of 2^−56, before it is cut to `most`.
    exponent: u64,
    /// Cap payoff less intrinsic value.
    pub(crate) most: u128,
    /// At least `u/2 · |log2(S/K)|`, in units of 2^−56: how often the time value falls to the half on its way from the strike.
    pub(crate) halvings: u64,
    /// Distance of the logarithms that decides how much the cap takes away: of cap and strike, or cap and spot between them.
    /// None without cap.
    to_cap: Option<u64>,
}

impl Parts {
    /// The time value in units of 2^−64 dollars, at most what is left up to the cap. Errors: `Overflow`.
    #[inline]
    pub(crate) fn time_value(&self) -> MathResult<u128> {
        self.cut(exp2_neg(self.exponent))
    }

    /// The same after so many halvings more, in units of 2^−56. Errors: as [`Self::time_value`].
    #[inline]
    pub(crate) fn less(&self, halvings: u64) -> MathResult<u128> {
        self.cut(exp2_neg(self.exponent.saturating_add(halvings)))
    }

    /// The same after so many halvings fewer. Errors: as [`Self::time_value`].
    #[inline]
    pub(crate) fn more(&self, halvings: u64) -> MathResult<u128> {
        if halvings > self.exponent {
            self.cut(exp2(halvings.wrapping_sub(self.exponent)))
        } else {
            self.cut(exp2_neg(self.exponent.wrapping_sub(halvings)))
        }
    }

    #[inline]
    fn cut(&self, decay: Scaled) -> MathResult<u128> {
        Ok(self.peak.mul(decay).to_bits().ok_or(MathError::Overflow)?.min(self.most))
    }

    /// `log2 e · |d ln TV / d ln u|`, or more, in units of 2^−56: how a time value changes with its steepness.
    ///
    /// That is `1 − D(t) + u/2·|ln x|` with `t = u·d`, `d` the distance to the cap, and `D(t) = t/(e^t − 1)`. The convex D is
    /// bounded from below by four straight lines and zero, at most 0.043 below it.
    #[inline]
    pub(crate) fn slope(&self, u: Scaled) -> u64 {
        /// 1 − D(t) ≤ c + m·t: c·log2 e in 2^−16 and m in 2^−10, both rounded up.
        const LINES: [(u64, u64); 4] = [(1, 512), (15_866, 274), (47_556, 116), (78_415, 28)];
        /// log2 e, rounded up, in 2^−16.
        const MOST: u64 = 94_549;
        let mut bend = MOST << (LOG2_BITS - 16);
        if let Some(distance) = self.to_cap {
            // Below 2^54, and after a product with 2^9 below 2^63. The logarithms of a narrow cap are off by up to two units.
            let t = u.times(distance.wrapping_add(2)) >> 10;
            for (constant, factor) in LINES {
                let line = (constant << (LOG2_BITS - 16)).wrapping_add(t.wrapping_add(1).wrapping_mul(factor));
                bend = if line < bend { line } else { bend };
            }
        }
        self.halvings.saturating_add(bend)
    }
}

/// The value at a spot; `capped_peak` gives the time value at the strike where it is needed.
#[inline]
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
    // No spot counts as beyond a cap that is not there: it would have to be zero for a put.
    let is_capped = if is_call { spot >= cap && cap != 0 } else { spot <= cap };
    if is_capped {
        let intrinsic = difference(strike, cap);
        return Ok(Parts { intrinsic, peak: Scaled::ZERO, exponent: 0, most: 0, halvings: 0, to_cap: None });
    }
    let is_below = spot < strike;
    let (rate, distance) = decay_of(terms, u, is_below, point.log());
    // The ends of the domain belong to it also where rounding to 64.64 bits moved a decimal out by a unit.
    if distance > FARTHEST {
        return Err(MathError::MoneynessOutOfRange);
    }
    let exponent = rate.times(distance);
    // The rate below is (u+1)/2, above (u−1)/2.
    let halvings = if is_below { exponent } else { exponent.saturating_add((distance >> 1).wrapping_add(1)) };
    // Up to the cap: cap payoff − intrinsic. A put without cap pays at most its strike.
    let (intrinsic, peak, most, from) = if is_below == is_call {
        (0, capped_peak(), difference(strike, cap), terms.log_strike)
    } else {
        let peak = match cap {
            0 => peak,
            _ => peak.mul(cap_discount(u, terms.log_cap.distance(point.log()), spot, cap)),
        };
        (difference(spot, strike), peak, difference(spot, cap), point.log())
    };
    let (most, to_cap) = match cap {
        0 if is_call => (u128::MAX, None),
        0 => (most, None),
        _ => (most, Some(terms.log_cap.distance(from))),
    };
    Ok(Parts { intrinsic, peak, exponent, most, halvings, to_cap })
}

/// `u = sqrt(1 + 8/(σ²T))`, with an exact square root. Errors: `VolatilityOutOfRange`.
fn steepness(sigma: Ratio, tenor: Seconds) -> MathResult<Scaled> {
    /// 8 years in seconds: 8/(σ²T) with T in seconds.
    const EIGHT_YEARS: Scaled = Scaled::new(8 * Seconds::YEAR.0 as u64, 0);
    if sigma < OptionPricer::MIN_VOLATILITY || sigma > OptionPricer::MAX_VOLATILITY {
        return Err(MathError::VolatilityOutOfRange);
    }
    let (high, low) = words(sigma.to_bits().unsigned_abs());
    // σ ≤ 4 in units of 2^−61, σ² in units of 2^−58: at least 2^49 of them, and the product with T at least 2^60.
    let sigma = (high << 61) | (low >> 3);
    let variance = Scaled::from_words(mul_wide(mul_high(sigma, sigma), u64::from(tenor.0))).times_power(64 - 58);
    Ok(EIGHT_YEARS.div(variance).add_one().sqrt())
}

/// `1 − r^u`, r < 1 the ratio of spot and cap price, `distance` the difference of their logarithms, to full relative
/// precision however close they are.
#[inline]
fn cap_discount(u: Scaled, distance: u64, spot: u128, cap: u128) -> Scaled {
    /// 2^−14: up to here the difference of two logarithms has 40 good bits.
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

/// The same for a spot so close to the cap that their logarithms cancel: from the difference of the prices.
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

/// log2 100, and two units that the logarithms of spot and strike may be off.
const FARTHEST: u64 = 0x06a4_d3c2_5e68_dc57 + 2;

/// The bits of an amount that is not negative.
const fn bits(amount: Dollars) -> u128 {
    amount.to_bits().unsigned_abs()
}

/// The amount of some bits below 2^127.
const fn dollars(bits: u128) -> Dollars {
    Dollars::from_bits(bits as i128)
}

/// |a − b|.
#[inline]
const fn difference(a: u128, b: u128) -> u128 {
    if a > b { a.wrapping_sub(b) } else { b.wrapping_sub(a) }
}

/// `1 − x` for 0 ≤ x ≤ 1.
fn one_minus(x: Scaled) -> Scaled {
    match x.fraction() {
        0 => Scaled::ONE,
        // 2^64 − x.
        fraction => Scaled::new(fraction.wrapping_neg(), -64),
    }
}

/// `−ln(1 − d)` for 0 ≤ d < 2^−14, relative error below 2^−45: `d · (1 + d/2 + d²/3 + d³/4)`.
fn minus_ln_one_minus(d: Scaled) -> Scaled {
    const THIRD: u64 = u64::MAX / 3;
    let x = d.fraction();
    // x < 2^50: no sum wraps, and a coarse product is off by d²·2^−18.
    let tail = mul_high(x, (1u64 << 63).wrapping_add(mul_high_coarse(x, THIRD.wrapping_add(x >> 2))));
    d.mul(Scaled { mantissa: (1u64 << 63).wrapping_add(tail >> 1), exponent: -63 })
}

/// `1 − e^−t` for 0 ≤ t < 2^−8, relative error below 2^−46: `t · (1 − t/2 + t²/6 − t³/24 + t⁴/120 − t⁵/720)`.
fn one_minus_exp(t: Scaled) -> Scaled {
    const SIXTH: u64 = u64::MAX / 6;
    const TWENTY_FOURTH: u64 = u64::MAX / 24;
    const ONE_120TH: u64 = u64::MAX / 120;
    const ONE_720TH: u64 = u64::MAX / 720;
    let x = t.fraction();
    // Each product is below the coefficient it is taken from. The coarse ones are off by 2^−31, times t² at least.
    let tail = ONE_120TH.wrapping_sub(mul_high_coarse(x, ONE_720TH));
    let tail = TWENTY_FOURTH.wrapping_sub(mul_high_coarse(x, tail));
    let tail = SIXTH.wrapping_sub(mul_high_coarse(x, tail));
    let tail = (1u64 << 63).wrapping_sub(mul_high(x, tail));
    let tail = mul_high(x, tail);
    t.mul(Scaled::new((1u64 << 63).wrapping_sub(tail >> 1), -63))
}
