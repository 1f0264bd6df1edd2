//! Funding that accounts owe a pool, or it owes them, and that anyone settles.

use super::{PoolView, Result};
use crate::instruction as build;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::{
    engine::{MarketContext, PoolEngine, SetOff},
    state::{MarginAccount, SeriesRegistry, SeriesStatus},
};
use evergreen_math::UnixTime;

/// What `settle_positions` moves into a pool out of an account, once the points of funding that wait are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collection {
    /// Address of the account.
    pub account: Pubkey,
    /// Native units that the account pays in sum, negative where it is paid.
    pub amount: i64,
    /// Native units that it owed in its positions and has been taken, from its cash or from what it is owed.
    pub collected: u64,
    /// The part of it that the account has in cash.
    pub covered: u64,
}

impl PoolView {
    /// Returns what settling each of these accounts moves, the account that pays most first; accounts of which nothing is to be settled are left out. Errors: those of the program.
    pub fn collections<'a>(
        &self,
        accounts: impl IntoIterator<Item = (&'a Pubkey, &'a MarginAccount)>,
    ) -> Result<Vec<Collection>> {
        let registry = self.replayed()?;
        let market = MarketContext::without_prices(self.now);
        let mut found = Vec::new();
        for (key, account) in accounts {
            if account.is_flat() && account.unpaid == 0 {
                continue;
            }
            let (mut pool, mut registry) = (self.pool.clone(), registry.clone());
            let mut after = *self.opened(account)?;
            let before = after.cash;
            let mut engine = PoolEngine::new(&mut pool, &mut registry, &market)?;
            let SetOff { settled, collected, .. } = engine.settle_for_others(&mut after, key)?;
            if settled {
                let amount = before.saturating_sub(after.cash);
                let covered = amount.min(before.max(0)).max(0).unsigned_abs();
                found.push(Collection { account: *key, amount, collected: collected.0, covered });
            }
        }
        found.sort_by_key(|collection| (std::cmp::Reverse(collection.amount), collection.account));
        Ok(found)
    }

    /// Returns the instructions that apply the points of funding that wait for any series, one for each underlying that has some, where they fit into one transaction beside a settlement; otherwise
    /// none, and [`Self::accruals`] come first. Anyone may send them.
    pub fn touch_all(&self) -> Vec<Instruction> {
        if !self.accruals().is_empty() {
            return Vec::new();
        }
        let all = 0..u8::try_from(self.registry.series.len()).unwrap_or(u8::MAX);
        let waits =
            |place: u8| self.registry.series.iter().any(|s| s.underlying == place && self.points_waiting(s) > 0);
        let meant = (0u8..).zip(&self.markets).filter(|(place, _)| waits(*place));
        meant.map(|(_, market)| build::accrue_funding(&self.keys, market.feed.underlying, all.clone())).collect()
    }

    /// Returns whether the pool has less cash than it reserves and owes to accounts: what others owe it is then collected, so that nobody waits for it.
    pub fn is_short_of_cash(&self) -> bool {
        self.pool.short_of(&self.registry, self.now).is_ok_and(|short| !short.is_zero())
    }

    /// Returns whether cash could leave if it were not for funding that the pool owes to accounts: who settles them lets withdrawals go on.
    pub fn withdrawals_wait_for_accounts(&self) -> bool {
        let free = self.pool.free_cash().is_ok_and(|free| !free.is_zero());
        let may_leave = self.pool.free_to_leave(&self.registry, self.now).is_ok_and(|free| !free.is_zero());
        !self.pool.is_distressed() && free && !may_leave
    }

    /// The registry with all points applied that wait.
    fn replayed(&self) -> Result<Box<SeriesRegistry>> {
        let mut registry = self.registry.clone();
        for series in registry.series.iter_mut().filter(|s| s.status() == SeriesStatus::Live && s.has_interest()) {
            if let Some(market) = self.markets.get(usize::from(series.underlying)) {
                let underlying = &market.underlying;
                underlying.funding_points.replay(
                    series,
                    &underlying.funding_rules(),
                    &self.pool,
                    UnixTime(self.now),
                )?;
            }
        }
        Ok(registry)
    }
}
