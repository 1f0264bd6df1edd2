//! What a pool has taken on, by series, that counts at the bid: options that traders have sold or written, written ones that others have closed, and bought ones whose spread is
//! [not earned yet](Pool::unearned).
//!
//! A bound of net asset value counts what traders hold in sum at the ask, and what they have written in sum at the mark. Whoever is paid the bid, or pays it, would widen the bound by
//! what lies between, and if he is closed by others pays nothing for it: who liquidated one side of a pair just before the minute of somebody's withdrawal left the
//! spread of the other side to those who stay. So what was taken on at the bid counts at the bid, on either side of the pool, and less of it as time passes:
//! nothing after a day, when little is left of a burst, and who leaves in the next one leaves none of it to others.

use super::Pool;
use crate::{
    errors::{EvergreenError, MathContext},
    state::{LiquidityRequest, Series},
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, Points, Rounding, Seconds};

/// Points of one series that a pool has taken on at the bid.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Taken {
    /// Points as of `at`: positive where traders hold them, negative where they have written them.
    pub points: i64,
    /// Points as of `before_at`, before the full minute that precedes `at`.
    pub before: i64,
    /// Unix seconds of the newest change.
    pub at: u32,
    /// Unix seconds of the newest change before that minute.
    pub before_at: u32,
    /// Generation of the series; those of another one count as nothing.
    pub generation: u32,
    /// Zero.
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

/// Returns what is left at `now` of so many points of `at`, unix seconds, where traders hold `net` in sum: a linear part of a day, rounded to zero, and no more than they hold.
fn left(points: i64, at: u32, now: i64, net: Points) -> Result<i64> {
    let size = net.size().program()?.0;
    if points == 0 || size == 0 || (points < 0) != net.is_short() {
        return Ok(0);
    }
    let age = now.saturating_sub(at.into()).max(0).unsigned_abs();
    let day = u64::from(Seconds::DAY.0);
    let rest = Native(points.unsigned_abs()).mul_div(day.saturating_sub(age), day, Rounding::Floor).program()?;
    let rest = i64::try_from(rest.0).map_err(crate::errors::too_large)?.min(size);
    rest.checked_mul(points.signum()).ok_or_else(|| error!(EvergreenError::Overflow))
}

impl Taken {
    /// Adds what a change at the bid at `at`, unix seconds, from `before` to `after` points of all traders in sum has opened on the pool. Errors: `Overflow`.
    fn add(&mut self, at: i64, (before, after): (Points, Points)) -> Result<()> {
        let opened = if after > before {
            after.0.max(0).checked_sub(before.0.max(0))
        } else {
            after.0.min(0).checked_sub(before.0.min(0))
        };
        let opened = opened.ok_or(EvergreenError::Overflow)?;
        if opened == 0 {
            return Ok(());
        }
        let at = stored(at);
        if minute_before(at) > minute_before(self.at) {
            (self.before, self.before_at) = (self.points, self.at);
        } else if minute_before(at) < minute_before(self.at) {
            // A trade at a price of before the minute is part of the ledgers of it.
            self.before = self.before.saturating_add(opened);
            self.before_at = self.before_at.max(at);
        }
        // Nothing is left of one side where traders are on the other one now.
        let kept = left(self.points, self.at, at.into(), before)?;
        let kept = if kept > 0 { kept.min(after.0.max(0)) } else { kept.max(after.0.min(0)) };
        self.points = kept.saturating_add(opened);
        self.at = self.at.max(at);
        Ok(())
    }

    /// Returns what counts of it at `now`, with the ledgers of the full minute `now` (`is_minute`) or the present ones, where traders hold `net` in sum.
    fn at(&self, now: i64, is_minute: bool, net: Points) -> Result<i64> {
        let is_later = is_minute && i64::from(self.at) > now;
        let (points, at) = if is_later { (self.before, self.before_at) } else { (self.points, self.at) };
        left(points, at, now, net)
    }
}

impl Pool {
    /// Records that something at `at`, unix seconds, that was done at the bid has changed what all traders have in the series of a slot to `after` points, by `change`.
    /// Errors: `Overflow`.
    #[inline(never)]
    pub fn take_on(&mut self, at: i64, slot: u8, series: &Series, change: Points) -> Result<()> {
        let after = series.net()?;
        let before = after.checked_sub(change).program()?;
        let taken = self.taken.get_mut(usize::from(slot)).ok_or(EvergreenError::UnknownSeries)?;
        if taken.generation != series.generation {
            *taken = Taken { generation: series.generation, ..Taken::default() };
        }
        taken.add(at, (before, after))
    }

    /// Returns how many of the `net` points that traders have in the series of a slot, in sum, the pool has taken on at the bid: with the ledgers of a full minute, unix seconds, or at
    /// `now` with the present ones. Errors: `Overflow`.
    pub fn taken_on(&self, slot: usize, series: &Series, net: Points, minute: Option<i64>, now: i64) -> Result<Points> {
        let taken = self.taken.get(slot).filter(|taken| taken.generation == series.generation);
        let points = taken.map_or(Ok(0), |taken| taken.at(minute.unwrap_or(now), minute.is_some(), net));
        points.map(Points)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;
    const NOON: i64 = 1_800_000_000;

    fn taken(changes: &[(i64, i64, i64)]) -> Taken {
        let mut taken = Taken::default();
        for (at, before, after) in changes {
            taken.add(*at, (Points(*before), Points(*after))).unwrap();
        }
        taken
    }

    #[test]
    fn it_fades_within_a_day_and_is_never_more_than_there_is() {
        let taken = taken(&[(NOON, -300, 500)]);
        for (now, net, left) in [
            (NOON, 500, 500),
            (NOON + DAY / 4, 500, 375),
            (NOON + DAY / 4, 100, 100),
            (NOON + DAY - 1, 500, 0),
            (NOON + 2 * DAY, 500, 0),
            (NOON, -500, 0),
            (NOON, 0, 0),
        ] {
            assert_eq!(taken.at(now, false, Points(net)).unwrap(), left, "{now} {net}");
        }
    }

    #[test]
    fn only_what_opens_on_the_pool_counts() {
        // More written options closed than were written beyond the bought ones, sales of bought options, and what opens the other side.
        assert_eq!(taken(&[(NOON, -500, 0), (NOON + 1, 700, 200)]).points, 0);
        assert_eq!(taken(&[(NOON, 100, -200)]).points, -200);
        assert_eq!(taken(&[(NOON, 0, 500), (NOON + 1, 100, -200)]).points, -200, "of 500 nothing is left");
        assert_eq!(taken(&[(NOON, 0, 500), (NOON, 400, 600)]).points, 600, "of 500 there are 400 left");
        // A rhythm of small ones keeps none of it beyond a day by more than what they are.
        let drips = (0..96).map(|k| (NOON + k * DAY / 96, if k == 0 { 0 } else { 1_000 + k - 1 }, 1_000 + k));
        let dripped = taken(&drips.collect::<Vec<_>>());
        assert!(dripped.points < 500, "{dripped:?}");
    }

    #[test]
    fn liquidity_of_a_minute_sees_what_was_before_it() {
        let minute = LiquidityRequest::grid_time(NOON);
        let net = Points(1_000);
        let mut taken = taken(&[(minute - 5, 0, 300), (minute + 1, 300, 500)]);
        assert_eq!(taken.at(minute, true, net).unwrap(), 299);
        assert_eq!(taken.at(minute + 5, false, net).unwrap(), 498);
        taken.add(minute + 8, (Points(500), Points(600))).unwrap();
        assert_eq!(taken.at(minute, true, net).unwrap(), 299, "a second change after it");
        taken.add(minute, (Points(600), Points(700))).unwrap();
        assert_eq!(taken.at(minute, true, net).unwrap(), 400, "a trade at a price of before");
        assert_eq!(taken.at(minute + 60, true, net).unwrap(), 697, "the next minute sees all of it");
    }
}
