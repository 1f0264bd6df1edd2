//! What a pool has taken on within a day, by series: points that traders have bought, or written, in sum while there was a spread, and that count at the bid in both bounds of net asset value.
//!
//! A bound counts the spread between bid and ask on what traders hold in sum, or that between bid and mark on what they have written. Whoever trades at the bid would move the bound by
//! the spread of what they trade: who liquidated one side of a pair just before the minute of somebody's withdrawal left the spread of the other side to those who stay, and who sold the
//! other side then, too, left others' options at the bid. So no trade changes on how many points the spread counts: a bound counts all that traders have in sum at the bid, and
//! the spread on what they had in sum before, `net − taken`. What is paid beyond the bid is [not earned yet](Pool::unearned). So nobody who trades moves a bound, in whatever order they do it.
//! What was taken on fades within a day, when little is left of a burst. Of what was sold it is never more than others have written, who can be closed at the bid: all else is bought back at the ask, so it is
//! out of the bound for good, and who leaves when nobody holds anything leaves no spread.

use super::Pool;
use crate::{
    errors::{EvergreenError, MathContext},
    state::{LiquidityRequest, Series},
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, Points, Rounding, Seconds};

/// Points of one series that a pool has taken on.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Taken {
    /// These are the points as of `at`: positive where traders have bought more than sold, negative where they have sold more.
    pub points: i64,
    /// These are the points as of `before_at`, before the full minute that precedes `at`.
    pub before: i64,
    /// These are the unix seconds of the newest change.
    pub at: u32,
    /// These are the unix seconds of the newest change before that minute.
    pub before_at: u32,
    /// This is the generation of the series; those of another one count as nothing.
    pub generation: u32,
    /// It is zero.
    pub padding: u32,
}

const _: () = assert!(size_of::<Taken>() == 32);

/// Unix seconds as they are stored.
fn stored(at: i64) -> u32 {
    u32::try_from(at.max(0)).unwrap_or(u32::MAX)
}

/// The full minute, unix seconds, of whose ledgers a change at `at` is no part any more.
fn minute_before(at: u32) -> i64 {
    LiquidityRequest::grid_time(i64::from(at).saturating_sub(1))
}

/// Returns what is left at `now` of so many points of `at`, unix seconds: a linear part of a day, rounded to zero.
fn left(points: i64, at: u32, now: i64) -> Result<i64> {
    if points == 0 {
        return Ok(0);
    }
    let age = now.saturating_sub(at.into()).max(0).unsigned_abs();
    let day = u64::from(Seconds::DAY.0);
    let rest = Native(points.unsigned_abs()).mul_div(day.saturating_sub(age), day, Rounding::Floor).program()?;
    let rest = i64::try_from(rest.0).map_err(crate::errors::too_large)?;
    rest.checked_mul(points.signum()).ok_or_else(|| error!(EvergreenError::Overflow))
}

/// A change of what all traders have in a series.
#[derive(Clone, Copy, Debug)]
pub struct NetChange {
    /// These are points, positive where they were bought.
    pub points: Points,
    /// This says whether bid and ask differed. Otherwise it moves no bound, and only gives up what was taken on the other way.
    pub has_spread: bool,
}

impl NetChange {
    /// Returns what is taken on after it, points, where `kept` was before and so much is `written` now. Errors: `Overflow`.
    fn after(self, kept: i64, written: i64) -> Result<i64> {
        let sum = kept.checked_add(self.points.0).ok_or(EvergreenError::Overflow)?;
        let least = written.checked_neg().ok_or(EvergreenError::Overflow)?;
        let sum = match (kept.signum(), self.points.0.signum()) {
            _ if self.has_spread => sum,
            (1, -1) => sum.max(0),
            (-1, 1) => sum.min(0),
            _ => kept,
        };
        Ok(sum.max(least))
    }
}

impl Taken {
    /// Adds a change at `at`, unix seconds, after which so many points are written. Errors: `Overflow`.
    fn add(&mut self, at: i64, change: NetChange, written: i64) -> Result<()> {
        let at = stored(at);
        if minute_before(at) > minute_before(self.at) {
            (self.before, self.before_at) = (self.points, self.at);
        } else if minute_before(at) < minute_before(self.at) {
            // A trade at a price of before the minute is part of the ledgers of it.
            self.before = change.after(left(self.before, self.before_at, at.into())?, written)?;
            self.before_at = self.before_at.max(at);
        }
        self.points = change.after(left(self.points, self.at, at.into())?, written)?;
        self.at = self.at.max(at);
        Ok(())
    }

    /// Returns what counts of it at `now`, with the ledgers of the full minute `now` (`is_minute`) or the present ones.
    fn at(&self, now: i64, is_minute: bool) -> Result<i64> {
        let is_later = is_minute && i64::from(self.at) > now;
        let (points, at) = if is_later { (self.before, self.before_at) } else { (self.points, self.at) };
        left(points, at, now)
    }
}

impl Pool {
    /// Returns whether it has taken on anything in a slot that a trade without a spread could give up.
    pub fn has_taken(&self, slot: u8) -> bool {
        self.taken.get(usize::from(slot)).is_some_and(|taken| taken.points != 0)
    }

    /// Records that a trade at `at`, unix seconds, has changed what all traders have in the series of a slot; its open interest is that after the trade. Errors: `Overflow`.
    #[inline(never)]
    pub fn take_on(&mut self, at: i64, slot: u8, series: &Series, change: NetChange) -> Result<()> {
        let taken = self.taken.get_mut(usize::from(slot)).ok_or(EvergreenError::UnknownSeries)?;
        if taken.generation != series.generation {
            *taken = Taken { generation: series.generation, ..Taken::default() };
        }
        taken.add(at, change, series.short_points)
    }

    /// Returns how many points of the series of a slot it has taken on: with the ledgers of a full minute, unix seconds, or at
    /// `now` with the present ones. Errors: `Overflow`.
    pub fn taken_on(&self, slot: usize, series: &Series, minute: Option<i64>, now: i64) -> Result<Points> {
        let taken = self.taken.get(slot).filter(|taken| taken.generation == series.generation);
        let points = taken.map_or(Ok(0), |taken| taken.at(minute.unwrap_or(now), minute.is_some()));
        points.map(Points)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::DAY;

    const NOON: i64 = 1_800_000_000;

    /// Changes with a spread, each with what is written after it.
    fn taken(changes: &[(i64, i64, i64)]) -> Taken {
        let mut taken = Taken::default();
        for (at, points, written) in changes {
            taken.add(*at, NetChange { points: Points(*points), has_spread: true }, *written).unwrap();
        }
        taken
    }

    const MANY: i64 = 10_000;

    #[test]
    fn it_fades_within_a_day() {
        for sign in [1, -1] {
            let taken = taken(&[(NOON, sign * 500, MANY)]);
            for (now, left) in
                [(NOON, 500), (NOON + DAY / 4, 375), (NOON + DAY - 1, 0), (NOON + DAY, 0), (NOON + 2 * DAY, 0)]
            {
                assert_eq!(taken.at(now, false).unwrap(), sign * left, "{now}");
            }
        }
    }

    #[test]
    fn what_is_traded_there_and_back_leaves_nothing_in_either_order() {
        assert_eq!(taken(&[(NOON, 500, MANY), (NOON + 1, -500, MANY)]).points.abs(), 1);
        assert_eq!(taken(&[(NOON, -500, MANY), (NOON, 500, MANY)]).points, 0);
        assert_eq!(taken(&[(NOON, -500, MANY), (NOON, 800, MANY)]).points, 300);
        // A rhythm of small ones keeps none of it beyond a day by more than what they are.
        let drips = (0..96).map(|k| (NOON + k * DAY / 96, if k == 0 { 1_000 } else { 1 }, MANY));
        let dripped = taken(&drips.collect::<Vec<_>>());
        assert!(dripped.points < 500, "{dripped:?}");
    }

    #[test]
    fn of_what_is_sold_it_is_no_more_than_is_written() {
        assert_eq!(taken(&[(NOON, -500, 0)]).points, 0);
        assert_eq!(taken(&[(NOON, -500, 200)]).points, -200);
        // Whoever has written them is closed.
        assert_eq!(taken(&[(NOON, -500, 200), (NOON, 200, 0)]).points, 0);
        assert_eq!(taken(&[(NOON, 900, 0)]).points, 900);
    }

    #[test]
    fn without_a_spread_it_is_only_given_up() {
        for (kept, points, left) in [(500, 100, 500), (500, -100, 400), (500, -700, 0), (-500, 200, -300), (0, -100, 0)]
        {
            let calm = NetChange { points: Points(points), has_spread: false };
            assert_eq!(calm.after(kept, MANY).unwrap(), left, "{kept} {points}");
        }
    }

    #[test]
    fn liquidity_of_a_minute_sees_what_was_before_it() {
        let minute = LiquidityRequest::grid_time(NOON);
        let add = |taken: &mut Taken, at, points| {
            taken.add(at, NetChange { points: Points(points), has_spread: true }, MANY).unwrap();
        };
        let mut taken = taken(&[(minute - 5, 300, MANY), (minute + 1, 200, MANY)]);
        assert_eq!(taken.at(minute, true).unwrap(), 299);
        assert_eq!(taken.at(minute + 5, false).unwrap(), 498);
        add(&mut taken, minute + 8, -700);
        assert_eq!(taken.at(minute, true).unwrap(), 299, "a second change after it");
        add(&mut taken, minute, 100);
        assert_eq!(taken.at(minute, true).unwrap(), 399, "a trade at a price of before");
        assert_eq!(taken.at(minute + 60, true).unwrap(), -101, "the next minute sees all of it");
    }
}
