//! What fills have changed since a full minute, so that liquidity of that minute is valued with the ledgers of that minute.
//!
//! Deposits and withdrawals are executed within twenty seconds after a full minute, at the first prices published after it. A fill at a later price
//! that comes before them must not change what they are worth, or whoever orders the transactions chooses. So the fill is recorded here, and a
//! valuation of the minute takes it off again. Which change of pool cash or points is recorded, and which is not:
//!
//! | change | recorded | why |
//! | --- | --- | --- |
//! | fill of a commitment | at its price, fee and what is not earned yet included | its price is determined; one of before the minute is part of the ledgers of the minute |
//! | liquidation with its penalty, close for cash, close for a place, auto-deleveraging | when it is done | whoever does it chooses the moment within the age of its price |
//! | exercise | the slot ([`LaterFills::ended`]) | at the minute its options were open: they are worth what the minute's price says |
//! | end of a series whose feed has ended | no | there is no price of the minute; it pays what it was worth at the last sample |
//! | settlement of a series that was exercised since the minute | when it is done, points and payoff | its options are valued with the points of the minute |
//! | settlement of one that has ended before | no | its options are valued at what it pays, so cash and liability fall together |
//! | settlement of funding | no | the pool's claim falls by as much |
//! | arrears, forfeited bonds, fees of deposits that are given back | when they are paid | whoever owes them chooses the moment: a gift must not change what others' liquidity of the minute is worth |
//! | bad debts, their absorption, seizures, cut payments | no | a loss that can be seen is borne by who is there; absorption moves what was taken off before |
//! | deposits and withdrawals themselves | no | they are executed at the same value, one after the other |

use super::Pool;
use crate::{
    errors::{EvergreenError, MathContext},
    state::{LiquidityRequest, MAX_SERIES, Series, SeriesStatus},
};
use anchor_lang::prelude::*;
use evergreen_math::NativeDelta;

/// Capital of the main and of the insurance class at one moment, in native units.
#[derive(Clone, Copy, Debug)]
pub struct Capital([i64; 2]);

/// The bit of a slot.
const fn bit(slot: u8) -> u64 {
    1u64.wrapping_shl(slot as u32)
}

/// What has changed since a full minute. A record of another minute counts as nothing.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
#[repr(C)]
pub struct LaterFills {
    /// This is the full minute, unix seconds.
    pub minute: i64,
    /// This is the change of pool cash, in native units.
    pub cash: i64,
    /// This is the change of the capital of the insurance class, in native units.
    pub insurance: i64,
    /// These are the slots of series in use that have been exercised since, one bit each.
    pub ended: u64,
    /// What trades have paid beyond the bid, in native units.
    pub unearned: u64,
    /// This is the change of all accounts' points by slot of the registry.
    pub points: [i64; MAX_SERIES],
}

const _: () = assert!(size_of::<LaterFills>() == 40 + 8 * MAX_SERIES && MAX_SERIES <= 64);

impl Pool {
    /// Returns the record for a change at `at`, unix seconds, emptied if it is of an earlier minute; `None` where it is of a later one, of whose ledgers the
    /// change is a part.
    pub(super) fn later_at(&mut self, at: i64) -> Option<&mut LaterFills> {
        // A price of the full second is not one of after it.
        let minute = LiquidityRequest::grid_time(at.saturating_sub(1));
        if minute > self.later.minute {
            self.later = bytemuck::Zeroable::zeroed();
            self.later.minute = minute;
        }
        (minute == self.later.minute).then_some(&mut self.later)
    }

    /// Returns the unix second for the record of something that is done in the second `now` and whose moment is chosen: it comes after the full second `now`, as liquidity
    /// of that minute may.
    pub const fn done_at(now: i64) -> i64 {
        now.saturating_add(1)
    }

    /// Records that a fill at `at`, unix seconds, has changed the sum of all accounts' points in the series of a slot, and the ledgers since `before`. Errors:
    /// `Overflow`.
    #[inline(never)]
    pub fn record_fill(&mut self, at: i64, slot: u8, points: i64, before: Capital) -> Result<()> {
        self.record_capital(at, before)?;
        let Some(later) = self.later_at(at) else { return Ok(()) };
        let of_slot = later.points.get_mut(usize::from(slot)).ok_or(EvergreenError::UnknownSeries)?;
        *of_slot = of_slot.checked_add(points).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Records that a position in the ended series of a slot was settled at `now`, unix seconds: points and payoff if that was exercised since the full minute, otherwise when a writer was.
    /// Errors: `Overflow`.
    #[inline(never)]
    pub fn record_settlement(&mut self, now: i64, slot: u8, settled: i64, before: Capital) -> Result<()> {
        let minute = self.later.minute;
        if minute < LiquidityRequest::grid_time(now) || !self.was_open(Some(minute), slot) {
            if settled < 0 {
                self.writers_settled_at = now;
            }
            return Ok(());
        }
        let points = settled.checked_neg().ok_or(EvergreenError::Overflow)?;
        self.record_fill(Self::done_at(now.max(minute)), slot, points, before)
    }

    /// Records what has changed since `before` in the capital of both classes by something at `at`, unix seconds. Errors: `Overflow`.
    #[inline(never)]
    pub fn record_capital(&mut self, at: i64, before: Capital) -> Result<()> {
        let now = self.capital()?;
        let Some(later) = self.later_at(at) else { return Ok(()) };
        for (sum, (now, before)) in
            [&mut later.cash, &mut later.insurance].into_iter().zip(now.0.into_iter().zip(before.0))
        {
            *sum =
                now.checked_sub(before).and_then(|change| sum.checked_add(change)).ok_or(EvergreenError::Overflow)?;
        }
        Ok(())
    }

    /// Returns the capital of both classes, for the record of what changes it. Errors: `Overflow`.
    pub fn capital(&self) -> Result<Capital> {
        Ok(Capital([self.pool_cash, self.insurance_assets()?.to_delta().program()?.0]))
    }

    /// Records that the series of a slot was exercised at `at`, unix seconds, if anybody held it then or at the full minute.
    pub(super) fn record_exercise(&mut self, at: i64, slot: u8, has_interest: bool) {
        if let Some(later) = self.later_at(at)
            && (has_interest || later.points.get(usize::from(slot)).is_some_and(|points| *points != 0))
        {
            later.ended |= bit(slot);
        }
    }

    /// Returns whether the series of a slot was exercised since a full minute, unix seconds: with the ledgers of that minute its options are open.
    fn was_open(&self, minute: Option<i64>, slot: u8) -> bool {
        self.later_than(minute).is_some_and(|later| later.ended & bit(slot) != 0)
    }

    /// Returns whether the series of a slot is live, with the ledgers of a full minute, unix seconds, or the present ones.
    pub fn is_open(&self, series: &Series, slot: usize, minute: Option<i64>) -> bool {
        match series.status() {
            SeriesStatus::Live => true,
            SeriesStatus::Exercised => u8::try_from(slot).is_ok_and(|slot| self.was_open(minute, slot)),
            SeriesStatus::Free => false,
        }
    }

    /// Returns what all shares of the insurance class were worth at a full minute, unix seconds, in native units: its capital then, less all bad debts of now. Errors: `Overflow`.
    pub fn insurance_balance_at(&self, minute: i64) -> Result<NativeDelta> {
        let since = self.later_than(Some(minute)).map_or(0, |later| later.insurance);
        self.insurance_balance()?.checked_sub(NativeDelta(since)).program()
    }

    /// Returns what has changed since a full minute, unix seconds; `None` where nothing has, or the present ledgers are asked for.
    pub fn later_than(&self, minute: Option<i64>) -> Option<&LaterFills> {
        Some(&self.later).filter(|later| Some(later.minute) == minute)
    }

    /// Returns by how many points the fills since a full minute have changed the series of a slot.
    pub fn points_since(&self, minute: Option<i64>, slot: usize) -> i64 {
        self.later_than(minute).and_then(|later| later.points.get(slot)).copied().unwrap_or(0)
    }

    /// Returns whether liquidity of the last full minute before `now`, unix seconds, may still be valued with points of this slot.
    pub fn is_slot_valued(&self, slot: u8, now: i64) -> bool {
        let until = self.later.minute.saturating_add(LiquidityRequest::GRID_WINDOW);
        now <= until && self.points_since(Some(self.later.minute), slot.into()) != 0
    }
}
