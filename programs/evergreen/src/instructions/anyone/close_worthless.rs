//! Closes positions against their owner's will: those in the series that pays least, and too little, for a slot or for capital that others
//! want, and those of an account that owes cash.

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

/// A bought option reserves its whole cap payoff, and a series takes one of 64 slots. Without this instruction a little money could keep all of
/// a pool's capital reserved, or all slots of its registry taken. Negative cash is a loan from the pool, which an account could
/// otherwise keep for as long as its positions cover it.
///
/// 1. If the cash is negative, as many options are closed as cover it. Otherwise the pool must be at capacity, of capital or of slots, and the
///    series the one that pays the smallest part of its rent, and not all of it; all of the position is closed.
/// 2. The position is closed at the mark, without fee. Where a healthy account would end below maintenance by it, all its positions on the
///    underlying are closed.
pub(crate) fn close_worthless<'info>(ctx: Context<'info, CloseWorthless<'info>>, series: SeriesId) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    accounts.market.check_running(Action::Liquidate, now)?;
    let OpenedMarket { mut pool, mut registry, mut account, key, .. } = accounts.market.open()?;
    let market = MarketContext::load(&pool, ctx.remaining_accounts, PriceUse::Mark, now)?;
    let mut engine = PoolEngine::open_priced(&mut pool, &mut registry, &market, &mut account, &key)?;
    let fills = engine.buy_back(&mut account, series)?;
    emit_closed(&fills, key, accounts.keeper.key(), &account, &pool)
}
