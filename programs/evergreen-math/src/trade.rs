//! The price of one leg of a trade.
//!
//! A buyer pays the value at the end of the price band that is worse for the buyer (the oracle price moved by `z` confidences),
//! and a seller receives the value at the other end. Both pay a fee. Everything is
//! rounded against the trader. At one price and volatility no sequence of legs brings a profit: values are at least as high for buyers as for
//! sellers, sums of roundings are no better than the rounding of a sum, and fees are positive. What a trade does to the pool's
//! direction is paid by time, as [carry](crate::carry), and not here. A pool may add a [mark-up](Markups) to what it opens.

use crate::bounds::{valuation_at_least, value_at_most};
use crate::error::{MathError, MathResult};
use crate::fees::{FeeParams, fee_per_unit, trade_fee};
use crate::option::{OptionKind, OptionPricer, PricePoint, Terms};
use crate::units::{BasisPoints, Dollars, Native, NativeDelta, PointScale, Points, Ratio, Rounding};

/// The price of the underlying and the ends between which it is taken to lie.
#[derive(Clone, Copy, Debug)]
pub struct PriceBand {
    /// The oracle's price, at which marks and notionals are measured.
    pub spot: PricePoint,
    /// The lower end, in dollars; buyers of puts and sellers of calls trade at it.
    pub low: Dollars,
    /// The upper end, in dollars; buyers of calls and sellers of puts trade at it.
    pub high: Dollars,
}

impl PriceBand {
    /// Returns a band of the price alone, for trades at the mark.
    pub const fn at_mark(spot: PricePoint) -> Self {
        Self { spot, low: spot.price(), high: spot.price() }
    }

    /// Returns the band of `z` confidences on either side of the price, rounded outwards; its lower end is not below 2^−64 dollars.
    /// `z` is in basis points: 10,000 is one confidence. Errors: `Domain` for a negative confidence, `Overflow`.
    pub fn around(spot: PricePoint, confidence: Dollars, z: BasisPoints) -> MathResult<Self> {
        if confidence.is_negative() {
            return Err(MathError::Domain);
        }
        let product = confidence.to_bits().checked_mul(i128::from(z.0)).ok_or(MathError::Overflow)?;
        // None is negative, and to divide signed numbers the program needs another routine.
        let rounded_up = product.checked_add(9_999).ok_or(MathError::Overflow)?.unsigned_abs() / 10_000;
        let distance = i128::try_from(rounded_up).map_err(|_| MathError::Overflow)?;
        let low = spot.price().checked_sub(Dollars::from_bits(distance))?.max(Dollars::from_bits(1));
        Ok(Self { spot, low, high: spot.price().checked_add(Dollars::from_bits(distance))? })
    }
}

/// What a pool adds to the volatility at which positions are opened, as shares of it. What closes has none, so that nobody can be charged for leaving
/// what they were not charged for when they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Markups {
    /// Mark-up for whoever buys.
    pub buy: BasisPoints,
    /// Mark-down for whoever writes.
    pub write: BasisPoints,
}

impl Markups {
    /// Returns the volatility at which a leg is done that leaves `after` points, given that of the quote at its strike: moved against the trader where it opens
    /// something, within the volatilities of [`OptionPricer`], rounded against the trader by at most 2^−64. Errors: `Overflow`.
    #[inline(never)]
    pub fn at(self, sigma: Ratio, buys: bool, after: Points) -> MathResult<Ratio> {
        let share = if buys { self.buy } else { self.write };
        let opens = !after.is_zero() && after.is_short() != buys;
        if share.is_zero() || !opens {
            return Ok(sigma);
        }
        let part = sigma.mul_int(share.0.into())?.div_int(10_000)?.checked_add(Ratio::from_bits(1))?;
        Ok(if buys {
            sigma.checked_add(part)?.min(OptionPricer::MAX_VOLATILITY)
        } else {
            sigma.checked_sub(part)?.max(OptionPricer::MIN_VOLATILITY)
        })
    }
}

/// One leg of a trade, before it happens.
#[derive(Clone, Copy, Debug)]
pub struct LegPricing<'a> {
    /// The contract.
    pub terms: &'a Terms,
    /// Points of it that the trader holds.
    pub held: Points,
    /// Points that the trader buys (positive) or sells (negative).
    pub change: Points,
    /// Volatility of the quote at this strike.
    pub sigma: Ratio,
    /// Price of the underlying.
    pub prices: PriceBand,
    /// Fees.
    pub fees: FeeParams,
    /// Scale of points.
    pub scale: PointScale,
}

/// The cost of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegCost {
    /// Change of the trader's cash without the fee, native units, rounded down; negative when the trader pays.
    pub cash_change: NativeDelta,
    /// The fee, native units, rounded up.
    pub fee: Native,
    /// Points of the leg times the oracle price, native units, rounded up.
    pub notional: Native,
}

impl LegPricing<'_> {
    /// Returns the points of this leg that close and those that open; a leg through zero does both. Errors: `Overflow`.
    pub fn closing_and_opening(&self) -> MathResult<(Points, Points)> {
        let (held, change) = (self.held.size()?, self.change.size()?);
        let opposite = self.held.is_short() != self.change.is_short();
        let closing = if opposite { held.min(change) } else { Points::ZERO };
        Ok((closing, change.checked_sub(closing)?))
    }

    /// Quotes the leg.
    ///
    /// * Premium: a buyer pays `⌈n · value⌉`, and a seller receives `⌊n · value⌋`, at most `⌊n · cap payoff⌋`, so that the
    ///   pool never pays more than the reserve that it frees.
    /// * Fee: it is `min(rate · price, cap · value)` a point, where the closing and the opening part are each rounded up to at
    ///   least one unit. There is no fee when the oracle price is at or beyond the cap.
    ///
    /// Values beyond the domain of [`OptionPricer`] are bounded as in [`crate::bounds`], so that closing is possible at any price.
    ///
    /// Errors: `VolatilityOutOfRange`; `InvalidParameter` for terms without cap; `MoneynessOutOfRange` for an end of the band that is not positive; `Overflow`.
    pub fn quote(&self) -> MathResult<LegCost> {
        let cap_payoff = self.terms.cap_payoff().ok_or(MathError::InvalidParameter)?;
        let buys = !self.change.is_short();
        let pricer = OptionPricer::new(self.terms, self.sigma)?;
        let upward = buys == (self.terms.kind() == OptionKind::Call);
        let spot = self.prices.spot;
        // The price is never better for the trader than the spot: an end of the band on the wrong side of it does not count.
        let price = if upward { self.prices.high.max(spot.price()) } else { self.prices.low.min(spot.price()) };
        let against = if price == spot.price() { spot } else { PricePoint::new(price)? };
        let value =
            if buys { value_at_most(&pricer, against)? } else { valuation_at_least(&pricer, against)?.value()? };
        let size = self.change.size()?;
        Ok(LegCost {
            cash_change: self.premium(buys, value, cap_payoff)?,
            fee: self.fee(value)?,
            notional: self.scale.native(size, self.prices.spot.price(), Rounding::Ceil)?.positive_part(),
        })
    }

    /// Returns the change of cash where a position is bought back for a premium, native units; `cash_change` is that without the premium. Whoever sells gets the premium on the
    /// time value, rounded down, at most the cap payoff: what an option is worth beyond intrinsic value is what they give up. Whoever has written pays the value: who holds both sides of an option would
    /// otherwise get the premium twice, without any risk. Errors: `InvalidParameter` for terms without cap, `Overflow`.
    #[inline(never)]
    pub fn bought_back(&self, cash_change: NativeDelta, premium: BasisPoints) -> MathResult<NativeDelta> {
        if !self.change.is_short() {
            return Ok(cash_change);
        }
        let size = self.change.size()?;
        let intrinsic = self.scale.native(size, self.terms.intrinsic(self.prices.spot.price()), Rounding::Ceil)?;
        let time_value = cash_change.checked_sub(intrinsic)?.positive_part();
        let with_premium = cash_change.checked_add(time_value.share(premium, Rounding::Floor)?.to_delta()?)?;
        let cap_payoff = self.terms.cap_payoff().ok_or(MathError::InvalidParameter)?;
        Ok(with_premium.min(self.scale.native(size, cap_payoff, Rounding::Floor)?))
    }

    /// Returns the premium as a change of the trader's cash, native units. A seller gets no more than the cap payoff.
    fn premium(&self, buys: bool, value: Dollars, cap_payoff: Dollars) -> MathResult<NativeDelta> {
        let size = self.change.size()?;
        if buys {
            return self.scale.native(size, value, Rounding::Ceil)?.checked_neg();
        }
        let most = self.scale.native(size, cap_payoff, Rounding::Floor)?;
        Ok(self.scale.native(size, value, Rounding::Floor)?.min(most))
    }

    /// Returns the fee of both parts, native units.
    fn fee(&self, value: Dollars) -> MathResult<Native> {
        if self.terms.is_capped_at(self.prices.spot.price()) {
            return Ok(Native::ZERO);
        }
        let (closing, opening) = self.closing_and_opening()?;
        let part = |points, rate| {
            let per_unit = fee_per_unit(self.prices.spot.price(), value, rate, self.fees.cap_of_value)?;
            trade_fee(points, per_unit, self.scale)
        };
        part(closing, self.fees.close)?.checked_add(part(opening, self.fees.open)?)
    }
}
