//! What fills have changed since a full minute, so that liquidity of that minute is valued with the ledgers of that minute.
//!
//! Deposits and withdrawals are executed within twenty seconds after a full minute, at the first prices published after it. A fill at a later price
//! that comes before them must not change what they are worth, or whoever orders the transactions chooses. So the fill is recorded here, and a
//! valuation of the minute takes it off again. Which change of pool cash or points is recorded, and which is not:
//!
//! | change | recorded | why |
//! | --- | --- | --- |
//! | fill of a commitment | at its price, fee included | its price is determined; one of before the minute is part of the ledgers of the minute |
//! | liquidation, close for cash, close for a place, auto-deleveraging | when it is done | whoever does it chooses the moment within the age of its price |
//! | exercise, end of a series | as the end of a series | what it pays is no longer told by the minute's price: liquidity waits for the next minute ([`LaterFills::ended`]) |
//! | settlement of a series that has ended | no | its options are valued at what it pays, so cash and liability fall together |
//! | settlement of funding | no | the pool's claim falls by as much |
//! | arrears, forfeited bonds, fees of lapsed deposits | no | they are nobody's before they are paid, and then those of who has shares; no price tells them |
//! | bad debts, their absorption, seizures, cut payments | no | a loss that can be seen is borne by who is there; absorption moves what was taken off before |
//! | income and payments of insurance | no | its class is worth its cash, at any price |
//! | deposits and withdrawals themselves | no | they are executed at the same value, one after the other |

use super::Pool;
use crate::{
    errors::EvergreenError,
    state::{LiquidityRequest, MAX_SERIES},
};
use anchor_lang::prelude::*;

/// What fills have changed since a full minute. A record of another minute counts as nothing.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
#[repr(C)]
pub struct LaterFills {
    /// The full minute, unix seconds.
    pub minute: i64,
    /// Change of pool cash, in native units.
    pub cash: i64,
    /// One if a series in use has ended since, otherwise zero.
    pub ended: u64,
    /// Change of all accounts' points by slot of the registry.
    pub points: [i64; MAX_SERIES],
}

const _: () = assert!(size_of::<LaterFills>() == 24 + 8 * MAX_SERIES);

impl Pool {
    /// Returns the record for a change at `at`, unix seconds, emptied if it is of an earlier minute; `None` where it is of a later one, of whose ledgers the
    /// change is a part.
    fn later_at(&mut self, at: i64) -> Option<&mut LaterFills> {
        // A price of the full second is not one of after it.
        let minute = LiquidityRequest::grid_time(at.saturating_sub(1));
        if minute > self.later.minute {
            self.later = bytemuck::Zeroable::zeroed();
            self.later.minute = minute;
        }
        (minute == self.later.minute).then_some(&mut self.later)
    }

    /// Records that a fill at `at`, unix seconds, has changed the sum of all accounts' points in the series of a slot, and pool cash, in native units. Errors: `Overflow`.
    #[inline(never)]
    pub fn record_fill(&mut self, at: i64, slot: u8, points: i64, cash: i64) -> Result<()> {
        let Some(later) = self.later_at(at) else { return Ok(()) };
        let of_slot = later.points.get_mut(usize::from(slot)).ok_or(EvergreenError::UnknownSeries)?;
        *of_slot = of_slot.checked_add(points).ok_or(EvergreenError::Overflow)?;
        later.cash = later.cash.checked_add(cash).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Records that the series of a slot has ended at `at`, unix seconds. One without open interest, now and at the full minute, changes nothing; otherwise
    /// whoever lists series beyond their caps could hold up liquidity by ending one each minute.
    pub(super) fn record_end(&mut self, at: i64, slot: u8, has_interest: bool) {
        if let Some(later) = self.later_at(at)
            && (has_interest || later.points.get(usize::from(slot)).is_some_and(|points| *points != 0))
        {
            later.ended = 1;
        }
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
