//! Option values where no price may be an obstacle: bounds that hold for every spot.
//!
//! [`OptionPricer`] answers `MoneynessOutOfRange` for a spot below K/100 or above 100·K. A liquidation, a closing trade or the
//! valuation of a registry must not fail there, so these functions answer with a bound on the safe side.

use crate::error::{MathError, MathResult};
use crate::option::{OptionKind, OptionPricer, PricePoint, Terms, Valuation};
use crate::units::Dollars;

/// A value that the option does not exceed: the value itself inside the pricer's domain; beyond it the value at the near edge
/// (out of the money), or the cap payoff (in the money; without cap, spot or strike).
/// Errors: `Overflow` for strikes next to the limits of the type.
pub fn value_at_most(pricer: &OptionPricer, point: PricePoint) -> MathResult<Dollars> {
    match pricer.total(point) {
        Err(MathError::MoneynessOutOfRange) => most_beyond(pricer, point),
        value => value,
    }
}

#[inline(never)]
fn most_beyond(pricer: &OptionPricer, point: PricePoint) -> MathResult<Dollars> {
    match edge_of_domain(pricer.terms(), point.price())? {
        Ok(edge) => pricer.at(edge).and_then(|v| v.value()),
        Err(most) => Ok(most),
    }
}

/// For a spot beyond the pricer's domain: the near edge, whose value is not exceeded, of an option that is out of the money; of
/// one in the money `Err` with what it pays at most. Errors: `Overflow`.
pub(crate) fn edge_of_domain(terms: &Terms, spot: Dollars) -> MathResult<Result<Dollars, Dollars>> {
    let strike = terms.strike();
    if (terms.kind() == OptionKind::Call) == (spot > strike) {
        let uncapped = if spot > strike { spot } else { strike };
        return Ok(Err(terms.cap_payoff().unwrap_or(uncapped)));
    }
    if spot > strike {
        return strike.mul_int(100).map(Ok);
    }
    // Rounded down, a hundredth could lie outside.
    strike.div_int(100)?.checked_add(Dollars::from_bits(1)).map(Ok)
}

/// A value that the option does not fall below: the value itself inside the pricer's domain, the intrinsic value beyond it.
/// Errors: `Overflow` for prices next to the limits of the type.
pub fn value_at_least(pricer: &OptionPricer, point: PricePoint) -> MathResult<Dollars> {
    valuation_at_least(pricer, point).and_then(|v| v.value())
}

/// As [`value_at_least`], in its two parts: beyond the pricer's domain the time value counts as zero.
pub fn valuation_at_least(pricer: &OptionPricer, point: PricePoint) -> MathResult<Valuation> {
    match pricer.at_point(point) {
        Err(MathError::MoneynessOutOfRange) => {
            Ok(Valuation { intrinsic: pricer.terms().intrinsic(point.price()), time_value: Dollars::ZERO })
        }
        valuation => valuation,
    }
}
