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
use crate::elementary::{LN_2_SCALED, LOG2_BITS, LOG2_E_SCALED, Log2, exp2_neg};
use crate::error::{MathError, MathResult};
use crate::fixed_point::{Scaled, mul_high};
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
    /// Intrinsic and time value together. Errors: `Overflow`, never for a valuation made by a [`Curve`].
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

/// The value of one option at one volatility: all that does not depend on the spot, worked out once.
///
/// Domain: volatility in [5 %, 400 %] a year, spot/strike in [0.01, 100] (at or beyond the cap any spot).
/// Time value: relative error ≤ 2^−40 above 10^−6 dollars (in practice below 2^−45), absolute ≤ 2^−63 dollars + that
/// below; rounded down; never negative, and never above cap payoff − intrinsic.
#[derive(Clone, Copy, Debug)]
pub struct Curve {
    terms: Terms,
    cap_payoff: Option<Dollars>,
    /// log2 of strike and cap price.
    log_strike: Log2,
    log_cap: Log2,
    u: Scaled,
    /// (u+1)/2: how fast the time value falls below the strike.
    below: Scaled,
    /// (u−1)/2: how fast it falls above the strike.
    above: Scaled,
    /// K/u.
    peak: Scaled,
    /// K/u · (1 − h^−u): the time value at the strike.
    capped_peak: Scaled,
}

impl Curve {
    /// The lowest volatility, 5 % a year.
    pub const MIN_VOLATILITY: Ratio = Ratio::from_bits((1 << 64) / 20);
    /// The highest volatility, 400 % a year.
    pub const MAX_VOLATILITY: Ratio = Ratio::from_int(4);

    /// The curve of these terms at volatility `sigma` per √year. Errors: `VolatilityOutOfRange`.
    pub fn new(terms: &Terms, sigma: Ratio) -> MathResult<Self> {
        if sigma < Self::MIN_VOLATILITY || sigma > Self::MAX_VOLATILITY {
            return Err(MathError::VolatilityOutOfRange);
        }
        /// 8 years in seconds: 8/(σ²T) with T in seconds.
        const EIGHT_YEARS: u64 = 8 * Seconds::YEAR.0 as u64;
        let sigma = Scaled::from_bits(sigma.to_bits().unsigned_abs());
        let variance = sigma.mul(sigma).mul(Scaled::new(u64::from(terms.tenor.0), 0));
        let u = Scaled::new(EIGHT_YEARS, 0).div(variance).add(Scaled::ONE).sqrt();

        let strike = bits(terms.strike);
        let scaled_strike = Scaled::from_bits(strike);
        let log_strike = Log2::of(scaled_strike);
        let peak = scaled_strike.div(u);
        let mut curve = Self {
            terms: *terms,
            cap_payoff: terms.cap_payoff(),
            log_strike,
            log_cap: log_strike,
            u,
            below: u.add(Scaled::ONE).half(),
            above: u.sub(Scaled::ONE).half(),
            peak,
            capped_peak: peak,
        };
        if let Some(cap) = terms.cap_price {
            curve.log_cap = Log2::of(Scaled::from_bits(bits(cap)));
            curve.capped_peak = peak.mul(curve.cap_discount(strike, log_strike, bits(cap)));
        }
        Ok(curve)
    }

    /// The terms this curve was made for.
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
        let spot = point.price();
        let intrinsic = self.terms.intrinsic(spot);
        if self.terms.is_capped_at(spot) {
            return Ok(Valuation { intrinsic, time_value: Dollars::ZERO });
        }
        // The ends of the domain belong to it also where rounding to 64.64 bits moved a decimal out by a unit.
        if spot > hundredfold(next_above(self.terms.strike)) || hundredfold(next_above(spot)) < self.terms.strike {
            return Err(MathError::MoneynessOutOfRange);
        }
        let log = point.log();
        let (decay, in_the_money) = if spot < self.terms.strike {
            (self.below.times(self.log_strike.above(log)), self.terms.kind == OptionKind::Put)
        } else {
            (self.above.times(log.above(self.log_strike)), self.terms.kind == OptionKind::Call)
        };
        let decay = exp2_neg(decay);
        let time_value = match self.terms.cap_price {
            Some(cap) if in_the_money => self.peak.mul(self.cap_discount(bits(spot), log, bits(cap))).mul(decay),
            _ => self.capped_peak.mul(decay),
        };
        let time_value = time_value.to_bits().and_then(|v| i128::try_from(v).ok()).ok_or(MathError::Overflow)?;
        let time_value = Dollars::from_bits(time_value);
        let time_value = match self.cap_payoff {
            Some(payoff) => time_value.min(payoff.checked_sub(intrinsic)?),
            None => time_value,
        };
        Ok(Valuation { intrinsic, time_value })
    }

    /// `1 − r^u`, r < 1 the ratio of spot and cap price, to full relative precision however close they are.
    fn cap_discount(&self, spot: u128, log_spot: Log2, cap: u128) -> Scaled {
        /// 2^−14: up to here the difference of two logarithms has 40 good bits.
        const NEAR: u64 = 1 << (LOG2_BITS - 14);
        const UNIT: i32 = -(LOG2_BITS as i32);
        let (distance, gap, larger) = match self.terms.kind {
            OptionKind::Call => (self.log_cap.above(log_spot), cap.saturating_sub(spot), cap),
            OptionKind::Put => (log_spot.above(self.log_cap), spot.saturating_sub(cap), spot),
        };
        if distance >= NEAR {
            let exponent = self.u.times(distance);
            return if exponent >> (LOG2_BITS - 8) != 0 {
                one_minus(exp2_neg(exponent))
            } else {
                one_minus_exp(Scaled::new(exponent, UNIT).mul(LN_2_SCALED))
            };
        }
        let log = minus_ln_one_minus(Scaled::from_bits(gap).div(Scaled::from_bits(larger)));
        let exponent = self.u.mul(log);
        if exponent.fraction() >> 56 != 0 {
            one_minus(exp2_neg(exponent.mul(LOG2_E_SCALED).times(1 << LOG2_BITS)))
        } else {
            one_minus_exp(exponent)
        }
    }
}

/// The bits of a positive amount.
const fn bits(amount: Dollars) -> u128 {
    amount.to_bits().unsigned_abs()
}

/// The price one unit of 2^−64 dollars higher.
const fn next_above(price: Dollars) -> Dollars {
    Dollars::from_bits(price.to_bits().saturating_add(1))
}

/// A hundred times a price; of a price so high that this overflows, the highest price.
fn hundredfold(price: Dollars) -> Dollars {
    let bits = price.to_bits();
    if bits >> 119 != 0 {
        return Dollars::MAX;
    }
    // 64 + 32 + 4, by shifts: a 128-bit product is a library call on the VM. Below 2^126.
    Dollars::from_bits((bits << 6).wrapping_add(bits << 5).wrapping_add(bits << 2))
}

/// `1 − x` for 0 ≤ x ≤ 1.
fn one_minus(x: Scaled) -> Scaled {
    match x.fraction() {
        0 => Scaled::ONE,
        // 2^64 − x.
        fraction => Scaled::new(fraction.wrapping_neg(), -64),
    }
}

/// `−ln(1 − d)` for 0 ≤ d < 2^−13, relative error below 2^−53: `d · (1 + d/2 + d²/3 + d³/4)`.
fn minus_ln_one_minus(d: Scaled) -> Scaled {
    const THIRD: u64 = u64::MAX / 3;
    let x = d.fraction();
    // x < 2^51: no sum wraps.
    let tail = mul_high(x, (1u64 << 63).wrapping_add(mul_high(x, THIRD.wrapping_add(x >> 2))));
    d.mul(Scaled { mantissa: (1u64 << 63).wrapping_add(tail >> 1), exponent: -63 })
}

/// `1 − e^−t` for 0 ≤ t < 2^−8, relative error below 2^−58: `t · (1 − t/2 + t²/6 − t³/24 + t⁴/120 − t⁵/720)`.
fn one_minus_exp(t: Scaled) -> Scaled {
    const SIXTH: u64 = u64::MAX / 6;
    const TWENTY_FOURTH: u64 = u64::MAX / 24;
    const ONE_120TH: u64 = u64::MAX / 120;
    const ONE_720TH: u64 = u64::MAX / 720;
    let x = t.fraction();
    // Each product is below the coefficient it is taken from.
    let tail = ONE_120TH.wrapping_sub(mul_high(x, ONE_720TH));
    let tail = TWENTY_FOURTH.wrapping_sub(mul_high(x, tail));
    let tail = SIXTH.wrapping_sub(mul_high(x, tail));
    let tail = (1u64 << 63).wrapping_sub(mul_high(x, tail));
    let tail = mul_high(x, tail);
    t.mul(Scaled::new((1u64 << 63).wrapping_sub(tail >> 1), -63))
}
