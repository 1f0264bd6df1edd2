//! Bounds of option values that hold for every spot.
//!
//! [`OptionPricer`] returns `MoneynessOutOfRange` for a spot below K/100 or above 100·K. A liquidation, a closing trade or the
//! valuation of a registry must not fail there, so these functions return a bound on the safe side instead.

use crate::error::{MathError, MathResult};
use crate::option::{OptionKind, OptionPricer, PricePoint, Terms, Valuation, ValueAndSlope};
use crate::units::Dollars;

/// Returns an upper bound of the option's value, in dollars. Inside the pricer's domain it is the value itself. Beyond the
/// domain it is the value at the nearer edge if the option is out of the money, and the cap payoff if it is in the money (without
/// cap: the spot for a call, the strike for a put). Errors: `Overflow`, which valid terms never cause.
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

/// Bounds the value of an option at a spot beyond the pricer's domain. Out of the money it returns `Ok` with the nearer edge of
/// the domain, whose value is an upper bound; in the money `Err` with the most that the option pays. Errors: `Overflow`.
pub(crate) fn edge_of_domain(terms: &Terms, spot: Dollars) -> MathResult<Result<Dollars, Dollars>> {
    let strike = terms.strike();
    if (terms.kind() == OptionKind::Call) == (spot > strike) {
        let uncapped = if spot > strike { spot } else { strike };
        return Ok(Err(terms.cap_payoff().unwrap_or(uncapped)));
    }
    if spot > strike {
        return strike.mul_int(100).map(Ok);
    }
    // A hundredth that is rounded down could lie outside the domain.
    strike.div_int(100)?.checked_add(Dollars::from_bits(1)).map(Ok)
}

/// Returns a lower bound of the option's value, in dollars: the value itself inside the pricer's domain, the intrinsic value
/// beyond it. Errors: `Overflow`, which valid terms never cause.
pub fn value_at_least(pricer: &OptionPricer, point: PricePoint) -> MathResult<Dollars> {
    valuation_at_least(pricer, point).and_then(|v| v.value())
}

/// Returns the bound of [`value_at_least`] in its two parts; beyond the pricer's domain the time value counts as zero.
pub fn valuation_at_least(pricer: &OptionPricer, point: PricePoint) -> MathResult<Valuation> {
    match pricer.at_point(point) {
        Err(MathError::MoneynessOutOfRange) => {
            Ok(Valuation { intrinsic: pricer.terms().intrinsic(point.price()), time_value: Dollars::ZERO })
        }
        valuation => valuation,
    }
}

/// Returns the bound of [`valuation_at_least`] with its slope `S·∂V/∂S` in dollars; beyond the pricer's domain that of the intrinsic value: zero out
/// of the money, and without cap plus or minus the spot in the money.
#[inline(never)]
pub fn slope_at_least(pricer: &OptionPricer, point: PricePoint) -> MathResult<ValueAndSlope> {
    match pricer.with_slope(point) {
        Err(MathError::MoneynessOutOfRange) => Ok(beyond(pricer.terms(), point)),
        priced => priced,
    }
}

/// Returns intrinsic value and its slope at a spot beyond the domain of a pricer.
#[inline(never)]
pub(crate) fn beyond(terms: &Terms, point: PricePoint) -> ValueAndSlope {
    let (spot, intrinsic) = (point.price(), terms.intrinsic(point.price()));
    let slope = match terms.kind() {
        _ if !intrinsic.is_positive() => Dollars::ZERO,
        OptionKind::Call => spot,
        OptionKind::Put => Dollars::from_bits(spot.to_bits().wrapping_neg()),
    };
    ValueAndSlope { valuation: Valuation { intrinsic, time_value: Dollars::ZERO }, slope }
}
