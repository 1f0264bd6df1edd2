//! The price of a place: where a slot or capital of the pool is wanted and none is left, whoever pays least and too little gives way, after
//! notice.

use super::{
    Execution, Fill, PoolEngine,
    rents::{Missing, Place, rent},
};
use crate::{
    ensure, error_with_context,
    errors::EvergreenError,
    state::{DAY, Leg, MarginAccount, NoticeCause, Pool, Series, SeriesId, SeriesRegistry, SeriesStatus, Underlying},
};
use anchor_lang::prelude::*;
use evergreen_math::UnixTime;

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
    let a_day_ago = now.saturating_sub(DAY);
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
        key: &Pubkey,
        (series, cause): (SeriesId, NoticeCause),
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
        self.force_close((account, key), &[&[leg], &all], execution)
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

    /// The least that a part of an excess pays, native units, so that its rounding is next to nothing beside it. All that can be closed of an account may pay less.
    pub(super) const LEAST_PART: u64 = 128;

    /// Closes up to `points` written options of an account in a series of which more is written than bought, and returns the fills: all that can be closed, or a part that pays at
    /// least `LEAST_PART`, because each closing is rounded up against the writer, and nobody else may choose how many they are. The caller checks that notice was given.
    ///
    /// Errors: `LegZero`, `NothingToDeleverage`, `LegNotReducing`, `PartTooSmall`, those of [`Self::force_close`].
    #[inline(never)]
    pub fn auto_deleverage(
        &mut self,
        account: &mut MarginAccount,
        key: &Pubkey,
        series: SeriesId,
        points: u64,
    ) -> Result<Vec<Fill>> {
        let leg = Leg { series, points: i64::try_from(points).map_err(crate::errors::too_large)? };
        ensure!(leg.points != 0, LegZero);
        let excess = self.registry.live_mut(series)?.excess_short()?;
        ensure!(leg.points <= excess, NothingToDeleverage, "{} points asked, {} too many written", leg.points, excess);
        ensure!(account.is_shrunk_by(&leg), LegNotReducing);
        let held = account.find(series).map_or(0, |place| account.positions[place].points);
        let fills = self.force_close((account, key), &[&[leg]], Execution::Forced)?;
        let paid = fills.first().map_or(0, |fill| fill.premium.0.unsigned_abs());
        let is_all = leg.points == excess.min(held.saturating_neg());
        ensure!(is_all || paid >= Self::LEAST_PART, PartTooSmall, "pays {}, {} at least", paid, Self::LEAST_PART);
        Ok(fills)
    }
}

/// The leg that closes all of a position.
fn closing(series: SeriesId, points: i64) -> Result<Leg> {
    Ok(Leg { series, points: points.checked_neg().ok_or(EvergreenError::Overflow)? })
}
