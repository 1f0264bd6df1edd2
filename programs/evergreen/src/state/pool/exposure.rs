//! Effects of series on a pool as a whole: reserved collateral, sides of the delta, size limits.

use super::Pool;
use crate::{
    ensure,
    errors::MathContext,
    state::{Series, SeriesRegistry},
};
use anchor_lang::prelude::*;
use evergreen_math::{
    BasisPoints, Dollars, FundingIndex, Native, PointScale, Points, Rounding, UnixTime, carry::Sides, reserve,
};

impl Pool {
    /// Updates reserved collateral and the sides of the delta after a change of a series' open interest. Errors: `UnknownUnderlying`, `Overflow`.
    #[inline(never)]
    pub fn replace_exposure(&mut self, underlying: u8, before: SeriesExposure, after: SeriesExposure) -> Result<()> {
        let reserves = Native(self.reserved_collateral)
            .checked_sub(before.reserve)
            .and_then(|l| l.checked_add(after.reserve))
            .program()?;
        // What closes makes no room within the hour: whoever keeps worthless options could otherwise exchange them at once.
        self.reserve_level = self.reserve_level.saturating_sub(self.reserved_collateral.saturating_sub(reserves.0));
        self.reserved_collateral = reserves.0;
        self.move_sides(underlying, before.sides, after.sides)
    }

    /// Ends a live series, whose funding has accrued for the last time: each of its points pays `payoff` dollars when its position is settled. Its options
    /// can no longer be traded, so they have no delta any more. `now` in unix seconds; `exercised_at` is the second of the price at which it is exercised.
    #[inline(never)]
    pub fn end_series(
        &mut self,
        series: &mut Series,
        slot: u8,
        payoff: Dollars,
        (now, exercised_at): (i64, Option<i64>),
    ) -> Result<EndedSeries> {
        if let Some(at) = exercised_at {
            self.record_exercise(at, slot, series.has_interest());
        }
        self.advance_carry(now)?;
        let (underlying, sides) = (series.underlying, series.sides());
        let (funding_index, unused) = series.end(payoff, self.is_slot_valued(slot, now));
        self.move_sides(underlying, sides, Sides::ZERO)?;
        Ok(EndedSeries { funding_index, unused })
    }

    /// Returns the limit of reserved collateral now, in native units, rounded down.
    pub fn reserve_limit(&self) -> Result<Native> {
        reserve::reserve_limit(self.sound_cash()?, BasisPoints(self.params.reserve_limit_bps)).program()
    }

    /// Checks that reserved collateral is within its limit, and within pool cash after every premium, when everything committed is filled.
    /// Errors: `ReserveLimit`.
    pub fn check_reserve(&self) -> Result<()> {
        let (reserves, limit) = (self.committed_reserves()?, self.reserve_limit()?);
        ensure!(
            reserves <= limit,
            ReserveLimit,
            "reserves {} above {} of pool cash {}",
            reserves.0,
            limit.0,
            self.pool_cash
        );
        let (needed, cash) = (self.committed_needs()?, self.sound_cash()?);
        ensure!(needed <= cash, ReserveLimit, "reserves and premiums {} above pool cash {}", needed.0, cash.0);
        Ok(())
    }

    /// Brings the level from which the growth of reserves counts up to `now`, unix seconds. It has to come before a commitment adds to them. Errors: `Overflow`.
    pub fn advance_reserve_level(&mut self, now: i64) -> Result<()> {
        let elapsed = UnixTime(now.max(self.reserve_level_at)).since(UnixTime(self.reserve_level_at)).program()?;
        let (level, hourly) = (Native(self.reserve_level), self.hourly_growth()?);
        self.reserve_level = reserve::level_after(level, self.committed_reserves()?, hourly, elapsed).0;
        self.reserve_level_at = now.max(self.reserve_level_at);
        Ok(())
    }

    /// Checks that reserves with all that is committed have not grown by more than an hour allows, so that quotes that are wrong cost the pool little before they
    /// have followed. Errors: `GrowthLimit`.
    pub fn check_growth(&self) -> Result<()> {
        let (reserves, hourly) = (self.committed_reserves()?, self.hourly_growth()?);
        let most = self.reserve_level.saturating_add(hourly.0);
        ensure!(reserves.0 <= most, GrowthLimit, "reserves {} above {} for now", reserves.0, most);
        Ok(())
    }

    /// Returns by how much reserves may grow in an hour, in native units, rounded down.
    fn hourly_growth(&self) -> Result<Native> {
        self.sound_cash()?.share(BasisPoints(self.params.growth_limit_bps), Rounding::Floor).program()
    }

    /// Reserved collateral when everything committed is filled, in native units.
    fn committed_reserves(&self) -> Result<Native> {
        Native(self.reserved_collateral).checked_add(Native(self.committed_reserve)).program()
    }

    /// Pool cash that reserves, the premiums of what is committed, and what is set aside for accounts may need, in native units.
    pub(super) fn committed_needs(&self) -> Result<Native> {
        let beside = Native(self.committed_premiums.saturating_add(self.payable));
        self.committed_reserves()?.checked_add(beside).program()
    }

    /// Returns whether reserved collateral is nine tenths or more of its limit.
    pub fn is_at_capacity(&self) -> Result<bool> {
        Ok(!self.missing_capital()?.is_zero())
    }

    /// Returns by how much reserved collateral has to fall to be less than nine tenths of its limit, as that is now, in native units; zero where it is less, or nothing is reserved.
    pub fn missing_capital(&self) -> Result<Native> {
        self.missing_beside(Native(self.reserved_collateral))
    }

    /// Returns the same for reserved collateral as it will be when everything committed is filled.
    pub fn missing_capital_when_filled(&self) -> Result<Native> {
        self.missing_beside(self.committed_reserves()?)
    }

    fn missing_beside(&self, reserved: Native) -> Result<Native> {
        const AT_CAPACITY: BasisPoints = BasisPoints(9_000);
        let from = self.reserve_limit()?.share(AT_CAPACITY, Rounding::Ceil).program()?;
        let missing = reserved.0.saturating_add(1).saturating_sub(from.0);
        Ok(Native(if reserved.is_zero() { 0 } else { missing }))
    }

    /// Checks that the pool is at capacity: reserved collateral is nine tenths or more of its limit, or the registry is taken.
    /// Errors: `NotAtCapacity`.
    pub fn check_at_capacity(&self, registry: &SeriesRegistry) -> Result<()> {
        ensure!(self.is_at_capacity()? || registry.is_taken(), NotAtCapacity, "free cash {}", self.free_cash()?.0);
        Ok(())
    }

    /// Returns how much of pool cash is free while [`Self::check_reserve`] holds, in native units, rounded down.
    pub fn free_cash(&self) -> Result<Native> {
        let (cash, limit) = (self.sound_cash()?, BasisPoints(self.params.reserve_limit_bps));
        let beside_reserves = reserve::free_cash(self.committed_reserves()?, cash, limit).program()?;
        Ok(beside_reserves.min(Native(cash.0.saturating_sub(self.committed_needs()?.0))))
    }

    /// Returns how much of pool cash may be withdrawn at `now`, unix seconds, in native units: what is free beside the funding that is owed to accounts.
    pub fn free_to_leave(&self, registry: &SeriesRegistry, now: i64) -> Result<Native> {
        self.free_beside(self.owed_to_accounts(registry, now)?)
    }

    /// Returns how much of pool cash is free beside so many native units.
    pub fn free_beside(&self, owed: Native) -> Result<Native> {
        Ok(Native(self.free_cash()?.0.saturating_sub(owed.0)))
    }

    /// Checks the size limits of one side of a series and of an account's position. Errors: `SeriesSizeLimit`, `AccountSizeLimit`.
    pub fn check_sizes(&self, series_side: Points, position: Points) -> Result<()> {
        let (side, held) =
            (series_side.size().program()?.0.unsigned_abs(), position.size().program()?.0.unsigned_abs());
        ensure!(
            side <= self.params.max_series_points,
            SeriesSizeLimit,
            "open interest {} points, limit {}",
            side,
            self.params.max_series_points
        );
        ensure!(
            held <= self.params.max_account_points,
            AccountSizeLimit,
            "position {} points, limit {}",
            held,
            self.params.max_account_points
        );
        Ok(())
    }

    /// Checks that the position that a trade leaves is zero or at least `least` points. Errors: `PositionTooSmall`.
    #[inline(never)]
    pub fn check_not_dust(position: Points, least: u64) -> Result<()> {
        let held = position.size().program()?.0.unsigned_abs();
        ensure!(held == 0 || held >= least, PositionTooSmall, "position {} points, at least {}", held, least);
        Ok(())
    }
}

/// A series that has ended.
#[derive(Clone, Copy, Debug)]
pub struct EndedSeries {
    /// This is its last funding index.
    pub funding_index: FundingIndex,
    /// This says whether nobody used it, so that its slot is free.
    pub unused: bool,
}

/// Effect of a series on the pool as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesExposure {
    /// This is the reserve of the series, in native units.
    pub reserve: Native,
    /// This is its part of both sides of the delta.
    pub sides: Sides,
}

impl SeriesExposure {
    /// Returns the exposure of a series as it stands. Errors: `Overflow`.
    pub fn of(series: &Series, cap_payoff: Dollars, scale: PointScale) -> Result<Self> {
        Ok(Self { reserve: series.reserve(cap_payoff, scale)?, sides: series.sides() })
    }
}
