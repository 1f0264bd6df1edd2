//! The contract: a capped everlasting option (White and Bankman-Fried, "Everlasting Options", Paradigm 2021), and
//! what it pays.
//!
//! The option never expires. Its holder pays the writer `time value / tenor` per unit of time, and when the spot first
//! reaches the cap the option is exercised for its largest payoff. [`Terms`] is what was agreed;
//! [`OptionPricer`] values it.

mod price;
mod pricer;

pub use price::{PricePoint, Shock};
#[cfg(feature = "analytics")]
pub(crate) use pricer::CurvePoint;
pub use pricer::{OptionPricer, Valuation, ValueAndSlope};
pub(crate) use pricer::{value, value_and_slope};

use crate::elementary::Log2;
use crate::error::{MathError, MathResult};
use crate::fixed_point::{Scaled, mul_bits, words};
use crate::units::{Dollars, Ratio, Seconds};

/// The side of the strike on which an option pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OptionKind {
    /// A call pays `spot − strike` above the strike.
    Call,
    /// A put pays `strike − spot` below the strike.
    Put,
}

/// The terms of an option: kind, strike, tenor and cap. They are valid by construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    kind: OptionKind,
    strike: Dollars,
    tenor: Seconds,
    /// Cap price, in dollars; zero without cap.
    cap: Dollars,
    /// Binary logarithms of strike and cap price; the second is meaningless without cap.
    log_strike: Log2,
    log_cap: Log2,
}

impl Terms {
    /// The shortest tenor.
    pub const MIN_TENOR: Seconds = Seconds::HOUR;
    /// The longest tenor: 90 days.
    pub const MAX_TENOR: Seconds = Seconds(90 * Seconds::DAY.0);
    /// The highest strike, 2^48 dollars. The highest spot is a hundred times that and leaves headroom for every sum.
    pub const MAX_STRIKE: Dollars = Dollars::from_int(1 << 48);

    /// Makes terms whose cap is given as a ratio to the strike, above one for a call and between zero and one for a put;
    /// `None` makes an option without cap.
    ///
    /// A 64.64 number cannot hold most decimal ratios. One that lies within 2^−64 of a decimal with ten digits after
    /// the point is taken to mean that decimal if the strike is below 2^29 dollars,
    /// so that the cap price of 1.1 · 200,000 is 220,000 dollars to 2^−63.
    ///
    /// Errors: `MoneynessOutOfRange` (strike not positive or above [`Self::MAX_STRIKE`]), `TenorOutOfRange`,
    /// `CapOutOfRange`.
    pub fn new(kind: OptionKind, strike: Dollars, tenor: Seconds, cap: Option<Ratio>) -> MathResult<Self> {
        Self::checked(kind, strike, tenor, cap, |strike, cap| (log2(strike), log2(cap)))
    }

    /// Restores terms that [`new`](Self::new) made, from its arguments and the [`logarithms`](Self::logarithms) of the terms.
    /// This computes no logarithm and does not check those it is given; wrong ones would make wrong values.
    /// Errors: as [`new`](Self::new).
    pub fn restore(
        kind: OptionKind,
        strike: Dollars,
        tenor: Seconds,
        cap: Option<Ratio>,
        logarithms: (i64, i64),
    ) -> MathResult<Self> {
        Self::checked(kind, strike, tenor, cap, |_, _| (Log2(logarithms.0), Log2(logarithms.1)))
    }

    /// Returns the binary logarithms of strike and cap price in units of 2^−56, for [`restore`](Self::restore). They are never
    /// both zero; without cap the second is meaningless.
    pub const fn logarithms(&self) -> (i64, i64) {
        (self.log_strike.0, self.log_cap.0)
    }

    #[inline]
    fn checked(
        kind: OptionKind,
        strike: Dollars,
        tenor: Seconds,
        cap: Option<Ratio>,
        logarithms: impl FnOnce(Dollars, Dollars) -> (Log2, Log2),
    ) -> MathResult<Self> {
        if !strike.is_positive() || strike > Self::MAX_STRIKE {
            return Err(MathError::MoneynessOutOfRange);
        }
        if tenor < Self::MIN_TENOR || tenor > Self::MAX_TENOR {
            return Err(MathError::TenorOutOfRange);
        }
        let cap = match cap {
            None => Dollars::ZERO,
            Some(ratio) => cap_price(kind, strike, ratio)?,
        };
        let (log_strike, log_cap) = logarithms(strike, cap);
        Ok(Self { kind, strike, tenor, cap, log_strike, log_cap })
    }

    /// Returns whether the option is a call or a put.
    pub const fn kind(&self) -> OptionKind {
        self.kind
    }

    /// Returns the strike K, in dollars.
    pub const fn strike(&self) -> Dollars {
        self.strike
    }

    /// Returns the tenor T, the time over which the time value is paid once.
    pub const fn tenor(&self) -> Seconds {
        self.tenor
    }

    /// Returns the spot in dollars at which the option is exercised: h·K for a call, l·K for a put; `None` without cap.
    pub const fn cap_price(&self) -> Option<Dollars> {
        if self.cap.is_positive() { Some(self.cap) } else { None }
    }

    /// Returns the most that the option can pay, in dollars: `(h−1)·K` for a call, `(1−l)·K` for a put, the strike for a put
    /// without cap; `None` for a call without cap.
    pub fn cap_payoff(&self) -> Option<Dollars> {
        match (self.kind, self.cap_price()) {
            // Both prices are positive, so the differences cannot overflow; by construction they are positive.
            (OptionKind::Call, Some(cap)) => Some(wrapping_difference(cap, self.strike)),
            (OptionKind::Put, Some(cap)) => Some(wrapping_difference(self.strike, cap)),
            (OptionKind::Put, None) => Some(self.strike),
            (OptionKind::Call, None) => None,
        }
    }

    /// Returns what exercise pays at this spot, in dollars: `max(S − K, 0)` for a call, `max(K − S, 0)` for a put, at most the cap payoff.
    /// A spot that is not positive counts as zero.
    pub fn intrinsic(&self, spot: Dollars) -> Dollars {
        let spot = spot.max(Dollars::ZERO);
        let payoff = match self.kind {
            OptionKind::Call => wrapping_difference(spot, self.strike),
            OptionKind::Put => wrapping_difference(self.strike, spot),
        };
        let payoff = payoff.max(Dollars::ZERO);
        self.cap_payoff().map_or(payoff, |cap| payoff.min(cap))
    }

    /// Returns the fair value at one volatility and one spot. It skips the parts of an [`OptionPricer`] that only other spots need.
    /// Errors: as [`OptionPricer::new`] and [`OptionPricer::at`].
    pub fn value(&self, sigma: Ratio, spot: Dollars) -> MathResult<Valuation> {
        pricer::value(self, sigma, PricePoint::new(spot)?)
    }

    /// Returns whether this spot exercises the option, which it does at or beyond the cap.
    pub fn is_capped_at(&self, spot: Dollars) -> bool {
        // Without a cap no spot exercises the option.
        let has_cap = self.cap.is_positive();
        has_cap && if self.kind == OptionKind::Call { spot >= self.cap } else { spot <= self.cap }
    }
}

/// Returns the binary logarithm of a price; the result for a price of zero is meaningless.
#[inline]
fn log2(price: Dollars) -> Log2 {
    Log2::of(Scaled::from_bits(price.to_bits().unsigned_abs()))
}

/// Returns the difference of two non-negative amounts, which always fits.
const fn wrapping_difference(a: Dollars, b: Dollars) -> Dollars {
    Dollars::from_bits(a.to_bits().wrapping_sub(b.to_bits()))
}

/// Returns `ratio · strike` in dollars, corrected as [`Terms::new`] says.
/// Errors: `CapOutOfRange` unless it lies on the side of the strike where the option pays.
fn cap_price(kind: OptionKind, strike: Dollars, ratio: Ratio) -> MathResult<Dollars> {
    /// Ten digits after the point.
    const DECIMALS: u64 = 10_000_000_000;
    if !ratio.is_positive() {
        return Err(MathError::CapOutOfRange);
    }
    let (strike_bits, ratio_bits) = (strike.to_bits().unsigned_abs(), ratio.to_bits().unsigned_abs());
    let product = mul_bits(strike_bits, ratio_bits).ok_or(MathError::CapOutOfRange)?;
    // 10^10 · (ratio − nearest decimal) in units of 2^−64: the low word of the product, meant modulo 2^64.
    let excess = words(ratio_bits).1.wrapping_mul(DECIMALS) as i64;
    let (whole_strike, _) = words(strike_bits);
    // The correction is in units of 2^−64 dollars. Strikes of 2^29 dollars and more are not corrected.
    let correction = if excess.unsigned_abs() <= DECIMALS && whole_strike >> 29 == 0 {
        u128::from(whole_strike.wrapping_mul(excess.unsigned_abs()) / DECIMALS)
    } else {
        0
    };
    // The product is below 2^127 and the correction below 2^29; a negative difference becomes a negative cap.
    let bits = if excess < 0 { product.wrapping_add(correction) } else { product.wrapping_sub(correction) };
    let cap = Dollars::from_bits(bits as i128);
    let valid = match kind {
        OptionKind::Call => ratio > Ratio::ONE && cap > strike,
        OptionKind::Put => ratio < Ratio::ONE && cap < strike && cap.is_positive(),
    };
    if valid { Ok(cap) } else { Err(MathError::CapOutOfRange) }
}

#[cfg(test)]
mod tests;
