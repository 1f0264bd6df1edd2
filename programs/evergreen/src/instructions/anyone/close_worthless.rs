//! Buys back bought options that are worth next to nothing and keep others from the pool's capacity.

use crate::{
    engine::{Execution, MarketContext, PoolEngine},
    instructions::common::*,
    oracle::PriceUse,
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of `close_worthless`. Remaining accounts: for each underlying of the account's positions the underlying and its
/// price.
#[derive(Accounts)]
pub struct CloseWorthless<'info> {
    /// Who calls.
    pub keeper: Signer<'info>,
    /// The pool, and the account of a holder.
    pub market: MarketAccounts<'info>,
}

/// A bought option reserves its whole cap payoff, however little it is worth. Without this, next to no money could keep all of
/// a pool's capital reserved, or all slots of its registry taken, for as long as it likes.
///
/// 1. Capacity or slots are short, and the option's mark is at most a thousandth of its cap payoff.
/// 2. The position is closed at the mark, without fee: the holder loses nothing but the option's place.
pub(crate) fn close_worthless<'info>(ctx: Context<'info, CloseWorthless<'info>>, series: SeriesId) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    accounts.market.check_running(Action::Liquidate, now)?;
    let OpenedMarket { mut pool, mut registry, mut account, key, .. } = accounts.market.open()?;
    pool.check_at_capacity(&registry)?;
    let market = MarketContext::load(&mut pool, ctx.remaining_accounts, PriceUse::AddRisk, now)?;
    let mut engine = PoolEngine::open(&mut pool, &mut registry, &market, &mut account, &key)?;
    let leg = engine.worthless_leg(&account, series)?;
    let fill = engine.fill(&mut account, &leg, Execution::Mark)?;
    emit!(fill.event(key)?);
    emit!(traded(key, accounts.keeper.key(), fill.net()?.0, &account, &pool));
    Ok(())
}
