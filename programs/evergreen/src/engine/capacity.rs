//! Capacity of a pool that commitments reserve, so that nothing that others do before the fill can make it fail.

use super::{pool_engine::cap_payoff, rents::check_rents};
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    state::{
        Commitment, Leg, MAX_LEGS, MAX_POSITIONS, MAX_UNDERLYINGS, MarginAccount, Opening, Pool, Room, SeriesRegistry,
    },
};
use anchor_lang::prelude::*;
use evergreen_math::{Points, Rounding};

/// Points of a leg that open a position or make it larger, where the account holds `held` points before it.
pub(super) fn opened_by(leg: &Leg, held: Points) -> Result<u64> {
    let after = held.checked_add(Points(leg.points)).program()?;
    let same_side = !after.is_zero() && after.is_short() == (leg.points < 0);
    Ok(if same_side { after.0.unsigned_abs().min(leg.points.unsigned_abs()) } else { 0 })
}

/// Checks that the legs of a trade to be committed fit as things stand, beside everything that is committed already, and reserves the
/// capacity for what they open: size and room in their series, collateral for bought options, and pool cash for the premium of
/// written ones, at most their cap payoff, and room for direction on each side that the legs add to. Nobody therefore pays a bond for a
/// trade that cannot be filled. Slopes are those of when the series was last valued; a leg by one that nobody has measured for an hour may be anything up to what it
/// counts for, so it takes room on its own side and makes none on the other. Returns what each leg opens. `now` in unix seconds.
///
/// Errors: `TooManyPositions`, `PositionTooSmall`, `WritesAlone`, `ShortExceedsLong`, `SeriesSizeLimit`, `AccountSizeLimit`, `ReserveLimit`,
/// `GrowthLimit`, `RentTooLow`, `DirectionLimit`, `UnknownSeries`.
#[inline(never)]
pub fn reserve_capacity(
    pool: &mut Pool,
    registry: &mut SeriesRegistry,
    account: &MarginAccount,
    legs: &[Leg],
    now: i64,
) -> Result<[Opening; MAX_LEGS]> {
    let opened = legs.iter().filter(|leg| account.find(leg.series).is_none()).count();
    let taken = account.open_positions().count();
    ensure!(opened.saturating_add(taken) <= MAX_POSITIONS, TooManyPositions, "{} taken, {} more", taken, opened);
    let mut openings = [Opening::default(); MAX_LEGS];
    let mut rooms = [Room::default(); MAX_UNDERLYINGS];
    pool.advance_reserve_level(now)?;
    for (leg, opening) in legs.iter().zip(&mut openings) {
        let held = account.find(leg.series).map_or(Points::ZERO, |place| account.positions[place].points());
        let after = held.checked_add(Points(leg.points)).program()?;
        Pool::check_not_dust(after, pool.params.min_account_points)?;
        let opened = opened_by(leg, held)?;
        if opened > 0 {
            change_series(registry, leg, opened, u64::checked_add)?;
            check_side(pool, registry, leg, after, held)?;
            change_pool(pool, registry, leg, opened, u64::checked_add)?;
            let size = i64::try_from(opened).map_err(crate::errors::too_large)?;
            let points = Points(if leg.points < 0 { size.saturating_neg() } else { size });
            let series = registry.series(leg.series)?;
            let delta = series.delta_of(points, pool.scale()?, now)?.0;
            *opening = Opening { points: opened, delta };
            room_of(&mut rooms, series.underlying)?.add(delta, !series.is_unmeasured(now))?;
        }
    }
    if openings != [Opening::default(); MAX_LEGS] {
        pool.check_reserve()?;
        if legs.iter().zip(&openings).any(|(leg, opening)| leg.points > 0 && opening.points > 0) {
            pool.check_growth()?;
        }
        check_rents(pool, registry, legs, &openings, now)?;
        pool.reserve_direction(&rooms)?;
    }
    Ok(openings)
}

/// Releases the capacity that a commitment has reserved. Errors: `UnknownSeries`.
pub(super) fn release_capacity(pool: &mut Pool, registry: &mut SeriesRegistry, commitment: &Commitment) -> Result<()> {
    let mut rooms = [Room::default(); MAX_UNDERLYINGS];
    for (leg, stored) in commitment.legs().iter().zip(&commitment.legs) {
        if stored.opening > 0 {
            change_series(registry, leg, stored.opening, u64::checked_sub)?;
            change_pool(pool, registry, leg, stored.opening, u64::checked_sub)?;
            room_of(&mut rooms, registry.series(leg.series)?.underlying)?.add(stored.delta, true)?;
        }
    }
    pool.release_direction(&rooms)
}

/// The room that legs take on one underlying.
fn room_of(rooms: &mut [Room; MAX_UNDERLYINGS], underlying: u8) -> Result<&mut Room> {
    rooms.get_mut(usize::from(underlying)).ok_or_else(|| error!(EvergreenError::UnknownUnderlying))
}

/// A checked sum or difference.
type Checked = fn(u64, u64) -> Option<u64>;

/// Changes what is committed in the series of a leg, in points.
fn change_series(registry: &mut SeriesRegistry, leg: &Leg, points: u64, by: Checked) -> Result<()> {
    let series = registry.series_mut(leg.series)?;
    let side = if leg.points < 0 { &mut series.committed_short } else { &mut series.committed_long };
    *side = by(*side, points).ok_or(EvergreenError::Overflow)?;
    Ok(())
}

/// Changes what is committed in the pool by the cap payoff of so many points of a leg, rounded up.
fn change_pool(pool: &mut Pool, registry: &SeriesRegistry, leg: &Leg, points: u64, by: Checked) -> Result<()> {
    let points = Points(i64::try_from(points).map_err(crate::errors::too_large)?);
    let payoff = cap_payoff(&registry.series(leg.series)?.terms()?)?;
    let amount = pool.scale()?.native(points, payoff, Rounding::Ceil).program()?.positive_part();
    let side = if leg.points < 0 { &mut pool.committed_premiums } else { &mut pool.committed_reserve };
    *side = by(*side, amount.0).ok_or(EvergreenError::Overflow)?;
    Ok(())
}

/// Checks sizes and room of the side of a series that a leg opens, as they will be when everything committed is filled.
fn check_side(pool: &Pool, registry: &SeriesRegistry, leg: &Leg, after: Points, held: Points) -> Result<()> {
    let series = registry.series(leg.series)?;
    let part = |points: Points, short: bool| if points.is_short() == short { points.0.saturating_abs() } else { 0 };
    if after.is_short() {
        let long = series.long_points.saturating_sub(part(held, false));
        let short = with_committed(series.short_points, series.committed_short)?;
        pool.check_written(short, long)?;
        return pool.check_sizes(Points(short), after);
    }
    pool.check_sizes(Points(with_committed(series.long_points, series.committed_long)?), after)
}

/// One side of a series' open interest with what commitments will add to it, in points.
pub(super) fn with_committed(side: i64, committed: u64) -> Result<i64> {
    let committed = i64::try_from(committed).map_err(crate::errors::too_large)?;
    side.checked_add(committed).ok_or_else(|| error!(EvergreenError::Overflow))
}
