//! Settles an account's positions without any price: those in exercised series, and the funding of the others. Anyone may call it.

use crate::{
    engine::{MarketContext, PoolEngine},
    ensure,
    instructions::common::*,
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of `settle_positions`.
#[derive(Accounts)]
pub struct SettlePositions<'info> {
    /// The pool, and the account that is settled.
    pub market: MarketAccounts<'info>,
    /// Owner or delegate, who may settle for what the pool has. For anybody else the pool has to pay all.
    pub trader: Option<Signer<'info>>,
}

/// Pays every exercised position, and frees the slot of a series that is no longer used. Moves the funding of every other position up to where its series was last touched,
/// so that anyone collects what an account owes: `accrue_funding` and `refresh_pool` touch series. Funding of next to nothing stays ([`LEAST_SETTLED`](crate::engine::LEAST_SETTLED)).
///
/// Errors: `NothingToSettle`, `PoolExhausted` where the pool cannot pay all and owner or delegate have not signed, `FundingUncollected`.
pub(crate) fn settle_positions(ctx: Context<SettlePositions>) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    accounts.market.check_running(Action::Settle, now)?;
    let OpenedMarket { mut pool, mut registry, mut account, key, .. } = accounts.market.open()?;
    let market = MarketContext::without_prices(now);
    let mut engine = PoolEngine::new(&mut pool, &mut registry, &market)?;
    ensure!(engine.settle_unpriced(&mut account, &key)?, NothingToSettle);
    match &accounts.trader {
        None => engine.check_payable()?,
        Some(trader) => {
            account.check_trader(&trader.key())?;
            engine.cut_payments(&mut account, Some(&key))?;
        }
    }
    engine.collect_arrears(&mut account, &key)
}
