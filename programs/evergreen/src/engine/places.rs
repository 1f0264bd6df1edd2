//! The price of a place: where a slot or capital of the pool is wanted and none is left, whoever pays least and too little gives way.

use super::{Fill, PoolEngine, pool_engine::cap_payoff, restorable::Restorable};
use crate::{
    ensure, error_with_context,
    errors::{EvergreenError, MathContext},
    state::{Leg, MarginAccount, Series, SeriesId},
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, Rounding};

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

/// What a series pays a day and what it would have to, native units.
#[derive(Clone, Copy, Debug)]
struct Rent {
    paid: Native,
    due: Native,
}

impl Rent {
    /// Returns whether it pays a smaller part of its rent than another series.
    fn is_behind(self, other: Self) -> bool {
        u128::from(self.paid.0).saturating_mul(other.due.0.into())
            < u128::from(other.paid.0).saturating_mul(self.due.0.into())
    }
}

impl PoolEngine<'_> {
    /// Closes a position against its owner's will at the mark, and returns the fills: of a bought option as much as covers negative cash, or all
    /// of a position whose series pays too little for a place that others want. Where the latter would leave the account below
    /// maintenance, because the option is needed beside others, all its positions on the underlying are closed: what they are worth together is
    /// never less than what they add to health, so somebody always gives way.
    ///
    /// Errors: `LegNotReducing`, `NotAtCapacity`, `NotWorthless`, those of [`Self::force_close`].
    #[inline(never)]
    pub fn buy_back(&mut self, account: &mut MarginAccount, series: SeriesId) -> Result<Vec<Fill>> {
        if account.cash < 0 {
            let leg = self.cover_leg(account, series)?;
            return self.force_close(account, &[leg]);
        }
        let leg = self.leg_to_give_way(account, series)?;
        let underlying = self.registry.series(series)?.underlying;
        let mut all = Vec::new();
        for place in account.open_positions() {
            let position = account.positions[place];
            if self.registry.series(position.series())?.underlying == underlying {
                all.push(closing(position.series(), position.points)?);
            }
        }
        if all.len() == 1 {
            return self.force_close(account, &[leg]);
        }
        let touched: Vec<SeriesId> = all.iter().map(|leg| leg.series).collect();
        let before = Restorable::of(self, account, &touched)?;
        match self.force_close(account, &[leg]) {
            Err(Error::AnchorError(error)) if error.error_code_number == u32::from(EvergreenError::HealthLowered) => {
                before.restore(self, account)?;
                self.force_close(account, &all)
            }
            closed => closed,
        }
    }

    /// Returns whether the position of a settled account in a series may be closed so, but for its health.
    pub fn may_buy_back(&mut self, account: &MarginAccount, series: SeriesId) -> bool {
        let leg =
            if account.cash < 0 { self.cover_leg(account, series) } else { self.leg_to_give_way(account, series) };
        leg.is_ok()
    }

    /// Returns the leg that closes all of an account's position in a series that has to give way. Errors: `NotAtCapacity`,
    /// `LegNotReducing`, `NotWorthless`.
    fn leg_to_give_way(&mut self, account: &MarginAccount, series: SeriesId) -> Result<Leg> {
        self.pool.check_at_capacity(self.registry)?;
        let held = account.find(series).map_or(0, |place| account.positions[place].points);
        ensure!(held != 0, LegNotReducing, "holds {} points", held);
        let leg = closing(series, held)?;
        if self.registry.is_taken() && self.pays_too_little(series, Place::Slot)? {
            return Ok(leg);
        }
        // A written option reserves nothing.
        ensure!(held > 0, LegNotReducing, "holds {} points", held);
        if self.pool.is_at_capacity()? && self.pays_too_little(series, Place::Capital)? {
            return Ok(leg);
        }
        Err(error_with_context!(
            EvergreenError::NotWorthless,
            "series {} of generation {}",
            series.slot,
            series.generation
        ))
    }

    /// Returns whether a live series pays less than its rent, and no other pays a smaller part of its own. The funding of the series accrues, so
    /// that its rate is the present one; the others' are those of when they were last touched. One that nobody has touched for a day, for instance because
    /// its feed stands still, keeps nobody else's place.
    #[inline(never)]
    fn pays_too_little(&mut self, id: SeriesId, place: Place) -> Result<bool> {
        self.mark(id)?;
        let rent = self.rent(self.registry.series(id)?, place)?;
        if rent.paid >= rent.due {
            return Ok(false);
        }
        let a_day_ago = self.market.now().0.saturating_sub(i64::try_from(DAY).map_err(crate::errors::too_large)?);
        for other in self.registry.used().filter(|other| other.has_interest() && other.funding_touched >= a_day_ago) {
            if self.rent(other, place)?.is_behind(rent) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn rent(&self, series: &Series, place: Place) -> Result<Rent> {
        const CAPITAL_PARTS: u64 = 1_000;
        let due = match place {
            Place::Slot => Native(self.pool.cash().0 / SLOT_PARTS),
            Place::Capital => {
                let reserve = series.reserve(cap_payoff(&series.terms()?)?, self.scale)?;
                Native(reserve.0 / CAPITAL_PARTS)
            }
        };
        Ok(Rent { paid: self.daily_funding(series)?, due })
    }

    /// Funding that the holders of a series pay in a day at the rate of the last accrual, native units, rounded down.
    fn daily_funding(&self, series: &Series) -> Result<Native> {
        let time_value = self.scale.native(series.long(), series.funding().rate, Rounding::Floor).program()?;
        time_value.positive_part().mul_div(DAY, series.tenor.into(), Rounding::Floor).program()
    }
}

/// The leg that closes all of a position.
fn closing(series: SeriesId, points: i64) -> Result<Leg> {
    Ok(Leg { series, points: points.checked_neg().ok_or(EvergreenError::Overflow)? })
}
