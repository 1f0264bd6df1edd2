//! Selling bought options of an account that owes cash, those first that lose least by it.

use super::{Execution, Fill, PoolEngine, priced::Priced};
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    state::{Leg, MarginAccount, SeriesId},
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, NativeDelta, Rounding, margin::HealthLevel};

/// What selling all of a bought option brings, and what it is worth at the mark, native units.
#[derive(Clone, Copy)]
struct Sale {
    series: SeriesId,
    bid: Native,
    mark: Native,
}

impl Sale {
    /// Options between whose parts of the mark the difference is a twentieth of the greater one at most may be sold in either order, so that the price may move a little between the choice
    /// and the sale.
    const TOLERANCE: u64 = 20;

    /// Returns whether it brings clearly more of what it is worth than another one.
    fn is_better_than(&self, other: &Self) -> bool {
        let clearly = self.bid.0.saturating_sub(self.bid.0.div_ceil(Self::TOLERANCE));
        u128::from(clearly).saturating_mul(other.mark.0.into())
            > u128::from(other.bid.0).saturating_mul(self.mark.0.into())
    }

    /// Returns the part of the mark that it brings, basis points, rounded down.
    fn part(&self) -> u64 {
        self.bid.mul_div(10_000, self.mark.0, Rounding::Floor).map_or(0, |part| part.0)
    }
}

impl PoolEngine<'_> {
    /// Sells as much of a bought option of an account as covers its negative cash, and returns the fill. The bid of an option may be next to nothing at a wick or within a burst, so an
    /// option is refused while another one can be sold that brings clearly more of what it is worth.
    ///
    /// Errors: `NothingOwed`, `LegNotReducing`, `AnotherLosesLess`, `MarketAccountMissing`, `SampleDue`, those of [`Self::force_close`].
    #[inline(never)]
    pub fn close_for_cash(&mut self, account: &mut MarginAccount, key: &Pubkey, series: SeriesId) -> Result<Vec<Fill>> {
        ensure!(account.cash < 0, NothingOwed, "cash {}", account.cash);
        self.settle_rest(account, key, series)?;
        let leg = self.cover_leg(account, series)?;
        self.check_loses_least(account, series)?;
        self.force_close((account, key), &[&[leg]], Execution::Forced)
    }

    /// Checks that no other bought option of an account can be sold for its cash that brings clearly more of what it is worth. Errors: `AnotherLosesLess`, those of [`Self::sales`].
    #[inline(never)]
    fn check_loses_least(&mut self, account: &MarginAccount, series: SeriesId) -> Result<()> {
        let sales = self.sales(account)?;
        let Some(named) = sales.iter().find(|sale| sale.series == series).copied() else { return Ok(()) };
        let mut better = Vec::with_capacity(sales.len());
        for sale in sales.into_iter().filter(|sale| sale.is_better_than(&named)) {
            better.push((sale, self.cover_leg(account, sale.series)?));
        }
        if better.is_empty() {
            return Ok(());
        }
        const LEVEL: HealthLevel = HealthLevel::Maintenance;
        let Priced { positions, least, .. } = *self.priced(account)?;
        let legs: Vec<Leg> = better.iter().map(|(_, leg)| *leg).collect();
        let (portfolio, values) = self.portfolio_and_values(self.market, &positions, [LEVEL], &legs)?;
        let before = portfolio.health(LEVEL, account.cash(), NativeDelta::ZERO).program()?;
        // One place for all trials: the heap takes nothing back.
        let mut then = portfolio.clone();
        for (sale, leg) in &better {
            let legs = std::slice::from_ref(leg);
            let after = self.health_after(account, account.cash(), LEVEL, legs, &values, (&portfolio, &mut then))?;
            // The two units for roundings are taken instead of given, so that an option counts here only if its own sale is not refused.
            let after = after.checked_sub(NativeDelta(4)).program()?;
            let is_refused = after.checked_add(least).program()?.is_negative() && after < before;
            ensure!(
                is_refused,
                AnotherLosesLess,
                "brings {} bps of its mark, slot {} brings {}",
                named.part(),
                sale.series.slot,
                sale.part()
            );
        }
        Ok(())
    }

    /// Returns what selling each of the bought options of an account brings; nothing where there is only one. Whoever sells could choose by leaving out a price, or a sample that is
    /// due, so the price of each option has to be there, and samples are taken; only of a feed that stands still there is none: nobody has valued the series for an hour, nor sampled
    /// the underlying, which is shown in the place of its price.
    ///
    /// Errors: `MarketAccountMissing`, `SampleDue`, those of a valuation.
    #[inline(never)]
    fn sales(&mut self, account: &MarginAccount) -> Result<Vec<Sale>> {
        let mut sales = Vec::with_capacity(account.positions.len());
        if account.positions.iter().filter(|position| position.points > 0).count() < 2 {
            return Ok(sales);
        }
        for place in account.open_positions() {
            let position = account.positions[place];
            let (id, points) = (position.series(), position.points());
            let series = self.registry.series(id)?;
            if points.is_short() || points.is_zero() {
                continue;
            }
            if !self.market.has(series.underlying) {
                let is_dead = self.market.last_price(series).is_some();
                ensure!(is_dead, MarketAccountMissing, "underlying {}", series.underlying);
                continue;
            }
            self.market.check_sample_taken(series.underlying)?;
            let all = Leg { series: id, points: points.0.checked_neg().ok_or(EvergreenError::Overflow)? };
            let bid = self.proceeds(&all)?.positive_part();
            let value = self.mark(id)?.value.value().program()?;
            let mark = self.scale.native(points, value, Rounding::Floor).program()?.positive_part();
            sales.push(Sale { series: id, bid, mark });
        }
        Ok(sales)
    }
}
