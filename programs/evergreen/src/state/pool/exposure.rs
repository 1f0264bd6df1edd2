//! Effects of series on a pool as a whole: reserved collateral, inventory, size limits.

use super::Pool;
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    state::{Series, SeriesRegistry, SeriesStatus},
};
use anchor_lang::prelude::*;
use evergreen_math::{
    BasisPoints, Dollars, FundingIndex, Native, NativeDelta, PointScale, Points, Rounding, inventory::Inventory,
    option::OptionKind, reserve,
};

impl Pool {
    /// Updates reserved collateral and inventory after a change of a series' open interest. Errors: `UnknownUnderlying`, `Overflow`.
    pub fn replace_exposure(
        &mut self,
        underlying: u8,
        kind: OptionKind,
        before: SeriesExposure,
        after: SeriesExposure,
    ) -> Result<()> {
        let reserves = Native(self.reserved_collateral)
            .checked_sub(before.reserve)
            .and_then(|l| l.checked_add(after.reserve))
            .program()?;
        self.reserved_collateral = reserves.0;
        let change = after.net_cap_payoff.checked_sub(before.net_cap_payoff).program()?;
        let (net, _) = self.inventory_mut(underlying, kind)?;
        *net = net.checked_add(change.0).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Ends a live series, whose funding has accrued for the last time: each of its points pays `payoff` dollars when its position is settled. Its net
    /// short cap payoff leaves the inventory, because its options can no longer be traded, and the charges that were held for them become the pool's.
    /// `at` is the unix second of the end.
    #[inline(never)]
    pub fn end_series(&mut self, series: &mut Series, slot: u8, payoff: Dollars, at: i64) -> Result<EndedSeries> {
        self.record_end(at, slot, series.has_interest());
        let cap_payoff = series.terms()?.cap_payoff().ok_or(EvergreenError::CapOutOfRange)?;
        let exposure = SeriesExposure::of(series, cap_payoff, self.scale()?)?;
        let (underlying, kind) = (series.underlying, series.kind());
        let (funding_index, unused) = series.end(payoff);
        let inventory = self.release_exposure(underlying, kind, exposure)?;
        Ok(EndedSeries { funding_index, inventory, unused })
    }

    /// Takes the exposure of a series that ends out of the inventory. Returns the change of what is held for refunds, in native units.
    #[inline(never)]
    fn release_exposure(&mut self, underlying: u8, kind: OptionKind, exposure: SeriesExposure) -> Result<NativeDelta> {
        let before = self.inventory(underlying, kind)?;
        let after = before.net_short.checked_sub(exposure.net_cap_payoff).program()?;
        let kept = before.pricing.kept(before.net_short, after).program()?;
        let (net, _) = self.inventory_mut(underlying, kind)?;
        *net = after.0;
        self.hold_charges(underlying, kind, kept)
    }

    /// Adds the inventory charge of a trade (positive) or its refund (negative), in native units, to what is held. Where the pool is no
    /// longer net short, nothing can be refunded, and the rest becomes the pool's. Returns the change of what is held.
    pub fn take_charge(&mut self, underlying: u8, kind: OptionKind, charge: NativeDelta) -> Result<NativeDelta> {
        let held = self.inventory(underlying, kind)?.pricing.held.to_delta().program()?;
        let left = held.checked_add(charge).program()?;
        ensure!(!left.is_negative(), Overflow);
        self.hold_charges(underlying, kind, left.positive_part())
    }

    fn hold_charges(&mut self, underlying: u8, kind: OptionKind, amount: Native) -> Result<NativeDelta> {
        let (net, held) = self.inventory_mut(underlying, kind)?;
        let before = Native(*held).to_delta().program()?;
        *held = if *net > 0 { amount.0 } else { 0 };
        let after = Native(*held).to_delta().program()?;
        after.checked_sub(before).program()
    }

    /// Net short cap payoff and held charges of one underlying and kind.
    fn inventory_mut(&mut self, underlying: u8, kind: OptionKind) -> Result<(&mut i64, &mut u64)> {
        let entry = self.underlyings.get_mut(usize::from(underlying)).ok_or(EvergreenError::UnknownUnderlying)?;
        Ok(match kind {
            OptionKind::Call => (&mut entry.net_calls, &mut entry.held_calls),
            OptionKind::Put => (&mut entry.net_puts, &mut entry.held_puts),
        })
    }

    /// Returns the inventory of one underlying and kind. Errors: `UnknownUnderlying`.
    pub fn inventory(&self, underlying: u8, kind: OptionKind) -> Result<InventoryState> {
        let entry = self.underlyings.get(usize::from(underlying)).ok_or(EvergreenError::UnknownUnderlying)?;
        let (net, held) = match kind {
            OptionKind::Call => (entry.net_calls, entry.held_calls),
            OptionKind::Put => (entry.net_puts, entry.held_puts),
        };
        let kappa = BasisPoints(self.params.inventory_kappa_bps);
        let pricing = Inventory { kappa, depth: Native(self.inventory_depth), held: Native(held) };
        Ok(InventoryState { net_short: NativeDelta(net), pricing })
    }

    /// Returns all inventory charges that are held for refunds, in native units. Errors: `Overflow`.
    pub fn held_charges(&self) -> Result<Native> {
        let all = self.underlyings.iter().flat_map(|entry| [entry.held_calls, entry.held_puts]);
        all.into_iter().try_fold(Native::ZERO, |sum, held| sum.checked_add(Native(held))).program()
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

    /// Reserved collateral when everything committed is filled, in native units.
    fn committed_reserves(&self) -> Result<Native> {
        Native(self.reserved_collateral).checked_add(Native(self.committed_reserve)).program()
    }

    /// Pool cash that reserves, and the premiums of what is committed, may need, in native units.
    fn committed_needs(&self) -> Result<Native> {
        self.committed_reserves()?.checked_add(Native(self.committed_premiums)).program()
    }

    /// Returns whether reserved collateral is nine tenths or more of its limit.
    pub fn is_at_capacity(&self) -> Result<bool> {
        const AT_CAPACITY: BasisPoints = BasisPoints(9_000);
        let limit = self.reserve_limit()?;
        Ok(self.reserved_collateral > 0
            && self.reserved_collateral >= limit.share(AT_CAPACITY, Rounding::Ceil).program()?.0)
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

/// Inventory of one underlying and kind.
#[derive(Clone, Copy, Debug)]
pub struct InventoryState {
    /// The pool's net short cap payoff in native units.
    pub net_short: NativeDelta,
    /// How it prices trades.
    pub pricing: Inventory,
}

/// A series that has ended.
#[derive(Clone, Copy, Debug)]
pub struct EndedSeries {
    /// Its last funding index.
    pub funding_index: FundingIndex,
    /// Change of the inventory charges that the pool holds for refunds, native units.
    pub inventory: NativeDelta,
    /// Whether nobody used it, so that its slot is free.
    pub unused: bool,
}

/// Effect of a series on the pool as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesExposure {
    /// Reserve of the series, in native units.
    pub reserve: Native,
    /// Net short cap payoff of the series, in native units; zero once it has ended.
    pub net_cap_payoff: NativeDelta,
}

impl SeriesExposure {
    /// Returns the exposure of a series as it stands. Errors: `Overflow`.
    pub fn of(series: &Series, cap_payoff: Dollars, scale: PointScale) -> Result<Self> {
        let net_cap_payoff = match series.status() {
            SeriesStatus::Live => series.net_cap_payoff(cap_payoff, scale)?,
            _ => NativeDelta::ZERO,
        };
        Ok(Self { reserve: series.reserve(cap_payoff, scale)?, net_cap_payoff })
    }
}
