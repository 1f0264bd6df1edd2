//! Closes positions against their owner's will: worthless options that take others' capacity, those in the series that pays too little for
//! its slot, and those of an account that owes cash.

use crate::{
    engine::{MarketContext, PoolEngine},
    instructions::common::*,
    oracle::PriceUse,
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of `close_worthless`. Remaining accounts: for each underlying of the account's positions the underlying and its
/// price.
#[derive(Accounts)]
pub struct CloseWorthless<'info> {
    /// The caller.
    pub keeper: Signer<'info>,
    /// The pool, and the account of a holder.
    pub market: MarketAccounts<'info>,
}

/// A bought option reserves its whole cap payoff, even if it is worthless. Without this instruction a little money could keep all of
/// a pool's capital reserved, or all slots of its registry taken. Negative cash is a loan from the pool, which an account could
/// otherwise keep for as long as its positions cover it.
///
/// 1. If the cash is negative, as many options are closed as cover it. Otherwise the pool must be at capacity and the option
///    worthless, or no slot to be had and its series the one that pays least and too little, and all of the position is closed.
/// 2. The position is closed at the mark, without fee. A healthy account must not end below maintenance.
pub(crate) fn close_worthless<'info>(ctx: Context<'info, CloseWorthless<'info>>, series: SeriesId) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    accounts.market.check_running(Action::Liquidate, now)?;
    let OpenedMarket { mut pool, mut registry, mut account, key, .. } = accounts.market.open()?;
    let market = MarketContext::load(&pool, ctx.remaining_accounts, PriceUse::Mark, now)?;
    let mut engine = PoolEngine::open_priced(&mut pool, &mut registry, &market, &mut account, &key)?;
    let leg = engine.buy_back_leg(&account, series)?;
    let fill = engine.force_close(&mut account, &leg)?;
    emit!(fill.event(key)?);
    emit!(traded(key, accounts.keeper.key(), fill.net()?.0, &account, &pool));
    Ok(())
}
