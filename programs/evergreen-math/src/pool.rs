//! What a pool owes on its series, of which its net asset value is made:
//! `NAV = pool cash + the pool's unsettled funding − Σ series (traders' net points · value)`.
//!
//! The value of a series depends on the volatility, and trades are done at two of them. So liquidity is valued at two: what comes in at the volatility
//! at which closing pays the pool most, what leaves at the one at which it costs the pool most. The price is the one of a determined moment, which nobody
//! chooses, so it needs no band.

use crate::bounds::{beyond, edge_of_domain};
use crate::error::{MathError, MathResult};
use crate::option::{self, PricePoint, Terms, ValueAndSlope};
use crate::units::{Native, NativeDelta, PointScale, Points, Ratio, Rounding};

/// Returns value and slope of one option at a spot, in dollars. Beyond the domain of [`OptionPricer`](crate::option::OptionPricer) they are those of the
/// intrinsic value. This computes one value. Errors: `VolatilityOutOfRange`, `Overflow`.
pub fn value_and_slope(terms: &Terms, sigma: Ratio, spot: PricePoint) -> MathResult<ValueAndSlope> {
    match option::value_and_slope(terms, sigma, spot) {
        Err(MathError::MoneynessOutOfRange) => Ok(beyond(terms, spot)),
        priced => priced,
    }
}

/// Returns what the pool owes on a series of these terms, of which traders hold `net_points` in sum (bought minus written), in native units; negative where
/// they owe the pool. It is rounded as named: up to a bound from above, down to one from below. Beyond the domain of
/// [`OptionPricer`](crate::option::OptionPricer) the value is bounded on that side as in [`crate::bounds`]. This computes one value, none for no points.
/// Errors: `VolatilityOutOfRange`, `Overflow`.
pub fn owed(
    terms: &Terms,
    sigma: Ratio,
    spot: PricePoint,
    net_points: Points,
    (scale, rounding): (PointScale, Rounding),
) -> MathResult<NativeDelta> {
    if net_points.is_zero() {
        return Ok(NativeDelta::ZERO);
    }
    let value = match option::value(terms, sigma, spot) {
        // What is owed at most is that on bought options at most, and on written ones at least.
        Err(MathError::MoneynessOutOfRange) if (rounding == Rounding::Ceil) == net_points.is_short() => {
            terms.intrinsic(spot.price())
        }
        Err(MathError::MoneynessOutOfRange) => match edge_of_domain(terms, spot.price())? {
            Ok(edge) => option::value(terms, sigma, PricePoint::new(edge)?)?.value()?,
            Err(value) => value,
        },
        value => value?.value()?,
    };
    scale.native(net_points, value, rounding)
}

/// Returns the time value of so many points of an option, in native units, rounded up. Errors: as [`owed`].
pub fn time_value(
    terms: &Terms,
    sigma: Ratio,
    spot: PricePoint,
    points: Points,
    scale: PointScale,
) -> MathResult<Native> {
    let worth = owed(terms, sigma, spot, points, (scale, Rounding::Ceil))?;
    let intrinsic = scale.native(points, terms.intrinsic(spot.price()), Rounding::Floor)?;
    Ok(worth.checked_sub(intrinsic)?.positive_part())
}
