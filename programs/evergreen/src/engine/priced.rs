//! Positions whose prices were passed, and the bounds of the others.

use super::{PoolEngine, pool_engine::cap_payoff};
use crate::{
    errors::MathContext,
    state::{MAX_POSITIONS, MarginAccount, Position, SeriesRegistry},
};
use anchor_lang::prelude::*;
use evergreen_math::{NativeDelta, PointScale, Rounding};

/// The positions of an account whose prices were passed. Those on other underlyings are left out.
pub(super) struct Priced {
    pub positions: [Position; MAX_POSITIONS],
    /// The least that the others add to health, native units, negative.
    pub least: NativeDelta,
    /// The most that they add to it, native units.
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
            // A bought option is worth its cap payoff at most and owes no more funding than that, a written one the other way round.
            let cap = cap_payoff(&series.terms()?)?;
            let caps = self.scale.native(position.points().size().program()?, cap, Rounding::Ceil).program()?;
            priced.most = priced.most.checked_add(caps).program()?;
            priced.least = priced.least.checked_sub(caps).program()?;
        }
        Ok(priced)
    }
}
