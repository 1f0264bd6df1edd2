//! The price of a place: where a slot or capital of the pool is wanted and none is left, whoever pays least and too little gives way, after
//! notice.

use super::{Execution, Fill, PoolEngine, pool_engine::cap_payoff};
use crate::{
    ensure, error_with_context,
    errors::{EvergreenError, MathContext},
    state::{
        Leg, MarginAccount, NoticeCause, Opening, Pool, Series, SeriesId, SeriesRegistry, SeriesStatus, Underlying,
    },
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, Points, Rounding, UnixTime, reserve};

/// Seconds.
pub(super) const DAY: u64 = 86_400;
/// The rent of a slot is one part in this many of pool cash a day.
pub(super) const SLOT_PARTS: u64 = 50_000;

/// What is scarce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A slot of the registry. The rent of a series is one part in 50,000 of pool cash a day.
    Slot,
    /// Capital of the pool. The rent of a series is one part in 1,000 a day of what it reserves.
    Capital,
}

/// What is missing of a place: slots, or capital in native units.
type Missing = u64;

impl Place {
    /// What others want according to a notice. Errors: `NoticeMissing` for a notice that is about no place.
    fn of(cause: NoticeCause) -> Result<Self> {
        match cause {
            NoticeCause::Slot => Ok(Self::Slot),
            NoticeCause::Capital => Ok(Self::Capital),
            NoticeCause::Excess | NoticeCause::Buyback => err!(EvergreenError::NoticeMissing),
        }
    }
}

/// What a series pays a day and what it would have to, native units, and how much of the place it frees when it gives way.
#[derive(Clone, Copy, Debug)]
struct Rent {
    paid: Native,
    due: Native,
    frees: Missing,
}

impl Rent {
    /// Returns whether it pays a smaller part of its rent than another series.
    fn is_behind(self, other: Self) -> bool {
        u128::from(self.paid.0).saturating_mul(other.due.0.into())
            < u128::from(other.paid.0).saturating_mul(self.due.0.into())
    }
}

/// Gives notice of a series, and returns its moment, unix seconds: that it has to give way, because it pays too little for its place and those that pay a smaller part of their
/// rent do not free what is missing, or that more of it is written than bought. `underlying` is that of the series; its funding accrues, so that its rate is the
/// present one.
///
/// Errors: `UnknownSeries`, `SeriesExercised`, `NothingToDeleverage`; `NotAtCapacity`, `RentPaid`; `NoticeRunning`; `Unauthorized` for a buy-back.
pub fn give_notice(
    pool: &Pool,
    registry: &mut SeriesRegistry,
    underlying: &Underlying,
    id: SeriesId,
    cause: NoticeCause,
    now: i64,
) -> Result<i64> {
    let series = registry.live_mut(id)?;
    // While a buy-back is announced nobody is closed without its premium.
    let no_buyback = || pool.check_no_buyback(now);
    match cause {
        NoticeCause::Excess => {
            no_buyback()?;
            let excess = series.excess_short()?;
            ensure!(excess > 0, NothingToDeleverage, "{} points too many written", excess);
        }
        NoticeCause::Slot | NoticeCause::Capital => {
            no_buyback()?;
            underlying.funding_points.accrue(series, &underlying.funding_rules(), pool, UnixTime(now))?;
            check_gives_way(pool, registry, id, Place::of(cause)?, now)?;
        }
        // Its curator announces it, for all of the pool.
        NoticeCause::Buyback => return err!(EvergreenError::Unauthorized),
    }
    registry.give_notice(id, cause, now, &pool.params)
}

/// Checks that a live series, whose funding has accrued, pays too little for a place that others want, and that all that pay a smaller part of their rent would not
/// free what is missing. Errors: `UnknownSeries`, `NotAtCapacity`, `RentPaid`.
fn check_gives_way(pool: &Pool, registry: &SeriesRegistry, id: SeriesId, place: Place, now: i64) -> Result<()> {
    let missing = check_wanted(pool, registry, place)?;
    let series = registry.series(id)?;
    if pays_too_little(pool, series, place)? && freed_before(pool, registry, series, place, now)? < missing {
        return Ok(());
    }
    Err(rent_paid(id))
}

/// Checks that there are no more places of a kind, and somebody can take one: in a halted pool nobody opens anything. Returns what is missing, at least one. Errors:
/// `NotAtCapacity`.
fn check_wanted(pool: &Pool, registry: &SeriesRegistry, place: Place) -> Result<Missing> {
    let missing = match place {
        _ if pool.is_halted() => 0,
        Place::Slot => registry.is_taken().into(),
        Place::Capital => pool.missing_capital()?.0,
    };
    ensure!(missing > 0, NotAtCapacity, "free cash {}", pool.free_cash()?.0);
    Ok(missing)
}

/// Returns whether a series with open interest pays less than its rent. What reserves no capital pays for none.
fn pays_too_little(pool: &Pool, series: &Series, place: Place) -> Result<bool> {
    let rent = rent(pool, series, place)?;
    Ok(series.has_interest() && rent.paid < rent.due)
}

/// Returns how much of a place those series free together that pay a smaller part of their rent than this one, whose rate is the present one; the others' are those of when they were
/// last touched. So whoever reserves little keeps little from notice: one that comes before frees exactly what it makes missing. One that nobody has valued for a day, because its feed
/// stands still, frees nothing, and none does that has ended.
#[inline(never)]
fn freed_before(pool: &Pool, registry: &SeriesRegistry, series: &Series, place: Place, now: i64) -> Result<Missing> {
    let own = rent(pool, series, place)?;
    let a_day_ago = now.saturating_sub(i64::try_from(DAY).map_err(crate::errors::too_large)?);
    let gives_way = |other: &&Series| {
        other.status() == SeriesStatus::Live && other.has_interest() && i64::from(other.measured) >= a_day_ago
    };
    let mut freed = 0u64;
    for other in registry.series.iter().filter(gives_way) {
        let rent = rent(pool, other, place)?;
        if rent.is_behind(own) {
            freed = freed.saturating_add(rent.frees);
        }
    }
    Ok(freed)
}

#[inline(never)]
fn rent(pool: &Pool, series: &Series, place: Place) -> Result<Rent> {
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
    paid.positive_part().mul_div(DAY, series.tenor.into(), Rounding::Floor).program()
}

/// Checks that what the legs of a trade open pays for its place where others want it, so that whoever is closed, or closes himself, cannot take it again:
///
/// - Where capital is missing when everything committed is filled, bought options pay the rent of what they reserve. So the last tenth of the limit is for those who pay for it.
/// - While notice is given of a series for its slot, and for half a minute after the moment, nothing is opened in it unless it pays the rent then. So its closing goes on from one to the next.
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
        if is_scarce {
            check_rent(rent_of_capital(pool, series, bought)?)?;
        }
        let notices = registry.notices.get(usize::from(leg.series.slot)).ok_or(EvergreenError::UnknownSeries)?;
        if notices.moment(NoticeCause::Slot, now, &pool.params).is_some() {
            check_rent(rent_of_slot(pool, series, series.long().checked_add(bought).program()?)?)?;
        }
    }
    Ok(())
}

/// Errors: `RentTooLow`.
fn check_rent(rent: Rent) -> Result<()> {
    ensure!(rent.paid >= rent.due, RentTooLow, "funding {} a day, rent {}", rent.paid.0, rent.due.0);
    Ok(())
}

fn rent_paid(id: SeriesId) -> Error {
    error_with_context!(EvergreenError::RentPaid, "series {} of generation {}", id.slot, id.generation)
}

impl PoolEngine<'_> {
    /// Closes all of a position whose series pays too little for a place that others want, or which the pool buys back for a premium, and returns the fills. Where
    /// that would leave the account below maintenance, because the option is needed beside others, all its positions on the underlying are closed: what they are worth together is
    /// never less than what they add to health, so somebody always gives way. The caller checks that notice was given for this cause; whoever was given notice keeps the
    /// place for all of the rent, whatever others pay by now.
    ///
    /// Errors: `NoticeMissing` for another cause, `NotAtCapacity`, `LegNotReducing`, `RentPaid`, those of [`Self::force_close`].
    #[inline(never)]
    pub fn close_for_place(
        &mut self,
        account: &mut MarginAccount,
        series: SeriesId,
        cause: NoticeCause,
    ) -> Result<Vec<Fill>> {
        let (leg, execution) = self.leg_to_give_way(account, series, cause)?;
        let underlying = self.registry.series(series)?.underlying;
        let mut all = Vec::new();
        for place in account.open_positions() {
            let position = account.positions[place];
            if self.registry.series(position.series())?.underlying == underlying {
                all.push(closing(position.series(), position.points)?);
            }
        }
        self.force_close(account, &[&[leg], &all], execution)
    }

    /// Returns the leg that closes all of an account's position in a series that has to give way, and at which price. Errors: `NoticeMissing`, `NotAtCapacity`,
    /// `LegNotReducing`, `RentPaid`.
    fn leg_to_give_way(
        &mut self,
        account: &MarginAccount,
        series: SeriesId,
        cause: NoticeCause,
    ) -> Result<(Leg, Execution)> {
        let held = account.find(series).map_or(0, |place| account.positions[place].points);
        let buyback = self.pool.buyback(self.market.now().0).filter(|_| cause == NoticeCause::Buyback);
        if let Some((_, premium)) = buyback {
            ensure!(held != 0, LegNotReducing);
            return Ok((closing(series, held)?, Execution::Buyback(premium)));
        }
        let place = Place::of(cause)?;
        check_wanted(self.pool, self.registry, place)?;
        // A written option reserves nothing.
        ensure!(held > 0 || (held < 0 && place == Place::Slot), LegNotReducing, "holds {} points", held);
        self.mark(series)?;
        if pays_too_little(self.pool, self.registry.series(series)?, place)? {
            return Ok((closing(series, held)?, Execution::Forced));
        }
        Err(rent_paid(series))
    }

    /// Closes up to `points` written options of an account in a series of which more is written than bought, and returns the fills. The caller checks that notice was given.
    ///
    /// Errors: `LegZero`, `NothingToDeleverage`, `LegNotReducing`, those of [`Self::force_close`].
    #[inline(never)]
    pub fn auto_deleverage(&mut self, account: &mut MarginAccount, series: SeriesId, points: u64) -> Result<Vec<Fill>> {
        let leg = Leg { series, points: i64::try_from(points).map_err(crate::errors::too_large)? };
        ensure!(leg.points != 0, LegZero);
        let excess = self.registry.live_mut(series)?.excess_short()?;
        ensure!(leg.points <= excess, NothingToDeleverage, "{} points asked, {} too many written", leg.points, excess);
        ensure!(account.is_shrunk_by(&leg), LegNotReducing);
        self.force_close(account, &[&[leg]], Execution::Forced)
    }
}

/// The leg that closes all of a position.
fn closing(series: SeriesId, points: i64) -> Result<Leg> {
    Ok(Leg { series, points: points.checked_neg().ok_or(EvergreenError::Overflow)? })
}
