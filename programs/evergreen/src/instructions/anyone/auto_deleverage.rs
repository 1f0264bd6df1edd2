//! Closes written options of a series of which more is written than bought.

use crate::{
    engine::{MarketContext, PoolEngine},
    ensure,
    instructions::common::*,
    oracle::PriceUse,
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of `auto_deleverage`. Remaining accounts: for each underlying of the account's positions the underlying
/// and its price.
#[derive(Accounts)]
pub struct AutoDeleverage<'info> {
    /// The caller.
    pub keeper: Signer<'info>,
    /// The pool, and the account of a writer.
    pub market: MarketAccounts<'info>,
}

/// Closes written options at the mark, without penalty or fee, at most until short open interest equals long open interest. The
/// price must be fresh, and a healthy writer must not end below maintenance.
pub(crate) fn auto_deleverage<'info>(
    ctx: Context<'info, AutoDeleverage<'info>>,
    series: SeriesId,
    points: u64,
) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    accounts.market.check_running(Action::Liquidate, now)?;
    let OpenedMarket { mut pool, mut registry, mut account, key, .. } = accounts.market.open()?;
    let leg = Leg { series, points: i64::try_from(points).map_err(crate::errors::too_large)? };
    ensure!(leg.points != 0, LegZero);
    let excess = registry.live_mut(series)?.excess_short()?;
    ensure!(leg.points <= excess, NothingToDeleverage, "{} points asked, {} too many written", leg.points, excess);
    ensure!(account.is_shrunk_by(&leg), LegNotReducing);
    let market = MarketContext::load(&pool, ctx.remaining_accounts, PriceUse::Mark, now)?;
    let mut engine = PoolEngine::open_priced(&mut pool, &mut registry, &market, &mut account, &key)?;
    let fills = engine.force_close(&mut account, &[leg])?;
    emit_closed(&fills, key, accounts.keeper.key(), &account, &pool)
}
