//! Positions whose prices were passed, and the bounds of the others.

use super::{MarketContext, PoolEngine, pool_engine::cap_payoff};
use crate::{
    errors::MathContext,
    state::{MAX_POSITIONS, MarginAccount, Position, Series, SeriesRegistry, Underlying},
};
use anchor_lang::prelude::*;
use evergreen_math::{Dollars, NativeDelta, PointScale, Rounding};

/// The positions of an account whose prices were passed. Those on other underlyings are left out.
pub(super) struct Priced {
    pub positions: [Position; MAX_POSITIONS],
    /// The least that the others add to health, native units, negative.
    pub least: NativeDelta,
    /// The most that they add to it, native units; of a feed that stands still what they pay at its last sample.
    pub most: NativeDelta,
}

/// Returns the cash that no written option of an account can ever need, native units, rounded down; negative where they may need more.
pub(super) fn free_cash(scale: PointScale, registry: &SeriesRegistry, account: &MarginAccount) -> Result<NativeDelta> {
    let mut free = account.cash();
    for position in account.positions.iter().filter(|position| position.points < 0) {
        let cap = cap_payoff(&registry.series(position.series())?.terms()?)?;
        let size = position.points().size().program()?;
        free = free.checked_sub(scale.native(size, cap, Rounding::Ceil).program()?).program()?;
    }
    Ok(free)
}

impl MarketContext {
    /// Notes the last sample of the underlying at `place` of the pool's list; its price is not here. Errors: `WrongVersion`.
    #[inline(never)]
    pub fn enter_without_price(&mut self, underlying: &Underlying, place: usize) -> Result<()> {
        underlying.check()?;
        self.unpriced.push((place, underlying.sample_time, underlying.sample_price.dollars()));
        Ok(())
    }

    /// Returns the price of the last sample, in dollars, of the underlying of a series whose feed stands still: it was shown without a price, three half-hours have passed without a volatility
    /// sample of it, and nobody has valued the series for an hour, so that nobody leaves its price out by choice.
    #[inline(never)]
    pub fn last_price(&self, series: &Series) -> Option<Dollars> {
        const UNSAMPLED: i64 = 5_400;
        let (_, sampled, price) = self.unpriced.iter().find(|(place, ..)| *place == usize::from(series.underlying))?;
        let is_unsampled = self.now.0.saturating_sub(*sampled) > UNSAMPLED;
        (is_unsampled && series.is_unmeasured(self.now.0)).then_some(*price)
    }
}

impl PoolEngine<'_> {
    /// Returns the positions of an account whose prices were passed, and what the others can do to its health whatever their prices are.
    #[inline(never)]
    pub(super) fn priced(&self, account: &MarginAccount) -> Result<Box<Priced>> {
        let mut priced =
            Box::new(Priced { positions: account.positions, least: NativeDelta::ZERO, most: NativeDelta::ZERO });
        for place in account.open_positions() {
            let position = account.positions[place];
            let series = self.registry.series(position.series())?;
            if self.market.has(series.underlying) {
                continue;
            }
            priced.positions[place] = Position::default();
            // A bought option is worth its cap payoff at most and owes no more funding than that, a written one the other way round. On a feed that stands still it adds what it would pay at
            // its last sample, which is no less than what health counts at that price.
            let (terms, points) = (series.terms()?, position.points());
            let caps = self.scale.native(points.size().program()?, cap_payoff(&terms)?, Rounding::Ceil).program()?;
            let most = match self.market.last_price(series) {
                None => caps,
                Some(price) => {
                    let owed = series.funding().index.since(position.snapshot()).program()?;
                    let paid = terms.intrinsic(price).checked_sub(owed).program()?;
                    self.scale.native(points, paid, Rounding::Ceil).program()?
                }
            };
            priced.most = priced.most.checked_add(most).program()?;
            priced.least = priced.least.checked_sub(caps).program()?;
        }
        Ok(priced)
    }
}
