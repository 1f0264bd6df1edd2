//! Settles an account's positions without any price: those in exercised series, and the funding of the others. Anyone may call it.

use crate::{
    engine::{MarketContext, PoolEngine, SetOff},
    ensure,
    instructions::common::*,
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of `settle_positions`.
#[derive(Accounts)]
pub struct SettlePositions<'info> {
    /// The account of this pool is settled.
    pub market: MarketAccounts<'info>,
    /// The owner alone may settle for what the pool has. For anybody else what the pool cannot pay stays owed.
    pub owner: Option<Signer<'info>>,
}

/// Pays every exercised position, and frees the slot of a series that is no longer used. Moves the funding of every other position up to where its series was last touched,
/// so that anyone collects what an account owes: `accrue_funding` and `refresh_pool` touch series. Unless the owner has signed, whole native units of funding are moved, and what the pool may not
/// pay stays owed, but for what the account itself owes ([`PoolEngine::settle_for_others`]).
///
/// Errors: `NothingToSettle`; without a signature `PoolExhausted` where the account owes nothing and the pool may pay nothing of what it is owed; with one `FundingUncollected`.
pub(crate) fn settle_positions(ctx: Context<SettlePositions>) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    accounts.market.check_running(Action::Settle, now)?;
    let OpenedMarket { mut pool, mut registry, mut account, key, .. } = accounts.market.open()?;
    let market = MarketContext::without_prices(now);
    let mut engine = PoolEngine::new(&mut pool, &mut registry, &market)?;
    match &accounts.owner {
        None => {
            let SetOff { settled, waiting, .. } = engine.settle_for_others(&mut account, &key)?;
            let cash = engine.pool.pool_cash;
            ensure!(settled || waiting.is_zero(), PoolExhausted, "pool cash {}, {} missing", cash, waiting.0);
            ensure!(settled, NothingToSettle);
        }
        Some(owner) => {
            account.check_owner(&owner.key())?;
            ensure!(engine.settle_unpriced(&mut account, &key)?, NothingToSettle);
            engine.cut_payments(&mut account, &key)?;
        }
    }
    engine.collect_arrears(&mut account, &key)
}
