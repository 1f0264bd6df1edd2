//! Settles an account's positions in exercised series. Anyone may call it, and it needs no price.

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
    /// Owner or delegate, who may settle for what a distressed pool has. For anybody else the pool has to pay all.
    pub trader: Option<Signer<'info>>,
}

/// Pays every exercised position, and frees the slot of a series that is no longer used. Errors: `SeriesNotExercised` if there is
/// none, `PoolExhausted` where a distressed pool cannot pay all and owner or delegate have not signed.
pub(crate) fn settle_positions(ctx: Context<SettlePositions>) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    accounts.market.check_running(Action::Settle, now)?;
    let OpenedMarket { mut pool, mut registry, mut account, key, .. } = accounts.market.open()?;
    let market = MarketContext::without_prices(now);
    let mut engine = PoolEngine::new(&mut pool, &mut registry, &market)?;
    let mut settled = 0usize;
    for place in 0..MAX_POSITIONS {
        let position = account.positions[place];
        let exercised =
            position.points != 0 && engine.registry.series(position.series())?.status() == SeriesStatus::Exercised;
        if exercised {
            engine.settle_exercised(&mut account, &key, place)?;
            settled = settled.saturating_add(1);
        }
    }
    ensure!(settled > 0, SeriesNotExercised);
    match &accounts.trader {
        None => engine.check_payable()?,
        Some(trader) => {
            account.check_trader(&trader.key())?;
            engine.cut_payments(&mut account, Some(&key))?;
        }
    }
    engine.collect_arrears(&mut account, &key)
}
