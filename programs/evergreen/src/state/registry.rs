//! The series of a pool.

mod slopes;

use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    types::{Bits128, Leg, Listing, Notices, OptionId, OptionLeg, SeriesId},
};
use anchor_lang::prelude::*;
use evergreen_math::{
    BasisPoints, Dollars, Native, PointScale, Points, Seconds,
    funding::FundingIndex,
    option::{OptionKind, Terms},
    reserve,
};

/// Largest number of series of one pool.
pub const MAX_SERIES: usize = 64;

/// Status of a slot of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SeriesStatus {
    /// The slot holds no series.
    Free = 0,
    /// The series can be traded.
    Live = 1,
    /// The price has reached the cap, or the feed has ended for good, and positions wait for settlement.
    Exercised = 2,
}

/// One series with its open interest and funding.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Series {
    /// This is the strike in whole dollars.
    pub strike: u64,
    /// This is the long open interest: bought options, in points.
    pub long_points: i64,
    /// This is the short open interest: written options, in points, as a positive number.
    pub short_points: i64,
    /// These are the unix seconds of the last funding accrual.
    pub funding_touched: u32,
    /// This is the integral of the pool's carry up to that moment: see `Carried`.
    pub carried: u32,
    /// These are the unix seconds at which the slope was last measured.
    pub measured: u32,
    /// This is the time value at the last point of the underlying, as a share of the strike, in units of 2^−32: the funding that holders pay, without carry.
    pub time_value: u32,
    /// It is `S·∂V/∂S` at the last price at which the series was valued, in 2^−16 dollars: what an option gains if the price doubles at that slope.
    pub slope: i64,
    /// This is the funding index: cumulative funding, in 2^−40 dollars.
    pub funding_index: Bits128,
    /// This is the time value and carry at the last point of the underlying, in dollars per tenor, 64.64; once the series has ended, what each of its points pays.
    pub funding_rate: Bits128,
    /// This is Σ points · funding snapshot over all bought positions, in claim units of funding modulo 2^64: see `SeriesFunding`.
    pub bought_basis: u64,
    /// This is the same over all written positions.
    pub written_basis: u64,
    /// This is the tenor in seconds.
    pub tenor: u32,
    /// This is the number of series listed in this slot up to and including this one.
    pub generation: u32,
    /// This is a [`SeriesStatus`].
    pub status: u8,
    /// This is the place of the underlying in the pool's list.
    pub underlying: u8,
    /// It is 0 for a call, 1 for a put.
    pub kind: u8,
    /// It is zero.
    pub padding: u8,
    /// This is the number of committed legs on this series, which keep its slot.
    pub commitments: u16,
    /// This is the cap as a share of the strike, in basis points.
    pub cap_bps: u16,
    /// This is the binary logarithm of the strike in the math crate's format; computed when the series is listed.
    pub log_strike: i64,
    /// This is the binary logarithm of the cap price in the same format.
    pub log_cap: i64,
    /// These are the points that commitments will add to long open interest.
    pub committed_long: u64,
    /// These are the points that commitments will add to short open interest.
    pub committed_short: u64,
}

/// The series of a pool. Seeds: `registry`, pool.
#[account(zero_copy)]
#[repr(C)]
pub struct SeriesRegistry {
    /// This is the layout version.
    pub version: u8,
    /// This is the bump of this address.
    pub bump: u8,
    /// It is zero.
    pub padding: [u8; 6],
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the series by slot.
    pub series: [Series; MAX_SERIES],
    /// These are the notices of the series by slot.
    pub notices: [Notices; MAX_SERIES],
    /// It is zero, for later versions.
    pub reserved: [u8; 64],
}

const _: () = assert!(size_of::<Series>() == 144);
const _: () = assert!(size_of::<SeriesRegistry>() == 8 + 32 + (144 + 12) * MAX_SERIES + 64);
// An account can be created in one instruction only up to 10,240 bytes.
const _: () = assert!(8 + size_of::<SeriesRegistry>() <= 10_240);

impl Series {
    /// Returns the status. An unknown byte counts as exercised, which allows no new risk.
    pub const fn status(&self) -> SeriesStatus {
        match self.status {
            0 => SeriesStatus::Free,
            1 => SeriesStatus::Live,
            _ => SeriesStatus::Exercised,
        }
    }

    /// Returns whether the series is a call or a put.
    pub const fn kind(&self) -> OptionKind {
        if self.kind == 0 { OptionKind::Call } else { OptionKind::Put }
    }

    /// Returns the contract. Errors: those of [`Terms::new`], which a listed series never causes.
    pub fn terms(&self) -> Result<Terms> {
        let strike = Dollars::from_int(i64::try_from(self.strike).map_err(|_| EvergreenError::Overflow)?);
        let (kind, tenor, cap) = (self.kind(), Seconds(self.tenor), Some(BasisPoints(self.cap_bps).to_ratio()));
        let logarithms = (self.log_strike, self.log_cap);
        if logarithms == (0, 0) {
            return Terms::new(kind, strike, tenor, cap).program();
        }
        Terms::restore(kind, strike, tenor, cap, logarithms).program()
    }

    /// Computes the logarithms of a series that does not store them yet. It does nothing for a free slot or where they are
    /// stored. Errors: those of [`Terms::new`], which a listed series never causes.
    pub fn complete(&mut self) -> Result<()> {
        if self.status() != SeriesStatus::Free && (self.log_strike, self.log_cap) == (0, 0) {
            (self.log_strike, self.log_cap) = self.terms()?.logarithms();
        }
        Ok(())
    }

    /// Returns the long open interest.
    pub const fn long(&self) -> Points {
        Points(self.long_points)
    }

    /// Returns the short open interest, as a positive number.
    pub const fn short(&self) -> Points {
        Points(self.short_points)
    }

    /// Returns the sum of all accounts' points: long minus short open interest. Errors: `Overflow`.
    pub fn net(&self) -> Result<Points> {
        Points(self.long_points).checked_sub(Points(self.short_points)).program()
    }

    /// Returns whether the series has open interest.
    pub const fn has_interest(&self) -> bool {
        self.long_points != 0 || self.short_points != 0
    }

    /// Returns whether the series has neither open interest nor commitments.
    pub const fn is_unused(&self) -> bool {
        !self.has_interest() && self.commitments == 0
    }

    /// Returns whether the series is a series of this option.
    pub fn is(&self, option: &OptionId) -> bool {
        self.strike == option.strike
            && self.tenor == option.tenor
            && self.underlying == option.underlying
            && self.kind == u8::from(option.put)
            && self.cap_bps == option.cap_bps
    }

    /// Returns short minus long open interest, in points. Errors: `Overflow`.
    pub fn excess_short(&self) -> Result<i64> {
        self.short_points.checked_sub(self.long_points).ok_or_else(|| error!(EvergreenError::Overflow))
    }

    /// Returns the reserve of the series: long open interest times cap payoff, in native units, rounded up.
    pub fn reserve(&self, cap_payoff: Dollars, scale: PointScale) -> Result<Native> {
        reserve::required(self.long(), cap_payoff, scale).program()
    }

    /// Returns what each point of a series that has ended pays, in dollars.
    pub const fn payoff(&self) -> Dollars {
        self.funding_rate.dollars()
    }

    /// Ends the series, whose funding has accrued for the last time: each point pays `payoff` dollars, and positions wait for
    /// settlement. The slot of an unused series is freed at once, unless liquidity of the last full minute needs it (`is_valued`). Returns the last funding index,
    /// and whether the slot was freed.
    pub(super) fn end(&mut self, payoff: Dollars, is_valued: bool) -> (FundingIndex, bool) {
        let index = self.funding().index;
        let unused = self.is_unused() && !is_valued;
        if unused {
            self.free();
        } else {
            self.status = SeriesStatus::Exercised as u8;
            self.funding_rate = payoff.into();
        }
        (index, unused)
    }

    /// Retires the series and frees its slot. Errors: `SeriesInUse` while it has open interest or commitments.
    pub fn retire(&mut self) -> Result<()> {
        let (long, short, committed) = (self.long_points, self.short_points, self.commitments);
        ensure!(self.is_unused(), SeriesInUse, "long {} points, short {}, commitments {}", long, short, committed);
        self.free();
        Ok(())
    }

    /// Frees the slot of an exercised series that is no longer used. Returns whether the slot was freed.
    pub fn free_if_settled(&mut self) -> bool {
        let settled = self.is_unused();
        if settled {
            self.free();
        }
        settled
    }

    /// Empties the slot. Its generation stays, so that old references never identify the next series.
    pub fn free(&mut self) {
        *self = Self { generation: self.generation, ..bytemuck::Zeroable::zeroed() };
    }
}

impl SeriesRegistry {
    /// Bytes of the account, discriminator included.
    pub const SPACE: usize = 8 + size_of::<Self>();

    /// Checks the layout version and the pool. Errors: `WrongPool`, `WrongVersion`.
    pub fn check(&self, pool: &Pubkey) -> Result<()> {
        super::check_version(self.version)?;
        ensure!(self.pool == *pool, WrongPool);
        Ok(())
    }

    /// Returns a series in use. Errors: `UnknownSeries` for a free slot or another generation.
    pub fn series(&self, id: SeriesId) -> Result<&Series> {
        let series = self.series.get(usize::from(id.slot));
        let series = series.filter(|s| s.generation == id.generation && s.status() != SeriesStatus::Free);
        series.ok_or_else(|| error!(EvergreenError::UnknownSeries))
    }

    /// Returns a series in use for changes. Errors: `UnknownSeries`.
    pub fn series_mut(&mut self, id: SeriesId) -> Result<&mut Series> {
        let series = self.series.get_mut(usize::from(id.slot));
        let series = series.filter(|s| s.generation == id.generation && s.status() != SeriesStatus::Free);
        series.ok_or_else(|| error!(EvergreenError::UnknownSeries))
    }

    /// Returns the live series of an option. Errors: `OptionNotListed`.
    pub fn find(&self, option: &OptionId) -> Result<SeriesId> {
        let live = |series: &Series| series.status == SeriesStatus::Live as u8 && series.is(option);
        let slot = self.series.iter().position(live);
        ensure!(slot.is_some(), OptionNotListed, "strike {}, tenor {} s", option.strike, option.tenor);
        let slot = slot.unwrap_or_default();
        let generation = self.series[slot].generation;
        Ok(SeriesId { slot: u8::try_from(slot).map_err(crate::errors::too_large)?, generation })
    }

    /// Returns the legs on the live series of these options. Errors: `OptionNotListed`.
    pub fn resolve(&self, legs: &[OptionLeg]) -> Result<Vec<Leg>> {
        legs.iter().map(|leg| Ok(Leg { series: self.find(&leg.option)?, points: leg.points })).collect()
    }

    /// Returns the option of a series in use. Errors: `UnknownSeries`.
    pub fn option(&self, id: SeriesId) -> Result<OptionId> {
        let series = self.series(id)?;
        Ok(OptionId {
            underlying: series.underlying,
            put: series.kind() == OptionKind::Put,
            strike: series.strike,
            tenor: series.tenor,
            cap_bps: series.cap_bps,
        })
    }

    /// Adds one commitment to the series of each leg. Errors: `UnknownSeries`, `SeriesExercised`.
    #[inline(never)]
    pub fn hold(&mut self, legs: &[Leg]) -> Result<()> {
        for leg in legs {
            let series = self.live_mut(leg.series)?;
            series.commitments = series.commitments.checked_add(1).ok_or(EvergreenError::Overflow)?;
        }
        Ok(())
    }

    /// Removes one commitment from the series of each leg, and returns the series whose slots became free; one that `is_valued` stays. Errors: `UnknownSeries`.
    pub fn let_go(&mut self, legs: &[Leg], is_valued: impl Fn(u8) -> bool) -> Result<Vec<SeriesId>> {
        let mut freed = Vec::new();
        for leg in legs {
            let series = self.series_mut(leg.series)?;
            series.commitments = series.commitments.checked_sub(1).ok_or(EvergreenError::Overflow)?;
            let has_ended = series.status() == SeriesStatus::Exercised && !is_valued(leg.series.slot);
            if has_ended && series.free_if_settled() {
                freed.push(leg.series);
            }
        }
        Ok(freed)
    }

    /// Returns a live series for changes. Errors: `UnknownSeries`, `SeriesExercised`.
    pub fn live_mut(&mut self, id: SeriesId) -> Result<&mut Series> {
        let series = self.series_mut(id)?;
        ensure!(series.status() == SeriesStatus::Live, SeriesExercised);
        Ok(series)
    }

    /// Returns the series in use.
    pub fn used(&self) -> impl Iterator<Item = &Series> + '_ {
        self.series.iter().filter(|s| s.status() != SeriesStatus::Free)
    }

    /// Returns the series in use by their names.
    pub fn ids(&self) -> impl Iterator<Item = SeriesId> + '_ {
        let slots = (0u8..=u8::MAX).zip(&self.series).filter(|(_, series)| series.status() != SeriesStatus::Free);
        slots.map(|(slot, series)| SeriesId { slot, generation: series.generation })
    }

    /// Returns whether no slot can be freed by retirement or settlement: every slot has a live series with open interest or commitments. A
    /// commitment pays for the slot that it holds, so it counts.
    pub fn is_taken(&self) -> bool {
        self.series.iter().all(|s| s.status() == SeriesStatus::Live && !s.is_unused())
    }

    /// Lists a series in the first free slot and returns it, or `None` where it is listed already. Errors: `RegistryFull`, and those
    /// of [`Terms::new`].
    pub fn list(&mut self, listing: Listing) -> Result<Option<SeriesId>> {
        let Listing { underlying, kind, strike, tenor, cap_bps, slope, now } = listing;
        let same = |s: &&Series| {
            s.status() == SeriesStatus::Live
                && (s.underlying, s.kind, s.strike, s.tenor) == (underlying, kind as u8, strike, tenor.0)
                && s.cap_bps == cap_bps
        };
        if self.used().any(|s| same(&s)) {
            return Ok(None);
        }
        let slot =
            self.series.iter().position(|s| s.status() == SeriesStatus::Free).ok_or(EvergreenError::RegistryFull)?;
        let generation = self.series[slot].generation.checked_add(1).ok_or(EvergreenError::Overflow)?;
        self.series[slot] = Series {
            strike,
            tenor: tenor.0,
            generation,
            status: SeriesStatus::Live as u8,
            underlying,
            kind: kind as u8,
            cap_bps,
            funding_touched: u32::try_from(now.0.max(0)).unwrap_or(u32::MAX),
            ..bytemuck::Zeroable::zeroed()
        };
        self.series[slot].set_slope(slope, now);
        self.series[slot].complete()?;
        // A notice of the series that was here before is not one of the new series.
        self.notices[slot] = Notices::default();
        Ok(Some(SeriesId { slot: u8::try_from(slot).map_err(|_| EvergreenError::Overflow)?, generation }))
    }
}
