//! What options pay for the places that they take: slots of the registry, and capital of the pool.

use super::pool_engine::cap_payoff;
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    state::{DAY, Leg, NoticeCause, Opening, Pool, Series, SeriesRegistry},
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, Points, Rounding, reserve};

/// The rent of a slot is one part in this many of pool cash a day.
pub(super) const SLOT_PARTS: u64 = 50_000;

/// What is scarce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A slot of the registry. The rent of a series is one part in 50,000 of pool cash a day.
    Slot,
    /// Capital of the pool. The rent of a series is one part in 1,000 a day of what it reserves.
    Capital,
}

/// What is missing of a place: slots, or capital in native units.
pub(super) type Missing = u64;

impl Place {
    /// What others want according to a notice. Errors: `NoticeMissing` for a notice that is about no place.
    pub(super) fn of(cause: NoticeCause) -> Result<Self> {
        match cause {
            NoticeCause::Slot => Ok(Self::Slot),
            NoticeCause::Capital => Ok(Self::Capital),
            NoticeCause::Excess | NoticeCause::Buyback => err!(EvergreenError::NoticeMissing),
        }
    }
}

/// What a series pays a day and what it would have to, native units, and how much of the place it frees when it gives way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rent {
    pub(super) paid: Native,
    pub(super) due: Native,
    pub(super) frees: Missing,
}

impl Rent {
    /// Returns whether it pays a smaller part of its rent than another series.
    pub(super) fn is_behind(self, other: Self) -> bool {
        u128::from(self.paid.0).saturating_mul(other.due.0.into())
            < u128::from(other.paid.0).saturating_mul(self.due.0.into())
    }
}

/// What a series pays a day for a place and what it would have to.
#[inline(never)]
pub(super) fn rent(pool: &Pool, series: &Series, place: Place) -> Result<Rent> {
    match place {
        Place::Slot => rent_of_slot(pool, series, series.long()),
        Place::Capital => rent_of_capital(pool, series, series.long()),
    }
}

/// What so many bought points of a series pay a day, and what all of it would have to for its slot.
fn rent_of_slot(pool: &Pool, series: &Series, points: Points) -> Result<Rent> {
    let due = Native(pool.cash().0 / SLOT_PARTS);
    Ok(Rent { paid: daily_funding(pool, series, points)?, due, frees: 1 })
}

/// What so many bought points of a series pay a day and would have to for the capital that they reserve.
fn rent_of_capital(pool: &Pool, series: &Series, points: Points) -> Result<Rent> {
    const CAPITAL_PARTS: u64 = 1_000;
    let reserve = reserve::required(points, cap_payoff(&series.terms()?)?, pool.scale()?).program()?;
    Ok(Rent { paid: daily_funding(pool, series, points)?, due: Native(reserve.0 / CAPITAL_PARTS), frees: reserve.0 })
}

/// What holders of so many points of a series pay in a day for its time value at the last accrual, native units, rounded down. Carry does not count: who brings the other
/// side is paid for it, and must not lose a place by that.
fn daily_funding(pool: &Pool, series: &Series, points: Points) -> Result<Native> {
    let paid = pool.scale()?.native(points, series.time_value()?, Rounding::Floor).program()?;
    paid.positive_part().mul_div(DAY.unsigned_abs(), series.tenor.into(), Rounding::Floor).program()
}

/// Checks that what the legs of a trade open pays for its place where others want it, so that whoever is closed, or closes by choice, cannot take it again:
///
/// - Where capital is missing when everything committed is filled, bought options pay the rent of what they reserve. So the last tenth of the limit is for those who pay for it.
/// - While notice is given of a series for its slot, and for half a minute after the moment, nothing is opened in it unless it pays the rent then. So its closing goes on from one to the next.
///
/// A series that nobody has touched for an hour may pay anything, so it counts as if it paid nothing. Whoever lists it once more touches it.
///
/// `now` in unix seconds. Errors: `RentTooLow`.
#[inline(never)]
pub(super) fn check_rents(
    pool: &Pool,
    registry: &SeriesRegistry,
    legs: &[Leg],
    openings: &[Opening],
    now: i64,
) -> Result<()> {
    let is_scarce = !pool.missing_capital_when_filled()?.is_zero();
    for (leg, opening) in legs.iter().zip(openings).filter(|(_, opening)| opening.points > 0) {
        let series = registry.series(leg.series)?;
        let size = i64::try_from(opening.points).map_err(crate::errors::too_large)?;
        let bought = Points(if leg.points > 0 { size } else { 0 });
        let check = |rent: Rent| {
            let paid = if series.is_untouched(now) { Native::ZERO } else { rent.paid };
            ensure!(paid >= rent.due, RentTooLow, "funding {} a day, rent {}", paid.0, rent.due.0);
            Ok(())
        };
        if is_scarce {
            check(rent_of_capital(pool, series, bought)?)?;
        }
        let notices = registry.notices.get(usize::from(leg.series.slot)).ok_or(EvergreenError::UnknownSeries)?;
        if notices.moment(NoticeCause::Slot, now, &pool.params).is_some() {
            check(rent_of_slot(pool, series, series.long().checked_add(bought).program()?)?)?;
        }
    }
    Ok(())
}
