//! A smile over strikes.

use crate::elementary::{LN_2_SCALED, LOG2_BITS};
use crate::error::{MathError, MathResult};
use crate::fixed_point::{Scaled, mul_high};
use crate::option::{OptionPricer, PricePoint, Terms};
use crate::units::{Dollars, Ratio, Seconds};

/// Binary exponent of the unit of binary logarithms.
const LOG2_UNIT: i64 = -(LOG2_BITS as i64);

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
