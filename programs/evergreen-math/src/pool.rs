//! Net asset value of a pool, and the bounds between which it certainly lies.
//!
//! `NAV = pool cash + the pool's unsettled funding − Σ series (traders' net points · value)`. The value of a series is not
//! known to the last digit: the price may have moved since it was published, the volatility is an estimate. Each series is
//! therefore valued at the worse of spot and slow price and with the volatility up or down by a band, once against those
//! who come (upper bound) and once against those who go (lower bound).

use crate::bounds::{value_at_least, value_at_most};
use crate::error::{MathError, MathResult};
use crate::option::{Curve, OptionKind, PricePoint, Terms};
use crate::units::{BasisPoints, NativeDelta, PointScale, Points, Ratio, Rounding};

/// What the pool owes traders on the present book, between two bounds; negative where traders owe the pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Liability {
    /// It owes at least this; rounded down.
    pub low: NativeDelta,
    /// It owes at most this; rounded up.
    pub high: NativeDelta,
}

impl Liability {
    /// Sum over series. Errors: `Overflow`.
    pub fn checked_add(self, other: Self) -> MathResult<Self> {
        Ok(Self { low: self.low.checked_add(other.low)?, high: self.high.checked_add(other.high)? })
    }
}

/// How uncertain the market is taken to be.
#[derive(Clone, Copy, Debug)]
pub struct MarketBounds {
    /// The cheaper of spot and slow price.
    lower: PricePoint,
    /// The dearer of the two.
    upper: PricePoint,
    /// Half-width of the volatility band, as a share of the volatility.
    sigma_band: BasisPoints,
}

impl MarketBounds {
    /// Between spot and slow price, volatility within ± `sigma_band`. Costs two logarithms, once per underlying.
    /// Errors: `InvalidParameter` for a band above 100 %.
    pub fn new(spot: PricePoint, slow: PricePoint, sigma_band: BasisPoints) -> MathResult<Self> {
        if sigma_band > BasisPoints::ONE {
            return Err(MathError::InvalidParameter);
        }
        let (lower, upper) = if spot.price() <= slow.price() { (spot, slow) } else { (slow, spot) };
        Ok(Self { lower, upper, sigma_band })
    }

    /// What the pool owes on a series of these terms and mark volatility of which traders hold `net_points` in sum (long minus
    /// short). Volatilities are cut to the domain of option values. Two valuations; none for a net of zero.
    /// Errors: `Overflow`.
    pub fn liability(
        &self,
        terms: &Terms,
        sigma: Ratio,
        net_points: Points,
        scale: PointScale,
    ) -> MathResult<Liability> {
        if net_points.is_zero() {
            return Ok(Liability::default());
        }
        let (cheap, dear) = match terms.kind() {
            OptionKind::Call => (self.lower, self.upper),
            OptionKind::Put => (self.upper, self.lower),
        };
        let band = sigma.mul_floor(self.sigma_band.to_ratio())?;
        let least = value_at_least(&Curve::new(terms, into_domain(sigma.checked_sub(band)?))?, cheap)?;
        let most = value_at_most(&Curve::new(terms, into_domain(sigma.checked_add(band)?))?, dear)?;
        let (for_low, for_high) = if net_points.is_short() { (most, least) } else { (least, most) };
        Ok(Liability {
            low: scale.native(net_points, for_low, Rounding::Floor)?,
            high: scale.native(net_points, for_high, Rounding::Ceil)?,
        })
    }
}

/// A volatility cut to what options are valued with.
fn into_domain(sigma: Ratio) -> Ratio {
    sigma.max(Curve::MIN_VOLATILITY).min(Curve::MAX_VOLATILITY)
}

/// Net asset value between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NavBounds {
    /// At least this: what withdrawals are paid from. Rounded down.
    pub lower: NativeDelta,
    /// At most this: what deposits are measured against. Rounded up but for the unsettled funding, which is rounded down
    /// by less than one unit a series.
    pub upper: NativeDelta,
}

/// Net asset value: `pool_cash + unsettled_funding − liability`. Errors: `Overflow`.
pub fn nav_bounds(
    pool_cash: NativeDelta,
    unsettled_funding: NativeDelta,
    liability: Liability,
) -> MathResult<NavBounds> {
    let assets = pool_cash.checked_add(unsettled_funding)?;
    Ok(NavBounds { lower: assets.checked_sub(liability.high)?, upper: assets.checked_sub(liability.low)? })
}
