//! Slopes of series, which are what their options add to the net delta of a pool, and their funding.

use super::{Series, SeriesStatus};
use crate::{
    errors::{EvergreenError, MathContext},
    types::Bits128,
};
use anchor_lang::prelude::*;
use evergreen_math::{
    Dollars, NativeDelta, PointScale, Points, Rounding, Seconds, UnixTime,
    carry::Sides,
    funding::{self, Claims, FundingIndex, SeriesFunding},
    option::OptionKind,
};

/// Bits from the unit of a stored time value, 2^−32 of the strike, to that of dollars.
const TIME_VALUE_SHIFT: u32 = 64 - 32;
/// Bits from the unit of a stored slope, 2^−16 dollars, to that of dollars.
const SLOPE_SHIFT: u32 = 64 - Sides::SLOPE_BITS;
/// Seconds for which a stored slope or time value counts: an hour.
const LATELY: i64 = 3_600;

impl Series {
    /// Returns the slope at which the series was last valued, in dollars.
    pub fn slope(&self) -> Dollars {
        Dollars::from_bits(i128::from(self.slope) << SLOPE_SHIFT)
    }

    /// Stores the slope at a price of `now`, rounded down to 2^−16 dollars. One that does not fit is limited to what does.
    pub fn set_slope(&mut self, slope: Dollars, now: UnixTime) {
        let units = slope.to_bits() >> SLOPE_SHIFT;
        self.slope = i64::try_from(units).unwrap_or(if units < 0 { i64::MIN } else { i64::MAX });
        self.measured = u32::try_from(now.0.max(0)).unwrap_or(u32::MAX);
    }

    /// Returns the time value at the last point of the underlying when the series was touched, in dollars, rounded down. Errors: `Overflow`, which no listed series causes.
    pub fn time_value(&self) -> Result<Dollars> {
        let share = Dollars::from_bits(i128::from(self.time_value) << TIME_VALUE_SHIFT);
        share.mul_int(i64::try_from(self.strike).map_err(crate::errors::too_large)?).program()
    }

    /// Stores the time value at a point, in dollars, rounded down to 2^−32 of the strike. Errors: `DivisionByZero`, which no listed series causes.
    pub fn set_time_value(&mut self, time_value: Dollars) -> Result<()> {
        let share = time_value.div_int(i64::try_from(self.strike).map_err(crate::errors::too_large)?).program()?;
        // A time value is below the strike.
        self.time_value = u32::try_from(share.to_bits() >> TIME_VALUE_SHIFT).unwrap_or(u32::MAX);
        Ok(())
    }

    /// Returns the funding as a value of the math crate.
    pub fn funding(&self) -> SeriesFunding {
        SeriesFunding {
            index: FundingIndex(self.funding_index.get()),
            rate: self.funding_rate.dollars(),
            touched: UnixTime(self.funding_touched.into()),
            bought_basis: self.bought_basis,
            written_basis: self.written_basis,
        }
    }

    /// Stores the funding.
    pub fn set_funding(&mut self, funding: SeriesFunding) {
        self.funding_index = Bits128::new(funding.index.0);
        self.funding_rate = funding.rate.into();
        self.funding_touched = u32::try_from(funding.touched.0.max(0)).unwrap_or(u32::MAX);
        (self.bought_basis, self.written_basis) = (funding.bought_basis, funding.written_basis);
    }

    /// Returns the pool's unsettled funding in the series, in native units, rounded down.
    pub fn pool_claim(&self, scale: PointScale) -> Result<NativeDelta> {
        funding::pool_claim(self.long(), self.short(), &self.funding(), scale).program()
    }

    /// Returns what bought and written positions owe the pool by `now`, unix seconds, at the rate in force since the series was last touched, in native units, rounded down. Errors: `Overflow`.
    #[inline(never)]
    pub fn claims_by(&self, now: UnixTime, scale: PointScale) -> Result<Claims> {
        let mut funding = self.funding();
        if self.status() == SeriesStatus::Live {
            funding = funding.advance(funding.rate, now, Seconds(self.tenor), Seconds(u32::MAX)).program()?;
        }
        funding::claims(self.long(), self.short(), &funding, scale).program()
    }

    /// Changes one account's position, whose funding is settled, from `before` to `after` points. `snapshot` is its funding index
    /// before; afterwards its snapshot is the present index. Errors: `Overflow`.
    pub fn replace_position(
        &mut self,
        before: Points,
        snapshot: FundingIndex,
        after: Points,
        scale: PointScale,
    ) -> Result<()> {
        let funding = self.funding().on_position_change(before, snapshot, after, scale).program()?;
        self.set_funding(funding);
        for (points, sign) in [(before, -1i64), (after, 1)] {
            let side = if points.is_short() { &mut self.short_points } else { &mut self.long_points };
            let change = points.size().program()?.0.checked_mul(sign).ok_or(EvergreenError::Overflow)?;
            *side = side.checked_add(change).ok_or(EvergreenError::Overflow)?;
        }
        Ok(())
    }

    /// Returns what the writers of a series that has ended owe the pool on balance, payoff less funding, native units, rounded down; negative where the pool owes it to them. Of a
    /// live series it is the funding alone. `now` as in [`Self::claims_by`]. Errors: `Overflow`.
    #[inline(never)]
    pub fn owed_by_writers(&self, now: UnixTime, scale: PointScale) -> Result<NativeDelta> {
        let funding = self.claims_by(now, scale)?.written;
        if self.status() == SeriesStatus::Live {
            return Ok(funding);
        }
        let payoff = scale.native(self.short(), self.payoff(), Rounding::Floor).program()?;
        funding.checked_add(payoff).program()
    }

    /// Accrues funding to `now` at the rate in force. From then on the rate is `rate`, in dollars per tenor.
    pub fn accrue(&mut self, rate: Dollars, now: UnixTime, full_gap: Seconds) -> Result<()> {
        let funding = self.funding().advance(rate, now, Seconds(self.tenor), full_gap).program()?;
        self.set_funding(funding);
        Ok(())
    }

    /// Accrues funding over a gap of which no point is known: at one rate until its first part ends, at the other one until it ends itself, and the
    /// `carry` of the pool in the gap, dollars on one unit of the index. From then on the rate is `rate`. Rates are dollars per tenor.
    pub fn accrue_gap(
        &mut self,
        (first, rest): (Dollars, Dollars),
        carry: Dollars,
        rate: Dollars,
        (part, end): (UnixTime, UnixTime),
    ) -> Result<()> {
        let (tenor, whole) = (Seconds(self.tenor), Seconds(u32::MAX));
        let begun = SeriesFunding { rate: first, ..self.funding() };
        let funding =
            begun.advance(rest, part, tenor, whole).and_then(|f| f.advance(rate, end, tenor, whole)).program()?;
        let index = funding.index.plus(carry).program()?;
        self.set_funding(SeriesFunding { index, ..funding });
        Ok(())
    }

    /// Returns the part of the series in both sides of its underlying: open interest times slope, exact; nothing once it has ended.
    #[inline(never)]
    pub fn sides(&self) -> Sides {
        match self.status() {
            SeriesStatus::Live => {
                Sides::of(self.long_points.unsigned_abs(), self.short_points.unsigned_abs(), self.slope)
            }
            _ => Sides::ZERO,
        }
    }

    /// Returns whether nobody has measured the slope for an hour at `now`, unix seconds.
    pub fn is_unmeasured(&self, now: i64) -> bool {
        now.saturating_sub(self.measured.into()) > LATELY
    }

    /// Returns whether nobody has touched the funding for an hour at `now`, unix seconds, so that the time value may be that of another price.
    pub fn is_untouched(&self, now: i64) -> bool {
        now.saturating_sub(self.funding_touched.into()) > LATELY
    }

    /// Returns by how much so many more points add to their side, native units, rounded away from zero: positive upward, negative downward. Where the slope is
    /// [unmeasured](Self::is_unmeasured), an option counts at least as much as its strike: the price may have come nearer since. Errors: `Overflow`.
    #[inline(never)]
    pub fn delta_of(&self, points: Points, scale: PointScale, now: i64) -> Result<NativeDelta> {
        let mut slope = self.slope();
        if self.is_unmeasured(now) {
            let strike = self.terms()?.strike();
            slope = match self.kind() {
                OptionKind::Call => slope.max(strike),
                OptionKind::Put => slope.min(Dollars::from_bits(strike.to_bits().wrapping_neg())),
            };
        }
        let rises = points.is_short() == slope.is_negative();
        scale.native(points, slope, if rises { Rounding::Ceil } else { Rounding::Floor }).program()
    }
}
