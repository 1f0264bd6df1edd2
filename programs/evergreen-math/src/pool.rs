//! Net asset value of a pool, and the bounds between which it certainly lies.
//!
//! `NAV = pool cash + the pool's unsettled funding − Σ series (traders' net points · value)`. The value of a series is not
//! known to the last digit: the volatility is an estimate. Each series is therefore valued with the volatility up or down by a band, once
//! against depositors (upper bound) and once against those who withdraw (lower bound). The price is the one of a determined moment, which
//! nobody chooses, so it needs no band.
//!
//! *Volatility.* The value at another volatility is not computed but bounded. With the slope `E ≥ −d ln TV / d ln u` of
//! the time value at volatility σ in its steepness u (see [`OptionPricer`](crate::option::OptionPricer)),
//!
//! ```text
//! TV(σ·(1 − β)) ≥ TV(σ) · e^(−E·β/(1−β)),      TV(σ·(1 + β)) ≤ TV(σ) · (1 + β)^E
//! ```
//!
//! Proof: `−d ln TV / d ln u = 1 − D(u·d) + u/2·|ln x|`, with `D(t) = t/(e^t − 1)` and the distance `d` to the cap, rises with u.
//! `−d ln u / d ln σ = 1 − u^−2` lies between 0 and 1 and rises with u too. As u falls in σ, `ln TV` is concave in `ln σ` and lies
//! below its tangent, which is the second bound. In u itself `ln TV` is convex, because `(1 − D(t))/t` falls, so it lies above its
//! tangent; u rises at most by the factor `1/(1 − β)`, which gives the first bound.

use crate::bounds::{beyond, edge_of_domain};
use crate::elementary::ln;
use crate::error::{MathError, MathResult};
use crate::fixed_point::Scaled;
use crate::option::{Outline, Parts, PricePoint, Terms, Valuation, ValueAndSlope};
use crate::units::{BasisPoints, Dollars, NativeDelta, PointScale, Points, Ratio, Rounding};

/// What the pool owes traders on the present registry, between two bounds; negative where traders owe the pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Liability {
    /// The least that the pool owes, native units, rounded down.
    pub low: NativeDelta,
    /// The most that the pool owes, native units, rounded up.
    pub high: NativeDelta,
}

impl Liability {
    /// Adds the liability of another series. Errors: `Overflow`.
    pub fn checked_add(self, other: Self) -> MathResult<Self> {
        Ok(Self { low: self.low.checked_add(other.low)?, high: self.high.checked_add(other.high)? })
    }
}

/// The price, and the range of volatility, at which series are valued.
#[derive(Clone, Copy, Debug)]
pub struct MarketBounds {
    spot: PricePoint,
    /// `β/(1−β)`, rounded up; `None` for a band of 100 %, at which no time value is left.
    down: Option<Scaled>,
    /// `ln(1+β)`, rounded up.
    up: Scaled,
}

impl MarketBounds {
    /// Makes the range of volatility within ± `sigma_band` at the spot. This computes one logarithm, once per underlying.
    /// Errors: `InvalidParameter` for a band above 100 %.
    pub fn new(spot: PricePoint, sigma_band: BasisPoints) -> MathResult<Self> {
        if sigma_band > BasisPoints::ONE {
            return Err(MathError::InvalidParameter);
        }
        let scaled = |ratio: Ratio| -> MathResult<Scaled> {
            // The addend is more than a quotient or logarithm may be off.
            Ok(Scaled::from_bits(ratio.checked_add(Ratio::from_bits(16))?.to_bits().unsigned_abs()))
        };
        let band = sigma_band.to_ratio();
        let less = Ratio::ONE.checked_sub(band)?;
        let down = if less.is_positive() { Some(scaled(band.ratio_to(less)?)?) } else { None };
        Ok(Self { spot, down, up: scaled(ln(Ratio::ONE.checked_add(band)?)?)? })
    }

    /// Returns value and slope of one option at the spot, in dollars, and what the pool owes on a series of these terms and mark
    /// volatility of which traders hold `net_points` in sum (bought minus written). Beyond the domain of
    /// [`OptionPricer`](crate::option::OptionPricer) the value is the intrinsic value, and the liability is bounded as in
    /// [`crate::bounds`]. This computes one value.
    /// Errors: `VolatilityOutOfRange`, `Overflow`.
    pub fn value_series(
        &self,
        terms: &Terms,
        sigma: Ratio,
        net_points: Points,
        scale: PointScale,
    ) -> MathResult<(ValueAndSlope, Liability)> {
        let mut pricer = Outline::new(terms, sigma)?;
        let at_spot = pricer.parts(self.spot);
        let now = match &at_spot {
            Ok(parts) => parts.with_slope(terms, pricer.u, self.spot)?,
            Err(MathError::MoneynessOutOfRange) => beyond(terms, self.spot),
            Err(error) => return Err(*error),
        };
        if net_points.is_zero() {
            return Ok((now, Liability::default()));
        }
        let (least, most) = (self.least(&pricer, at_spot)?, self.most(&mut pricer, at_spot)?);
        let (for_low, for_high) = if net_points.is_short() { (most, least) } else { (least, most) };
        let liability = Liability {
            low: scale.native(net_points, for_low, Rounding::Floor)?,
            high: scale.native(net_points, for_high, Rounding::Ceil)?,
        };
        Ok((now, liability))
    }

    /// Returns the liability of [`value_series`](Self::value_series) alone. Errors: the same.
    pub fn liability(
        &self,
        terms: &Terms,
        sigma: Ratio,
        net_points: Points,
        scale: PointScale,
    ) -> MathResult<Liability> {
        Ok(self.value_series(terms, sigma, net_points, scale)?.1)
    }

    /// Returns a lower bound of the value in dollars at the spot, with the volatility at the lower end of the band.
    #[inline]
    fn least(&self, pricer: &Outline, parts: MathResult<Parts>) -> MathResult<Dollars> {
        let parts = match parts {
            Err(MathError::MoneynessOutOfRange) => return Ok(pricer.terms.intrinsic(self.spot.price())),
            parts => parts?,
        };
        let Some(rate) = self.down else { return sum(parts.intrinsic, 0) };
        sum(parts.intrinsic, parts.less(rate.times(parts.slope(pricer.u)))?)
    }

    /// Returns an upper bound of the value in dollars at the spot, with the volatility at the upper end of the band.
    #[inline]
    fn most(&self, pricer: &mut Outline, parts: MathResult<Parts>) -> MathResult<Dollars> {
        let parts = match parts {
            Err(MathError::MoneynessOutOfRange) => match edge_of_domain(pricer.terms, self.spot.price())? {
                Ok(edge) => pricer.parts(PricePoint::new(edge)?)?,
                Err(value) => return Ok(value),
            },
            parts => parts?,
        };
        sum(parts.intrinsic, parts.more(self.up.times(parts.slope(pricer.u)))?)
    }
}

/// Returns the sum of two parts, in dollars. Errors: `Overflow`.
fn sum(intrinsic: u128, time_value: u128) -> MathResult<Dollars> {
    Valuation::of(intrinsic, time_value).value()
}

/// Net asset value between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NavBounds {
    /// Lower bound, native units, rounded down; withdrawals are priced at it.
    pub lower: NativeDelta,
    /// Upper bound, native units; deposits are priced at it. It is rounded up, except for the unsettled funding, which is rounded
    /// down by less than one unit a series.
    pub upper: NativeDelta,
}

/// Returns the bounds of `pool_cash + unsettled_funding − liability`, native units. Errors: `Overflow`.
pub fn nav_bounds(
    pool_cash: NativeDelta,
    unsettled_funding: NativeDelta,
    liability: Liability,
) -> MathResult<NavBounds> {
    let assets = pool_cash.checked_add(unsettled_funding)?;
    Ok(NavBounds { lower: assets.checked_sub(liability.high)?, upper: assets.checked_sub(liability.low)? })
}
